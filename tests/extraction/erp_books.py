"""Ledgers and places for the extraction tests: a small ledger of whole documents, and folders as books have them."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb

from connectors.extraction.extract import Place
from core.policy import Engine, Source
from tieout.standins.ledger import Ledger

DAY = date(2026, 3, 31)
ENGINE = Engine()


def place_of(folder: Path) -> Place:
    """Empty books."""
    for name in ("lake", "inbox"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return Place(folder, folder / "lake", folder / "inbox")


def small_ledger(documents: int = 20, day: date = DAY, days: int = 1) -> Ledger:
    """Balanced documents of two lines with every loyalty field, ending on `day`; amounts that binary doubles would lose."""
    ledger = Ledger()
    for n in range(1, documents + 1):
        on = day - timedelta(days=n % days)
        amount = Decimal(n) + Decimal("0.1")
        for line, (account, sign) in enumerate((("0021550000", -1), ("400000", 1)), start=1):
            ledger.lines.append((on, line_of(n, line, account, amount * sign, on)))
    return ledger


def line_of(document: int, line: int, account: str, amount: Decimal, on: date, **more: str) -> dict[str, str]:
    """One canonical line as text."""
    return {
        "ledger_id": "main", "company_id": "1000", "document_id": f"{document:010d}", "line_id": str(line), "posting_date": on.isoformat(),
        "document_date": on.isoformat(), "account": account, "amount": str(amount), "currency": "USD", "points": f"{-document if line == 1 else 0}",
        "programme_id": "orchard", "member_id": f"M{document:06d}", "event_id": f"A-{document}", "batch_id": "", "order_id": f"O{document}", **more,
    }  # fmt: skip


def delivered(place: Place, source: str, day: date, table: str = "ledger_line") -> list[dict[str, str]]:
    """Rows of a delivery."""
    path = place.inbox / source / f"{table}_{day.isoformat()}.parquet"
    with duckdb.connect() as con:
        cursor = con.execute(f"select * from read_parquet('{path}')")
        names = [d[0] for d in cursor.description or ()]
        return [dict(zip(names, r, strict=True)) for r in cursor.fetchall()]


def source_of(kind: str, url: str, credentials: str, secrets: Mapping[str, str], **more: object) -> Source:
    """A source signed into by environment variables."""
    names = {k: f"env:STANDIN_{kind.upper()}_{k.upper()}" for k in secrets}
    return Source.model_validate({"kind": kind, "url": url, "credentials": {"kind": credentials, "secrets": names}, **more})
