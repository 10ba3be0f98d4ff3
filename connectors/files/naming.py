"""The names of dropped files: `<table>_<YYYY-MM-DD>[_<part>].(csv|parquet|xlsx)`, control files beside them.

What belongs here: reading a name and saying what is wrong with it. What does not: opening files.
"""

import re
from dataclasses import dataclass
from datetime import date

from core.schema import INPUTS

FORMATS = ("csv", "parquet", "xlsx")
CONTROL_SUFFIX = ".control.json"
TABLES = {t.name: t for t in INPUTS}
_NAME = re.compile(r"^(?P<table>[a-z_]+)_(?P<date>\d{4}-\d{2}-\d{2})(?:_(?P<part>[A-Za-z0-9-]+))?$")
_ANY_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SHAPE = "<table>_<YYYY-MM-DD>[_<part>].csv, .parquet or .xlsx"


@dataclass(frozen=True, slots=True)
class FileName:
    """What a file name says. `problem` is None for a name that fits; `file_date` is date.min where the name holds no date at all."""

    table: str
    file_date: date
    part: str
    problem: str | None


def is_passed_over(name: str) -> bool:
    """Hidden and temporary files of editors, spreadsheets and transfer programs: nobody delivered them."""
    return name.startswith((".", "~")) or name.endswith(("~", ".tmp", ".part", ".filepart", ".crdownload"))


def stem_of(name: str) -> str:
    """The name without its format, the part it shares with its control file.

    >>> stem_of("payment_2017-01-06.control.json"), stem_of("payment_2017-01-06.csv")
    ('payment_2017-01-06', 'payment_2017-01-06')
    """
    return name.removesuffix(CONTROL_SUFFIX) if name.endswith(CONTROL_SUFFIX) else name.rpartition(".")[0]


def read_name(name: str) -> FileName:
    """What a name says, and what is wrong with it if it does not fit.

    >>> read_name("payment_2017-01-07_2.csv")
    FileName(table='payment', file_date=datetime.date(2017, 1, 7), part='2', problem=None)
    """
    stem, _, suffix = name.rpartition(".")
    if name.endswith(CONTROL_SUFFIX):
        stem, suffix = stem_of(name), FORMATS[0]
    match = _NAME.match(stem)
    if match is None or suffix not in FORMATS:
        return FileName("", _date_in(name), "", f"the name does not fit {_SHAPE}; rename the file")
    file_date = _as_date(match["date"])
    if file_date is None:
        return FileName("", date.min, "", f"{match['date']} in the name is not a day of the calendar; rename the file")
    if match["table"] not in TABLES:
        return FileName("", file_date, "", f"{match['table']} is not a table; known tables: {', '.join(sorted(TABLES))}")
    return FileName(match["table"], file_date, match["part"] or "", None)


def part_order(part: str) -> tuple[int, int, str]:
    """Order of the parts of a day: none, then numbers by value, then words."""
    if not part:
        return (0, 0, "")
    return (1, int(part), part) if part.isdigit() else (2, 0, part)


def _date_in(name: str) -> date:
    match = _ANY_DATE.search(name)
    return (_as_date(match[0]) if match else None) or date.min


def _as_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
