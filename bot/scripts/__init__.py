"""From a person's words to a script: what they see and accept, and the prompt for a video model.

Nothing here is about Telegram or credits. The texts are as people wrote them, not yet escaped.
"""

from bot.scripts.opening import open_script_writer
from bot.scripts.own_captions import RejectedCaptions, read_captions
from bot.scripts.script import (
    Ask,
    Language,
    Scene,
    Script,
    ScriptWriter,
    ScriptWriterError,
    Source,
    Target,
)
from bot.scripts.settings import ScriptSettings

__all__ = [
    "Ask",
    "Language",
    "RejectedCaptions",
    "Scene",
    "Script",
    "ScriptSettings",
    "ScriptWriter",
    "ScriptWriterError",
    "Source",
    "Target",
    "open_script_writer",
    "read_captions",
]
