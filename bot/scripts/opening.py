"""Open the writer that the settings ask for."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx

from bot.scripts.fallback import FallbackWriter
from bot.scripts.language_model import LanguageModelWriter
from bot.scripts.script import ScriptWriter
from bot.scripts.settings import ScriptSettings
from bot.scripts.template import TemplateWriter

# An answer is read as it came, so it must not come packed.
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "neurocards"}


@asynccontextmanager
async def open_script_writer(settings: ScriptSettings) -> AsyncGenerator[ScriptWriter]:
    """Yield a writer that always writes: the template's alone, or behind a language model."""
    template = TemplateWriter()
    if not settings.url:
        yield template
        return
    async with httpx.AsyncClient(
        base_url=settings.url, headers=_headers(settings), timeout=settings.limit_s
    ) as client:
        language_model = LanguageModelWriter(
            client,
            settings.model,
            answer_format=settings.answer,
            limit_s=settings.limit_s,
        )
        yield FallbackWriter(language_model, template)


def _headers(settings: ScriptSettings) -> dict[str, str]:
    key = settings.key.get_secret_value()
    return {**HEADERS, "Authorization": f"Bearer {key}"} if key else HEADERS
