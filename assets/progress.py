"""Where a close stands, for whoever listens: the command line draws a bar, nobody else needs to know."""

from collections.abc import Callable
from datetime import date

_listeners: list[Callable[[str, date], None]] = []


def report(step: str, day: date) -> None:
    """Say that a step of a day begins."""
    for listener in _listeners:
        listener(step, day)


def listen(listener: Callable[[str, date], None]) -> Callable[[], None]:
    """Be told of every step; returns the call that stops listening."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)
