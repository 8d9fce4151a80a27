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
        voice(
            "script-scene",
            number=number,
            caption=escape(scene.caption),
            shot=escape(scene.shot),
        )
        for number, scene in enumerate(written.scenes, start=1)
    ]
    text = voice(
        "script",
        title=escape(written.title),
        setting=escape(written.setting),
        scenes="\n".join(scenes),
        call=escape(written.call),
    )
    accept = _choice(voice, draft, Choice.ACCEPT, style="success")
    others = [_choice(voice, draft, choice) for choice in (Choice.ANOTHER, Choice.EDIT)]
    return Screen(text, keyboard([accept], others, drop(voice, draft)))


def captions(voice: Voice, draft: Draft, written: Script) -> Screen:
    """Show the captions as they are, to be copied and changed."""
    now = (escape(scene.caption) for scene in written.scenes)
    text = voice(
        "ask-captions",
        captions="\n".join(now),
        lines=SCENES_MAX,
        max=CAPTION_LENGTH_MAX,
    )
    return Screen(text, keyboard([_choice(voice, draft, Choice.BACK)], drop(voice, draft)))


def _choice(
    voice: Voice, draft: Draft, choice: Choice, style: str | None = None
) -> InlineKeyboardButton:
    data = ScriptButton(draft_id=draft.draft_id, number=draft.script_number, choice=choice)
    return button(voice(f"script-{choice}"), data.pack(), style=style)
