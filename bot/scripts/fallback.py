"""Who writes when the preferred writer cannot."""

import structlog

from bot.scripts.script import Ask, Script, ScriptWriter, ScriptWriterError, Target

log = structlog.get_logger()


class FallbackWriter:
    def __init__(self, preferred: ScriptWriter, spare: ScriptWriter) -> None:
        self._preferred = preferred
        self._spare = spare

    async def write(self, ask: Ask, target: Target) -> Script:
        """Captions that the person wrote leave a language model nothing to write."""
        if ask.captions:
            return await self._spare.write(ask, target)
        try:
            return await self._preferred.write(ask, target)
        except ScriptWriterError as error:
            log.warning(
                "the spare writer writes the script", reason=error.reason, template=ask.template
            )
            return await self._spare.write(ask, target)
