"""Strict configuration files: frozen models, exact quoted numbers, and faults that name file, key and the nearest valid key.

What does not belong here: what any file says.
"""

import difflib
import tomllib
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, TypeVar

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


def parse(model: type[_M], path: Path) -> _M:
    """A TOML file as the model. Raises UsageFault in words."""
    return parse_text(model, path.read_text(encoding="utf-8"), path)


def parse_text(model: type[_M], text: str, path: Path) -> _M:
    """The text of a TOML file as the model; `path` is only named."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise UsageFault(f"not valid TOML: {fault}", str(path), "a configuration that cannot be read is not guessed", "correct the line") from None
    try:
        return model.model_validate(data)
    except ValidationError as fault:
        raise _explained(fault, model, path) from None


def _explained(fault: ValidationError, model: type[BaseModel], path: Path) -> UsageFault:
    """The first problem in words, with the nearest valid key."""
    problem = min(fault.errors(), key=lambda e: e["type"] != "extra_forbidden")
    key = ".".join(str(p) for p in problem["loc"])
    if problem["type"] == "extra_forbidden":
        valid = tuple(_keys_at(model, problem["loc"][:-1]))
        return UsageFault(
            f"unknown key {key}{nearest(str(problem['loc'][-1]), valid)}",
            str(path),
            "a misspelt key would silently change the books",
            f"valid keys: {', '.join(valid)}",
        )
    return UsageFault(f"{key or 'file'}: {problem['msg'].removeprefix('Value error, ')}", str(path), "the books are configured by it", f"edit {path.name}")


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
