"""Bodies by template: one tree of TOML becomes JSON or XML. Nothing is evaluated, and what is empty is left out.

| in the tree | becomes |
|---|---|
| `name = "text {placeholder}"` | a member or element; left out where nothing but emptiness fills it |
| `name = "#{debit}"` | a number with exactly these digits |
| `name = [{ ... }]` | one for each line of the entry; with `each = "fields"` one for each of our columns the system has a field for |
| `"{field}" = "{value}"` | a member for each of our columns the system has a field for |
| `"@name"`, `"$"` | XML: an attribute; the text of an element that has attributes |
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from connectors.extraction.template import fill
from core.errors import UsageFault

Values = Mapping[str, str]
Lists = Mapping[str, Sequence[Values]]
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Number:
    """Digits that are written as they are."""

    digits: str


def rendered(template: Any, values: Values, lists: Lists) -> Any:
    """The tree with its placeholders filled; None where nothing is left of it."""
    if isinstance(template, str):
        return _text(template, values)
    if isinstance(template, list):
        made = [m for part in template for m in _repeated(part, values, lists)]
        return made or None
    if isinstance(template, dict):
        return _members(template, values, lists)
    return template


def _text(template: str, values: Values) -> Number | str | None:
    if not template.startswith("#"):
        return fill(template, values) or None
    digits = fill(template[1:], values)
    if digits and not _NUMBER.fullmatch(digits):
        raise UsageFault(
            f"{template} is filled by what is no number", "post.toml", "an amount is written with its own digits or not at all", "correct the template"
        )
    return Number(digits) if digits else None


def _repeated(part: Any, values: Values, lists: Lists) -> list[Any]:
    if not isinstance(part, dict):
        return [m for m in (rendered(part, values, lists),) if m is not None]
    inner = {k: v for k, v in part.items() if k != "each"}
    rows = lists[part.get("each", "lines")]
    return [m for row in rows if (m := _members(inner, {**values, **row}, of_line(row, lists))) is not None]


def of_line(row: Values, lists: Lists) -> Lists:
    """Inside a line, our columns are those of the line."""
    number = row.get("line_no")
    return {**lists, "fields": lists.get(f"fields_{number}", lists.get("fields", ()))} if number else lists


def _members(template: Mapping[str, Any], values: Values, lists: Lists) -> dict[str, Any] | None:
    made: dict[str, Any] = {}
    for name, inner in template.items():
        rows: Sequence[Values] = lists.get("fields", ()) if "{field}" in name else ({},)
        for row in rows:
            value = rendered(inner, {**values, **row}, lists)
            if value is not None:
                made[fill(name, {**values, **row})] = value
    if template and all(name.startswith("@") for name in made) and not all(name.startswith("@") for name in template):
        return None  # attributes alone say nothing
    return made or ({} if not template else None)


def as_json(tree: Any) -> str:
    """JSON with numbers in their own digits."""
    if isinstance(tree, Number):
        return tree.digits
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {as_json(v)}" for k, v in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(as_json(v) for v in tree) + "]"
    return json.dumps(tree, ensure_ascii=False)


def as_xml(tree: Mapping[str, Any]) -> str:
    """XML elements in the order of the tree."""
    return "".join(_element(name, value) for name, value in tree.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, v) for v in value)
    if not isinstance(value, dict):
        return f"<{name}>{escape(_plain(value))}</{name}>"
    attributes = "".join(f" {k[1:]}={quoteattr(_plain(v))}" for k, v in value.items() if k.startswith("@"))
    inner = escape(_plain(value["$"])) if "$" in value else as_xml({k: v for k, v in value.items() if not k.startswith("@")})
    return f"<{name}{attributes}>{inner}</{name}>"


def _plain(value: Any) -> str:
    if isinstance(value, Number):
        return value.digits
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
