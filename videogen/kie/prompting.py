"""What a model is told to film."""

import structlog

from contracts.orders import Template
from videogen.kie.catalogue import Offer
from videogen.provider import Brief

FRAMES = {
    "en": (
        "A short video that sells the product in the photo. The product keeps exactly its shape, "
        "colours, labels and proportions. No text, logo or watermark is added."
    ),
    "ru": (
        "Короткое видео, которое продаёт товар с фотографии. Форма, цвета, надписи и пропорции "
        "товара остаются точно такими же. Не добавлять текст, логотипы и водяные знаки."
    ),
}
MANNERS = {
    "en": {
        Template.UGC: "Filmed by hand, as a happy customer would show it at home.",
        Template.AD: "Filmed as an advertisement: slow, smooth camera moves and studio light.",
        Template.OWN: "Smooth camera moves and natural light.",
    },
    "ru": {
        Template.UGC: "Снято с рук, как довольный покупатель показал бы товар дома.",
        Template.AD: "Снято как реклама: медленные плавные движения камеры, студийный свет.",
        Template.OWN: "Плавные движения камеры, естественный свет.",
    },
}
LABELS = {
    "en": ("The scenario", "The product", "Wishes"),
    "ru": ("Сценарий", "Товар", "Пожелания"),
}

log = structlog.get_logger()


def prompt_of(brief: Brief, offer: Offer) -> str:
    """Return what the person accepted, or else their own texts; cut to what the model takes."""
    prompt = brief.script.prompt if brief.script is not None else _composed(brief, offer)
    length_max = offer.adapter.prompt_length_max
    if len(prompt) <= length_max:
        return prompt
    log.warning("a prompt was cut", length=len(prompt), length_max=length_max, offer=offer.name)
    return _cut(prompt, length_max)


def _composed(brief: Brief, offer: Offer) -> str:
    """Say it in the model's language; the person's own words stay in theirs."""
    language = offer.prompt_language
    texts = (brief.scenario, brief.product_text, brief.wishes)
    said = [
        f"{label}: {' '.join(text.split())}"
        for label, text in zip(LABELS[language], texts, strict=True)
        if text and text.strip()
    ]
    return "\n".join((FRAMES[language], MANNERS[language][brief.template], *said))


def _cut(text: str, length_max: int) -> str:
    """Cut between two words where there are any."""
    head = text[: length_max + 1]
    whole_words = head[: max(head.rfind(" "), head.rfind("\n"))].rstrip() if " " in head else ""
    return whole_words or text[:length_max]
