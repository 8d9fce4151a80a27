"""Amounts: whole kopecks inside, a text with two decimals outside."""

import re

from infra.sandbox.telegram.json_types import Json

VALUE = re.compile(r"\d{1,10}\.\d{2}")
KOPECKS = 100
INCOME_PER_MILLE = 965
"""What is left for the shop after the commission."""


def kopecks_of(value: str) -> int:
    """Raises `ValueError` unless it is a text like `199.00`."""
    if not VALUE.fullmatch(value):
        raise ValueError("an amount is a text with two decimals, like 199.00")
    return int(value.replace(".", ""))


def amount(kopecks: int, currency: str) -> Json:
    return {"value": f"{kopecks // KOPECKS}.{kopecks % KOPECKS:02}", "currency": currency}


def income(kopecks: int) -> int:
    return (kopecks * INCOME_PER_MILLE + 500) // 1000
