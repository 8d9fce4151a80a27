"""Telegram counts text in UTF-16 units: an emoji is two."""

LAST_OF_ONE_UNIT = "\uffff"


def utf16_length(text: str) -> int:
    return len(text) + sum(1 for character in text if character > LAST_OF_ONE_UNIT)


def utf16_slice(text: str, offset: int, length: int) -> str:
    encoded = text.encode("utf-16-le", "surrogatepass")
    return encoded[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")
