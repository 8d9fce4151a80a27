"""Advertising: a stage, composed light, a calm camera."""

from bot.scripts.phrase import Phrase, Shot
from bot.scripts.variants.variant import Variant

AD = (
    Variant(
        name="studio",
        place=Phrase("чистый студийный фон", "a clean seamless studio backdrop"),
        light=Phrase("мягкий свет сбоку", "soft box light from the side"),
        shots=(Shot.PUSH_IN, Shot.CLOSE_UP, Shot.ARC, Shot.SWEEP, Shot.PULL_BACK),
        opening=None,
        filler=Phrase("Рассмотрите поближе", "Take a closer look"),
        closing=Phrase("Вот так это выглядит", "This is how it looks"),
        call=Phrase("Закажите сегодня", "Order today"),
    ),
    Variant(
        name="reveal",
        place=Phrase("тёмный фон с глубокой тенью", "a dark backdrop with deep shadow"),
        light=Phrase("узкий луч света на товаре", "a narrow beam of light on the product"),
        shots=(Shot.REVEAL, Shot.SWEEP, Shot.CLOSE_UP, Shot.SLIDE, Shot.STILL),
        opening=Phrase("Встречайте", "Here it comes"),
        filler=Phrase("Внимание на детали", "Look at the details"),
        closing=None,
        call=Phrase("Выберите себе", "Choose yours"),
    ),
    Variant(
        name="podium",
        place=Phrase("простой подиум в тон товара", "a plain podium in the product's own colours"),
        light=Phrase("ровный свет сверху", "even light from above"),
        shots=(Shot.TILT_UP, Shot.ARC, Shot.CLOSE_UP, Shot.PUSH_IN, Shot.STILL),
        opening=None,
        filler=Phrase("Все детали на виду", "All the details in view"),
        closing=Phrase("Смотрите сами", "See for yourself"),
        call=Phrase("Добавьте в корзину", "Add to cart"),
    ),
    Variant(
        name="morning",
        place=Phrase("светлая комната у окна", "a bright room by the window"),
        light=Phrase("утренний свет из окна", "morning light from the window"),
        shots=(Shot.SLIDE, Shot.FOCUS, Shot.CLOSE_UP, Shot.TILT_UP, Shot.PULL_BACK),
        opening=Phrase("Познакомьтесь", "Have a look"),
        filler=Phrase("Вот так вблизи", "Up close"),
        closing=None,
        call=Phrase("Загляните в карточку товара", "See the product page"),
    ),
    Variant(
        name="colour",
        place=Phrase("однотонный яркий фон", "a plain vivid backdrop"),
        light=Phrase("контрастный свет, чёткие тени", "contrasty light with crisp shadows"),
        shots=(Shot.STILL, Shot.PUSH_IN, Shot.SLIDE, Shot.CLOSE_UP, Shot.PULL_BACK),
        opening=None,
        filler=Phrase("Взгляните на детали", "Notice the details"),
        closing=Phrase("Возьмите на заметку", "Take note"),
        call=Phrase("Закажите сейчас", "Order now"),
    ),
    Variant(
        name="dusk",
        place=Phrase("матовая поверхность, размытый фон", "a matte surface, a blurred background"),
        light=Phrase("тёплый вечерний свет", "warm evening light"),
        shots=(Shot.FOCUS, Shot.ARC, Shot.SWEEP, Shot.CLOSE_UP, Shot.PUSH_IN),
        opening=Phrase("Обратите внимание", "Take notice"),
        filler=Phrase("Со всеми деталями", "With all the details"),
        closing=None,
        call=Phrase("Посмотрите на странице товара", "Look at the product page"),
    ),
)
