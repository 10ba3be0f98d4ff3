"""JSON as it was written: numbers keep the digits of the system, nothing passes through a binary double, no name counts twice.

What belongs here: bytes to a tree of texts. What does not: what the tree means (`json_page`, `posting.answers`).
"""

import json
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import Any

from connectors.extraction.records import Drift

_LONGEST = 60
"""Digits before or behind the point: an exponent that asks for more is left as it is, and is not readable as an amount."""


def plain(number: str) -> str:
    """A number's own digits; an exponent is written out.

    >>> plain("0.10"), plain("1E-7"), plain("1E999999999")
    ('0.10', '0.0000001', '1E999999999')
    """
    if "e" not in number and "E" not in number:
        return number
    try:
        value = Decimal(number)
    except InvalidOperation:
        return number
    return format(value, "f") if value.is_finite() and abs(value.adjusted()) < _LONGEST and len(number) < _LONGEST else number


def parse_json(content: bytes) -> Any:
    """JSON with every number as the text it was written in. Raises Drift, also where an object names something twice: which one counts is not guessed."""
    try:
        answer = json.loads(content, parse_float=plain, parse_int=str, parse_constant=_no_number)
        judge_names(content, answer)
        return answer
    except (ValueError, RecursionError) as fault:
        raise Drift(f"not readable as JSON ({type(fault).__name__}): the answer is cut off or no JSON at all") from None


def judge_names(content: bytes, answer: Any) -> None:
    """Refuse an object that names something twice, of which every parser keeps the last in silence. Raises Drift."""
    if content.translate(None, _BLANKS).count(b'":') != _named([answer]):  # may be twice, may be a quote inside of a text
        json.loads(content, object_pairs_hook=_once)


_BLANKS = b" \t\r\n"


def _named(values: list[Any]) -> int:
    """How many names all objects hold, level by level; too few where the objects of a level are not alike."""
    objects = [v for v in values if isinstance(v, dict)]
    lists = [v for v in values if isinstance(v, list)]
    count = sum(map(len, objects)) + (_named(list(chain.from_iterable(lists))) if lists else 0)
    inner = [k for k, v in objects[0].items() if isinstance(v, dict | list)] if objects else []
    return count + sum(_named([o.get(k) for o in objects]) for k in inner)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [k for k, _ in pairs]
        raise Drift(f"an object names {next(k for k in found if names.count(k) > 1)} twice")
    return found


def _no_number(word: str) -> object:
    raise ValueError(f"{word} is not a number")
