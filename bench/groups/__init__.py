"""Sides that are compared with each other, as turns to take."""

from collections.abc import Callable, Mapping

Turn = Callable[[], Mapping[str, float]]
