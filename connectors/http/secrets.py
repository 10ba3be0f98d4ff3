"""Secrets: fetched when needed, never shown. Whatever leaves this process as text goes through `redact`.

What belongs here: reading references and hiding values. What does not: protocols (`signing`).
"""

import os
import re
from pathlib import Path

from core.errors import UsageFault

_known: set[str] = set()
_SHORTEST = 4
"""Shorter values are not searched for: hiding every "1" would hide the message."""


class Secret:
    """A value that prints as stars."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        remember(value)

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def reveal(self) -> str:
        """The value itself, for the wire only."""
        return self._value


def remember(value: str) -> None:
    """Hide this value from now on."""
    if len(value) >= _SHORTEST:
        _known.add(value)


def redact(text: str) -> str:
    """The text without any secret this process has seen, longest first."""
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, "***")
    return re.sub(r"(?i)(authorization|cookie|password|token|secret)([\"']?\s*[:=]\s*[\"']?)[^\s\"',;&]+", r"\1\2***", text)


def fetch(reference: str, source: str, name: str) -> Secret:
    """The secret a reference names. Raises UsageFault naming the reference, never the value."""
    kind, _, place = reference.partition(":")
    value = os.environ.get(place, "") if kind == "env" else _content(Path(place))
    if not value:
        raise UsageFault(
            f"the secret {name} of source {source} is empty",
            f"environment variable {place}" if kind == "env" else place,
            "the system will not let us in without it",
            f"export {place}=..." if kind == "env" else f"write the secret to {place}, readable by this user only",
        )
    return Secret(value)


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
