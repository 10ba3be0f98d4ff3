"""docs/add_a_platform.md is true: its blocks are taken as they stand, and read a ledger out of a database without any Python."""

import re
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.database.stream import as_text
from connectors.extraction.extract import extract_day
from connectors.extraction.records import Drift
from core.errors import SystemFault
from core.policy import Source
from tests.extraction.erp_books import ENGINE, delivered, place_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "add_a_platform.md"
DAY = date(2026, 3, 31)


@pytest.fixture
def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Books with the page's platform and a database with five lines."""
    text = PAGE.read_text(encoding="utf-8")
    toml = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    sql = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    folder = tmp_path / "platforms" / "acme"
    folder.mkdir(parents=True)
    (folder / "platform.toml").write_text(toml[0], encoding="utf-8")
    (folder / "line.sql").write_text(sql[0], encoding="utf-8")
    (folder / "total.sql").write_text(sql[1], encoding="utf-8")
    with sqlite3.connect(tmp_path / "acme.db") as con:
        con.execute(
            "create table gl (entry integer, line integer, company text, booked text, account text, dr_cr text, amount text, cents integer, currency text, "
            "remark text, reference text)"
        )
        rows = [(1, 1, "S", "100.10"), (1, 2, "H", "100.10"), (2, 1, "S", "0.30"), (2, 2, "H", "0.20"), (2, 3, "H", "0.10")]
        con.executemany(
            "insert into gl values (?, ?, '10', '2026-03-31', '0021550000', ?, ?, ?, 'EUR', 'made up', 'A-1')",
            [(e, n, side, amount, int(amount.replace(".", ""))) for e, n, side, amount in rows],
        )
    monkeypatch.setenv("ACME_DATABASE_URL", f"sqlite:///{tmp_path / 'acme.db'}")
    place_of(tmp_path)
    return tmp_path


SOURCE = Source.model_validate({"kind": "acme", "database_env": "ACME_DATABASE_URL", "start": date(2026, 3, 30), "deliver": ["line"]})


def test_the_example_reads_proves_and_delivers(books: Path) -> None:
    place = place_of(books)
    found = extract_day("acme", SOURCE, place, DAY, ENGINE)
    rows = delivered(place, "acme", DAY)
    assert [r["amount"] for r in rows] == ["100.1", "-100.1", "0.3", "-0.2", "-0.1"]
    assert {r["event_id"] for r in rows} == {"A-1"}
    assert found.facts["gates"]["control totals"] == "agree with the system's own"  # type: ignore[index]
    assert len(list(place.folder("acme", DAY).glob("line/*/*.page"))) == 3


def test_a_sum_that_differs_from_the_systems_own_stops_it(books: Path) -> None:
    with sqlite3.connect(books / "acme.db") as con:
        con.execute("update gl set cents = 31 where entry = 2 and line = 1")
    with pytest.raises(SystemFault, match=r"control totals: debit 100.4 read, 100.41 stated"):
        extract_day("acme", SOURCE, place_of(books), DAY, ENGINE)


def test_a_binary_double_is_refused(books: Path) -> None:
    path = books / "platforms" / "acme" / "platform.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("CAST(amount AS TEXT)", "CAST(amount AS REAL)"), encoding="utf-8")
    with pytest.raises(SystemFault, match="not exact"):
        extract_day("acme", SOURCE, place_of(books), DAY, ENGINE)


def test_an_instant_is_refused_where_its_day_would_be_the_sessions() -> None:
    """A driver gives an instant in the session's zone: whoever asks from elsewhere would book it on another day."""
    assert as_text(datetime(2026, 3, 31, 23, 30)) == "2026-03-31T23:30:00"
    with pytest.raises(Drift, match="cast it in the query to the day"):
        as_text(datetime(2026, 3, 31, 23, 30, tzinfo=UTC))
