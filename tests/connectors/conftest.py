"""A small company whose files are dropped, collected and entered day after day, as the close does it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.files.archive import collect
from connectors.files.delivery import Delivery
from connectors.files.intake import enter_day
from core.books import load_books, parameter_rows
from core.policy import Books
from core.schema import INPUTS, PARAMETERS, table
from core.sql import Limits, Session

PROGRAMME = """
id = "{id}"
name = "Stars"
currency = "{currency}"
company_id = "1000"
timezone = "{zone}"
cut_off = "{cut_off}"
value_per_point = "0.01"
urr_for_ssp = "0.8"
accounts = {{ liability = "210000" }}
"""
EVENT = "event_id,programme_id,member_id,kind,points,occurred_at"
PAYMENT = "payment_id,order_id,kind,occurred_at,amount,currency"
MADE = ("quarantine", "control_total", "delivery_finding", "input_total", "feed_status", *(f"entered_{t.name}" for t in INPUTS))


@dataclass
class Day:
    """What intake made of one day, by table."""

    tables: dict[str, list[dict[str, Any]]]

    def __getitem__(self, name: str) -> list[dict[str, Any]]:
        return self.tables[name]

    @property
    def findings(self) -> list[tuple[str, str]]:
        return [(f["code"], f["business_key"]) for f in self["delivery_finding"]]

    @property
    def quarantine(self) -> list[tuple[int, str, str]]:
        return [(q["line"], q["column"], q["reason"]) for q in self["quarantine"]]

    def ids(self, table_name: str, column: str) -> list[str]:
        return [r[column] for r in self[f"entered_{table_name}"]]


@dataclass
class Company:
    """Books in a temporary folder; `drop` puts a file into the inbox, `day` enters the next day."""

    folder: Path
    settings: str = ""
    paths: dict[str, list[Path]] = field(default_factory=dict)
    books: Books | None = None

    def programme(self, id: str = "stars", zone: str = "America/New_York", cut_off: str = "24:00", currency: str = "USD") -> None:
        (self.folder / "programmes").mkdir(exist_ok=True)
        (self.folder / "programmes" / f"{id}.toml").write_text(PROGRAMME.format(id=id, zone=zone, cut_off=cut_off, currency=currency))
        self.books = None

    def drop(self, name: str, content: str | bytes, source: str = "shop") -> Path:
        path = self.folder / "inbox" / source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def collect(self) -> list[Delivery]:
        if self.books is None:
            (self.folder / "tieout.toml").write_text('[company]\nfunctional_currency = "USD"\n' + self.settings)
            self.books = load_books(self.folder)
        return collect(self.folder / "inbox", self.folder / "raw", self.folder / "parsed", self.books)

    def day(self, as_of_date: date, deliveries: Sequence[Delivery] | None = None) -> Day:
        deliveries = self.collect() if deliveries is None else deliveries
        assert self.books is not None
        out = self.folder / "out"
        out.mkdir(exist_ok=True)
        with Session(Limits((out, self.folder / "parsed"))) as session:
            for declared in INPUTS:
                session.view(declared.name, declared, self.paths.get(declared.name, []))
            parameters = parameter_rows(self.books)
            for declared in PARAMETERS:
                session.rows(declared.name, declared, parameters[declared.name])
            session.view("prior_delivery_finding", table("delivery_finding"), self.paths.get("delivery_finding", []))
            enter_day(session, as_of_date, deliveries, self.books)
            made = {n: session.fetch(f'from "{n}" order by all') for n in MADE}
            for name in (*(t.name for t in INPUTS), "delivery_finding"):
                made_name = name if name == "delivery_finding" else f"entered_{name}"
                written = session.write(f"select date '{as_of_date}' as business_date, * from \"{made_name}\"", table(name).key, out, f"{name}-{as_of_date}")
                self.paths.setdefault(name, []).append(written.path)
        return Day(made)

    def days(self, first: date, count: int) -> list[Day]:
        deliveries = self.collect()
        return [self.day(first + timedelta(days=n), deliveries) for n in range(count)]

    def parsed(self, content: str | bytes, name: str = "payment_2024-01-05.csv") -> Delivery:
        """The facts of one file, dropped alone."""
        self.drop(name, content)
        return self.collect()[0]

    def rows_of(self, delivery: Delivery, columns: str = "*") -> list[dict[str, Any]]:
        with Session(Limits((self.folder / "parsed",))) as session:
            return session.fetch(f"select {columns} from read_parquet('{delivery.rows}') where not is_bad order by line")

    def set_aside(self, delivery: Delivery) -> list[tuple[int, str, str, str]]:
        if delivery.quarantine is None:
            return []
        with Session(Limits((self.folder / "parsed",))) as session:
            rows = session.fetch(f"from read_parquet('{delivery.quarantine}') order by line, \"column\"")
        return [(r["line"], r["column"], r["value_masked"], r["reason"]) for r in rows]


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    made.programme()
    yield made
