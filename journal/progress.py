"""How long work tells how far it is."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Told how many of how many are done."""


def unheard(done: int, of: int) -> None:
    """Tell nobody."""
    del done, of
