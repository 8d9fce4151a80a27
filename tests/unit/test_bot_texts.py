"""Texts exist in every language, with the same arguments, and count rightly."""

import ast
from importlib import resources
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

import bot
from bot.delivering import DEADLINE
from bot.jobs import Stage
from bot.outcomes import CANCELLED
from bot.texts import LOCALES, MissingTextError, Texts, Voice, locale_of
from contracts.messages import FailureReason, JobStage

CONSOLE_COMMANDS = {"refund-stars"}
SOURCES = sorted(Path(bot.__file__).parent.rglob("*.py"))


class Variables(Visitor):
    def __init__(self):
        self.names = set()

    def visit_VariableReference(self, node):  # noqa: N802 - the visitor's own naming
        self.names.add(node.id.name)


def entries(locale):
    source = resources.files("bot.texts").joinpath(f"{locale}.ftl").read_text("utf-8")
    return FluentParser().parse(source).body


def variables_of(locale):
    found = {}
    for entry in entries(locale):
        if isinstance(entry, ftl.Message):
            variables = Variables()
            variables.visit(entry)
            found[entry.id.name] = variables.names
    return found


@pytest.mark.parametrize("locale", LOCALES)
def test_every_entry_can_be_read(locale):
    junk = [entry.content for entry in entries(locale) if isinstance(entry, ftl.Junk)]
    assert junk == []


def test_every_language_has_the_same_texts_with_the_same_arguments():
    assert variables_of("ru") == variables_of("en")


def test_every_text_that_the_bot_names_exists():
    named = {
        node.value
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    texts = set(variables_of("ru"))
    prefixes = {
        "alert-",
        "wrong-",
        "confirm-",
        "job-",
        "video-",
        "refund-",
        "ask-",
        "card-",
        "menu-",
        "pay-",
    }
    unknown = {
        name
        for name in named
        if any(name.startswith(prefix) for prefix in prefixes)
        and not name.endswith("-")
        and name not in texts | CONSOLE_COMMANDS
    }
    assert unknown == set()


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("reason", [*FailureReason, CANCELLED, DEADLINE])
def test_every_refund_has_sentences_of_its_own(locale, reason):
    texts = Texts()
    assert texts.has(locale, f"refund-{reason}")
    assert texts.has(locale, f"history-refunded-{reason}")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("stage", JobStage)
def test_every_stage_that_videogen_announces_has_its_words(locale, stage):
    assert Texts().has(locale, f"job-{Stage(stage)}")


@pytest.mark.parametrize("reason", [*FailureReason, "other", DEADLINE])
def test_only_what_is_known_of_the_photo_blames_it(reason):
    for locale, photo, not_it in (
        ("ru", "фото", "Дело не в вашем фото"),
        ("en", "photo", "It is not about your photo"),
    ):
        said = Texts().get(locale, f"refund-{reason}", number="1", minutes=15)
        blames = photo in said.replace(not_it, "")
        known = (FailureReason.PHOTO_UNREADABLE, FailureReason.CONTENT_REJECTED)
        assert blames is (reason in known), said


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (0, "0 кредитов"),
        (1, "1 кредит"),
        (2, "2 кредита"),
        (5, "5 кредитов"),
        (11, "11 кредитов"),
        (21, "21 кредит"),
        (22, "22 кредита"),
        (112, "112 кредитов"),
    ],
)
def test_credits_are_counted_as_russian_counts(amount, said):
    assert Voice(Texts(), "ru").credits(amount) == said


def test_a_missing_argument_is_an_error_and_not_a_hole_in_the_text():
    with pytest.raises(MissingTextError):
        Texts().get("ru", "balance")


@pytest.mark.parametrize(
    ("code", "locale"), [(None, "ru"), ("ru", "ru"), ("kk", "ru"), ("en", "en"), ("en-GB", "en")]
)
def test_russian_is_spoken_unless_english_was_chosen(code, locale):
    assert locale_of(code) == locale
