"""A delivery: the latest version of one dropped file, with everything that is known of it without opening it again.

What belongs here: the facts of a file, its control file, their order and fingerprints. What does not: judging them (`verdicts`).
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from connectors.files.naming import part_order


@dataclass(frozen=True, slots=True)
class Control:
    """What a control file states. `problem` says why it could not be read; then nothing else is stated."""

    rows: int | None = None
    sums: tuple[tuple[str, Decimal], ...] = ()
    sha256: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """The latest version of a file. Counts are rows, sums exact; `first_date` and `last_date` bound the rows' own business dates.

    `refused` says why nothing of the file can be used (its rows were not read). `content` names
    what the rows say whatever their order; `problems` sums up the rows set aside. `rows` and `quarantine` are Parquet files of `parsing`.
    """

    source: str
    table: str
    file_date: date
    part: str
    name: str
    sha256: str
    version: int
    raw: Path | None
    rows: Path | None = None
    quarantine: Path | None = None
    row_count: int = 0
    bad_count: int = 0
    problems: str = ""
    content: str = ""
    sums: tuple[tuple[str, Decimal], ...] = ()
    first_date: date | None = None
    last_date: date | None = None
    extra_columns: tuple[str, ...] = ()
    refused: str | None = None
    control: Control | None = None
    control_sha256: str = ""
    late_for: date | None = None
    """The day in its name, where that day was signed without it: `file_date` is then the first open day, on which its rows enter."""
    signed_rows: int = 0
    """Rows of the version that the signed day was closed with; 0: the file was not there."""

    @property
    def order(self) -> tuple[date, tuple[int, int, str], str, str]:
        """First delivered first: by date and part, then by source and name so that the order is total."""
        return (self.file_date, part_order(self.part), self.source, self.name)


def read_control(content: bytes) -> Control:
    """Read a control file: {"rows": n, "sums": {column: "sum"}, "sha256": hex}. Never raises: what is wrong is in `problem`."""
    try:
        stated = json.loads(content.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as fault:
        return Control(problem=f"not readable as JSON ({type(fault).__name__})")
    if not isinstance(stated, dict):
        return Control(problem="not a JSON object")
    rows, sums, sha256 = stated.get("rows"), stated.get("sums", {}), stated.get("sha256")
    if rows is not None and (isinstance(rows, bool) or not isinstance(rows, int)):
        return Control(problem="rows is not a whole number")
    if sha256 is not None and not isinstance(sha256, str):
        return Control(problem="sha256 is not a text")
    if not isinstance(sums, dict):
        return Control(problem="sums is not an object of column: sum")
    exact = {str(column): _decimal(value) for column, value in sums.items()}
    wrong = sorted(column for column, value in exact.items() if value is None)
    if wrong:
        return Control(problem=f"the sum of {wrong[0]} is not a decimal number")
    return Control(rows, tuple(sorted((c, v) for c, v in exact.items() if v is not None)), sha256.lower() if sha256 else None)


def fingerprints(deliveries: Iterable[Delivery], days: Sequence[date]) -> dict[date, str]:
    """For each day, a hash over everything delivered for that day or before: it changes exactly when the inputs of the day change."""
    ordered = sorted(deliveries, key=lambda d: d.order)
    result: dict[date, str] = {}
    running, position = hashlib.sha256(b"deliveries"), 0
    for day in sorted(set(days)):
        while position < len(ordered) and ordered[position].file_date <= day:
            d = ordered[position]
            running.update(json.dumps([d.source, d.name, d.sha256, d.control_sha256]).encode())
            position += 1
        result[day] = running.hexdigest()
    return result


def _no_constant(word: str) -> object:
    raise ValueError(f"{word} is not a number")


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 40 else None
