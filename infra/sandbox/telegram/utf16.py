"""Telegram counts text in UTF-16 units: an emoji is two."""

LAST_OF_ONE_UNIT = "\uffff"


def utf16_length(text: str) -> int:
    return len(text) + sum(1 for character in text if character > LAST_OF_ONE_UNIT)
