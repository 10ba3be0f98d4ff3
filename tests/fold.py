"""A fold of days without a lake: one session per day, later days see what earlier days made under its prior_ names.

What belongs here: the mechanics only. Rooms, rules and expectations live in the tests that use it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.books import parameter_rows
from core.match_rules import MatchRules, shipped_match_rules
from core.policy import BreakWork, Company, Periods, Programme
from core.schema import TABLES, Kind
from core.sql import Limits, Session

Row = Mapping[str, Any]
Step = Callable[[Session, date], object]


def programme(**changes: Any) -> Programme:
    """A valid programme; keyword arguments replace keys of its file (quoted numbers, as in TOML)."""
    file: dict[str, Any] = {
        "id": "p1", "name": "Points", "currency": "USD", "company_id": "1000", "timezone": "UTC", "value_per_point": "0.01",
        "urr_for_ssp": "0.8", "accounts": {"liability": "2100"},
    }  # fmt: skip
    return Programme.model_validate({**file, **changes})


def books_rows(*programmes: Programme, calendar: str = "calendar_months", match_rules: Sequence[MatchRules] = ()) -> dict[str, list[dict[str, object]]]:
    """Parameter tables of books that hold these programmes and nothing else."""

    company = Company.model_validate({"functional_currency": "USD", "fiscal_calendar": calendar})

    class _Books:
        def __init__(self) -> None:
            self.programmes = programmes
            self.chart = type("Chart", (), {"accounts": {}, "posts": {}})()
            self.file = type("File", (), {"feeds": (), "break_work": BreakWork(), "periods": Periods(), "company": company})()
            self.tax_rules: tuple[Row, ...] = ()
            self.tax_rates: tuple[Row, ...] = ()
            self.match_rules = tuple(match_rules) or shipped_match_rules()
            self.escheat_rules: tuple[Row, ...] = ()

    return parameter_rows(_Books())  # type: ignore[arg-type]


class Fold:
    """Closes days one after another in memory. `made` holds, per table, all rows so far with their business_date."""

    def __init__(self, books: Mapping[str, Sequence[Row]], *, threads: int = 2) -> None:
        self._books = books
        self._threads = threads
        self._inputs: dict[str, list[dict[str, Any]]] = {}
        self.made: dict[str, list[dict[str, Any]]] = {}

    def enter(self, day: date, table: str, rows: Sequence[Row]) -> None:
        """Let rows of an input table enter the books on a day."""
        self._inputs.setdefault(table, []).extend({**r, "business_date": day} for r in rows)

    def day(self, day: date, events: Sequence[Row], steps: Sequence[Step], *, look: Callable[[Session], Any] | None = None) -> Any:
        """Run the steps of one day on these loyalty events; returns what `look` reads from the session before it closes.

        Every declared non-input table a step made is kept and is seen by later days as prior_<table>.
        """
        self.enter(day, "loyalty_event", events)
        with Session(Limits(folders=(Path("/nonexistent"),), threads=self._threads)) as session:
            self._open(session)
            before = session.names()
            for step in steps:
                step(session, day)
            answer = look(session) if look else None
            for name, declared in TABLES.items():
                if declared.kind in (Kind.INPUT, Kind.PARAMETER) or name in before or name not in session.names():
                    continue
                columns = ", ".join(f'"{c}"' for c in declared.names)
                made = session.fetch(f'select {columns} from "{name}"')
                self.made.setdefault(name, []).extend({"business_date": day, **r} for r in made)
        return answer

    def _open(self, session: Session) -> None:
        for name, declared in TABLES.items():
            if declared.kind is Kind.PARAMETER:
                session.rows(name, declared, self._books.get(name, ()))
            elif declared.kind is Kind.INPUT:
                _load(session, name, name, self._inputs.get(name, ()))
            else:
                _load(session, f"prior_{name}", name, self.made.get(name, ()))


def _load(session: Session, name: str, declared_name: str, rows: Sequence[Row]) -> None:
    """A table with business_date and the declared columns; many rows at once by way of columns of text, cast strictly."""
    declared = TABLES[declared_name]
    session.empty(name, declared, prefix=("business_date",))
    if not rows:
        return
    columns = ("business_date", *declared.names)
    types = {"business_date": "DATE", **{c.name: c.type.sql for c in declared.columns}}
    lists = {f"c{n}": [_text(r.get(c)) for r in rows] for n, c in enumerate(columns)}
    unnested = ", ".join(f"unnest($c{n}::varchar[]) as c{n}" for n in range(len(columns)))
    cast = ", ".join(f'c{n}::{types[c]} as "{c}"' for n, c in enumerate(columns))
    session.statement(f'insert into "{name}" select {cast} from (select {unnested})', **lists)


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


__all__ = ["Fold", "Row", "Step", "books_rows", "programme"]
