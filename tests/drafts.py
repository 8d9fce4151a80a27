"""Drafts at the step where a script is shown, and where it was accepted."""

from bot.draft import Choice, Draft, with_choice, with_script
from bot.scripts import Scene, Script, Source

SCRIPT = Script(
    title="Кружка",
    setting="светлая кухня; мягкий свет",
    scenes=tuple(
        Scene(shot="камера медленно приближается", caption=caption)
        for caption in ("Кружка", "Держит тепло", "Вот она")
    ),
    call="Закажите сегодня",
    prompt="Product video from the attached photo.",
    variant="kitchen",
    source=Source.TEMPLATE,
)


def written(draft: Draft, script: Script = SCRIPT) -> Draft:
    return with_script(draft, draft, script)


def accepted(draft: Draft, script: Script = SCRIPT) -> Draft:
    shown = written(draft, script)
    return with_choice(shown, shown.script_number, Choice.ACCEPT)
