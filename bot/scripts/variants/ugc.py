"""As people film their own things: by hand, at home. Our words never pretend to be a review."""

from bot.scripts.phrase import Phrase, Shot
from bot.scripts.variants.variant import Variant

UGC = (
    Variant(
        name="table",
        place=Phrase("стол дома", "a table at home"),
        light=Phrase("обычный дневной свет", "plain daylight"),
        shots=(Shot.HAND_HELD, Shot.CLOSE_UP, Shot.POINTING, Shot.SLIDE, Shot.WALK_UP),
        opening=Phrase("Смотрите, что покажу", "Look what I have here"),
        filler=Phrase("Рассмотрим поближе", "A closer look"),
        closing=None,
        call=Phrase("Сохраните, чтобы не потерять", "Save it for later"),
    ),
    Variant(
        name="windowsill",
        place=Phrase("подоконник", "a windowsill"),
        light=Phrase("свет из окна", "light from the window"),
        shots=(Shot.WALK_UP, Shot.HAND_HELD, Shot.CLOSE_UP, Shot.POINTING, Shot.PULL_BACK),
        opening=None,
        filler=Phrase("Показываю вблизи", "Here it is up close"),
        closing=Phrase("Что скажете?", "What do you say?"),
        call=Phrase("Напишите, что думаете", "Tell me what you think"),
    ),
    Variant(
        name="shelf",
        place=Phrase("полка в комнате", "a shelf in a lived-in room"),
        light=Phrase("тёплая лампа", "a warm lamp"),
        shots=(Shot.FOCUS, Shot.WALK_UP, Shot.SLIDE, Shot.CLOSE_UP, Shot.HAND_HELD),
        opening=Phrase("Кто искал?", "Who was looking for it?"),
        filler=Phrase("Посмотрим на детали", "Look at the details"),
        closing=None,
        call=Phrase("Отправьте тому, кто искал", "Send it to someone who needs it"),
    ),
    Variant(
        name="blanket",
        place=Phrase("светлый плед", "a light blanket"),
        light=Phrase("мягкий утренний свет", "soft morning light"),
        shots=(Shot.POINTING, Shot.PUSH_IN, Shot.CLOSE_UP, Shot.HAND_HELD, Shot.STILL),
        opening=None,
        filler=Phrase("Вот как это выглядит", "This is how it looks"),
        closing=Phrase("Берите на заметку", "Take note"),
        call=Phrase("Сохраните себе", "Save it"),
    ),
    Variant(
        name="kitchen",
        place=Phrase("столешница на кухне", "a kitchen worktop"),
        light=Phrase("дневной свет с одной стороны", "daylight from one side"),
        shots=(Shot.HAND_HELD, Shot.POINTING, Shot.WALK_UP, Shot.CLOSE_UP, Shot.PULL_BACK),
        opening=Phrase("Покажу одну вещь", "Let me show you something"),
        filler=Phrase("Смотрите, какие детали", "See these details"),
        closing=None,
        call=Phrase("Загляните в карточку товара", "See the product page"),
    ),
    Variant(
        name="floor",
        place=Phrase("деревянный пол у стены", "a wooden floor by the wall"),
        light=Phrase("вечерний свет лампы", "evening lamplight"),
        shots=(Shot.TILT_UP, Shot.HAND_HELD, Shot.CLOSE_UP, Shot.FOCUS, Shot.STILL),
        opening=None,
        filler=Phrase("Ближе к делу", "Let's get closer"),
        closing=Phrase("Вот и всё видео", "That was it"),
        call=Phrase("Поделитесь с друзьями", "Share it with friends"),
    ),
)
