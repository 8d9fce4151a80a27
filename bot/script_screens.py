"""The screens of a script: the script itself, and the question for captions of one's own."""

from aiogram.types import InlineKeyboardButton

from bot.buttons import ScriptButton
from bot.draft import Choice, Draft
from bot.keyboards import button, drop, keyboard
from bot.screens import Screen
from bot.scripts import Script
from bot.scripts.script import CAPTION_LENGTH_MAX, SCENES_MAX
from bot.texts import Voice, escape


def script(voice: Voice, draft: Draft, written: Script) -> Screen:
    """What will be seen and read in the video, for a yes before it costs anything."""
    scenes = [
        voice("script-scene", number=number, caption=escape(one.caption), shot=escape(one.shot))
        for number, one in enumerate(written.scenes, start=1)
    ]
    parts = [
        voice("script", title=escape(written.title), setting=escape(written.setting)),
        "\n".join(scenes),
        voice("script-end", call=escape(written.call)),
    ]
    accept = _choice(voice, draft, Choice.ACCEPT, style="success")
    others = [_choice(voice, draft, choice) for choice in (Choice.ANOTHER, Choice.EDIT)]
    return Screen("\n\n".join(parts), keyboard([accept], others, drop(voice, draft)))


def captions(voice: Voice, draft: Draft, written: Script) -> Screen:
    """Show the captions as they are, to be copied and changed."""
    asked = voice("ask-captions", lines=SCENES_MAX, max=CAPTION_LENGTH_MAX)
    now = "\n".join(escape(scene.caption) for scene in written.scenes)
    back = _choice(voice, draft, Choice.BACK)
    return Screen(f"{asked}\n<pre>{now}</pre>", keyboard([back], drop(voice, draft)))


def _choice(
    voice: Voice, draft: Draft, choice: Choice, style: str | None = None
) -> InlineKeyboardButton:
    data = ScriptButton(draft_id=draft.draft_id, number=draft.script_number, choice=choice)
    return button(voice(f"script-{choice}"), data.pack(), style=style)
