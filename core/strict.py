"""Strict configuration files: frozen models, exact quoted numbers, and faults that name file, key and the nearest valid key.

What does not belong here: what any file says.
"""

import difflib
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from core.errors import UsageFault

_M = TypeVar("_M", bound=BaseModel)


def exact(value: object) -> Decimal:
    """A quoted number; "0.01%" is the exact fraction 0.0001."""
    if not isinstance(value, str):
        raise ValueError(f"write it as a quoted string, not {value!r}")
    percent = value.strip().endswith("%")
    try:
        number = Decimal(value.strip().removesuffix("%").strip())
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a number") from None
    if not number.is_finite():
        raise ValueError(f"{value!r} is not a finite number")
    return number.scaleb(-2) if percent else number


Exact = Annotated[Decimal, BeforeValidator(exact)]


class Strict(BaseModel):
    """A frozen model that knows no other keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_text(path: Path) -> str:
    """A configuration file as text, with or without a byte-order mark. Raises UsageFault where it is not UTF-8."""
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise UsageFault("not written in UTF-8", f"{path}:{line}", "its letters would be guessed", f"save {path.name} as UTF-8") from None


def parse(model: type[_M], path: Path) -> _M:
    """A TOML file as the model. Raises UsageFault in words."""
    return parse_text(model, read_text(path), path)


def parse_text(model: type[_M], text: str, path: Path) -> _M:
    """The text of a TOML file as the model; `path` is only named."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        at = re.search(r"at line (\d+), column \d+", str(fault))
        place = f"{path}:{at[1]}" if at else str(path)
        raise UsageFault(f"not valid TOML: {fault}", place, "a configuration that cannot be read is not guessed", "correct the line") from None
    try:
        return model.model_validate(data)
    except ValidationError as fault:
        raise _explained(fault, model, text, path) from None


def _explained(fault: ValidationError, model: type[BaseModel], text: str, path: Path) -> UsageFault:
    """The first problem in words, with its line and the nearest valid key."""
    problem = min(fault.errors(), key=lambda e: e["type"] != "extra_forbidden")
    key = ".".join(str(p) for p in problem["loc"])
    where = str(path) + _line_of(problem["loc"], text)
    if problem["type"] == "extra_forbidden":
        valid = tuple(_keys_at(model, problem["loc"][:-1]))
        return UsageFault(
            f"unknown key {key}{nearest(str(problem['loc'][-1]), valid)}",
            where,
            "a misspelt key would silently change the books",
            f"valid keys: {', '.join(valid)}",
        )
    return UsageFault(f"{key}: {_words(problem)}" if key else _words(problem), where, "the books are configured by it", f"edit {path.name}")


WRITTEN = {
    r"^[A-Z]{3}$": 'a currency code such as "USD"',
    r"^([A-Z]{3})?$": 'a currency code such as "USD"',
    r"^[^\s/;]+$": "a name without blanks, / and ;",
    r"^(\d{4}-\d{2})?$": 'an issue month such as "2026-03"',
    r"^(expire|new_expiry|grace:\d+)$": '"expire", "new_expiry" or "grace:" and a number of days',
    r"^\d+(\.\d+)?\s?[KMGT]i?B$": 'an amount of memory such as "4GB"',
    r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$": 'the place of a secret, "env:NAME" or "file:PATH", never the secret itself',
    r"^([01]\d|2[0-3]):[0-5]\d$": 'a time of day such as "06:00"',
}
"""What a pattern of the models asks for, in words."""


def _words(problem: Any) -> str:
    """What is wrong with a value, as one would say it."""
    given, facts = problem["input"], problem.get("ctx", {})
    shown = "this" if "secrets" in problem["loc"] else str(given) if isinstance(given, Decimal) else repr(given)
    match problem["type"]:
        case "missing":
            return "is required and not there"
        case "string_type":
            return f"write it as a quoted string, not {shown}"
        case "string_pattern_mismatch" if facts.get("pattern") in WRITTEN:
            return f"{shown} is not {WRITTEN[facts['pattern']]}"
        case "literal_error" | "enum":
            known = tuple(str(facts["expected"]).replace("'", "").replace(" or ", ", ").split(", "))
            return f"{shown} is none of {', '.join(known)}{nearest(str(given), known)}"
        case "greater_than_equal" | "greater_than" | "less_than_equal" | "less_than":
            return f"{shown} is out of range: {str(problem['msg']).removeprefix('Input ')}"
        case _:
            return str(problem["msg"]).removeprefix("Value error, ")


def _line_of(location: tuple[int | str, ...], text: str) -> str:
    """`:line` of the key a location ends in, or of the nearest thing around it that has a line; nothing where none is found."""
    names = [str(p) for p in location if isinstance(p, str)]
    count = next((p for p in location if isinstance(p, int)), 0)
    table, found, seen = "", "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+\s*([^\]#]+?)\s*\]+", line)
        if header:
            seen = seen + 1 if table == header[1] else 0
            table = header[1]
        entry = re.match(r"\s*([\w.\"-]+)\s*=", line)
        path = ".".join(x for x in (table, entry[1] if entry else "") if x)
        if (header or entry) and ".".join(names) == path and seen == (count if table else 0):
            return f":{number}"
        if (header or entry) and path and ".".join(names).startswith(path):
            found = f":{number}"
    return found


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> Iterator[str]:
    """Field names of the model found by following a location; falls back to the outer model."""
    current: type[BaseModel] = model
    for step in location:
        if isinstance(step, int) or step not in current.model_fields:
            continue
        inner = _inner_model(current.model_fields[step].annotation)
        current = inner or current
    yield from current.model_fields


def _inner_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _inner_model(argument)
        if found:
            return found
    return None


def nearest(word: str, valid: tuple[str, ...]) -> str:
    """The words `; did you mean ...?`, or nothing."""
    close = difflib.get_close_matches(word, valid, n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""
