"""What people read, in Fluent files: Russian first, English second."""

import html
from importlib import resources
from typing import Any

from fluent.runtime import FluentBundle, FluentResource

LOCALES = ("ru", "en")


class MissingTextError(Exception):
    """A text or one of its arguments is missing."""


class Texts:
    """Every text by locale and id. Numbers are grouped and pluralised by the locale's rules."""

    def __init__(self) -> None:
        self._bundles = {locale: _bundle(locale) for locale in LOCALES}

    def get(self, locale: str, text_id: str, **arguments: str | int) -> str:
        """Raises `MissingTextError`. Text arguments must already be escaped for HTML."""
        bundle = self._bundles[locale]
        if not bundle.has_message(text_id):
            raise MissingTextError(f"{locale}: {text_id}")
        pattern = bundle.get_message(text_id).value
        if pattern is None:
            raise MissingTextError(f"{locale}: {text_id}")
        given: dict[str, Any] = arguments
        text, errors = bundle.format_pattern(pattern, given)
        if errors:
            raise MissingTextError(f"{locale}: {text_id}: {errors}")
        return str(text)

    def has(self, locale: str, text_id: str) -> bool:
        return self._bundles[locale].has_message(text_id)


class Voice:
    """The texts in one person's language."""

    def __init__(self, texts: Texts, locale: str) -> None:
        self._texts = texts
        self.locale = locale

    def __call__(self, text_id: str, **arguments: str | int) -> str:
        return self._texts.get(self.locale, text_id, **arguments)

    def has(self, text_id: str) -> bool:
        return self._texts.has(self.locale, text_id)

    def credits(self, amount: int) -> str:
        return self("credits", n=amount)


def locale_of(language_code: str | None) -> str:
    """Return the locale to speak: English to those who set it, Russian to everybody else."""
    return "en" if (language_code or "").lower().startswith("en") else "ru"


def escape(text: str) -> str:
    return html.escape(text, quote=False)


def _bundle(locale: str) -> FluentBundle:
    bundle = FluentBundle([locale], use_isolating=False)
    source = resources.files("bot.texts").joinpath(f"{locale}.ftl").read_text("utf-8")
    bundle.add_resource(FluentResource(source))
    return bundle
