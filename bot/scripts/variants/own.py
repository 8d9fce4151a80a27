"""The person's own scenario: their words are the captions, ours are only camera and light."""

from bot.scripts.phrase import Phrase, Shot
from bot.scripts.variants.variant import Variant

LOOK_CLOSER = Phrase("Рассмотрите поближе", "Take a closer look")
IN_SHORT = Phrase("Вот так это выглядит", "This is how it looks")

OWN = (
    Variant(
        name="calm",
        place=Phrase("спокойный фон в тон товара", "a quiet background in the product's colours"),
        light=Phrase("мягкий рассеянный свет", "soft diffused light"),
        shots=(Shot.PUSH_IN, Shot.SLIDE, Shot.CLOSE_UP, Shot.ARC, Shot.PULL_BACK),
        opening=None,
        filler=LOOK_CLOSER,
        closing=IN_SHORT,
        call=Phrase("Закажите сегодня", "Order today"),
    ),
    Variant(
        name="lively",
        place=Phrase("живая домашняя обстановка", "a lived-in home"),
        light=Phrase("дневной свет из окна", "daylight from a window"),
        shots=(Shot.HAND_HELD, Shot.WALK_UP, Shot.POINTING, Shot.CLOSE_UP, Shot.PULL_BACK),
        opening=None,
        filler=Phrase("Посмотрите вблизи", "See it up close"),
        closing=IN_SHORT,
        call=Phrase("Сохраните, чтобы не потерять", "Save it for later"),
    ),
    Variant(
        name="cinema",
        place=Phrase("размытый фон, глубина кадра", "a blurred background with depth"),
        light=Phrase("контровой свет, мягкие тени", "light from behind, soft shadows"),
        shots=(Shot.REVEAL, Shot.FOCUS, Shot.ARC, Shot.SWEEP, Shot.STILL),
        opening=None,
        filler=Phrase("Внимание на детали", "Look at the details"),
        closing=IN_SHORT,
        call=Phrase("Выберите себе", "Choose yours"),
    ),
    Variant(
        name="bright",
        place=Phrase("светлый однотонный фон", "a plain light backdrop"),
        light=Phrase("ровный яркий свет", "even bright light"),
        shots=(Shot.STILL, Shot.TILT_UP, Shot.CLOSE_UP, Shot.SLIDE, Shot.PUSH_IN),
        opening=None,
        filler=Phrase("Все детали на виду", "All the details in view"),
        closing=IN_SHORT,
        call=Phrase("Добавьте в корзину", "Add to cart"),
    ),
    Variant(
        name="warm",
        place=Phrase("деревянный стол, уютный фон", "a wooden table, a cosy background"),
        light=Phrase("тёплый вечерний свет", "warm evening light"),
        shots=(Shot.SLIDE, Shot.PUSH_IN, Shot.FOCUS, Shot.CLOSE_UP, Shot.STILL),
        opening=None,
        filler=Phrase("Взгляните на детали", "Notice the details"),
        closing=IN_SHORT,
        call=Phrase("Загляните в карточку товара", "See the product page"),
    ),
)
