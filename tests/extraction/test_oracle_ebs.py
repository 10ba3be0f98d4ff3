"""Oracle E-Business Suite's tables, out of databases that are really there: what counts as posted, exact NUMBERs, late journals, balances by the day."""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors.extraction.extract import extract_day
from core.errors import SystemFault, UsageFault
from core.policy import Source
from tests.extraction.erp_books import DAY, ENGINE, delivered, line_of, place_of, small_ledger
from tests.extraction.oracle_database import fill_database, insert, speak_oracle
from tests.store.store_postgres import NoPostgres, server
from tieout.standins.ledger import Ledger
from tieout.standins.oracle_tables import REFERENCES

SETTINGS = {"account_segment": "segment3", "company_key": "segment", "ledger_key": "name", "document_key": "name"}


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        Path(folder).chmod(0o755)
        try:
            with server(Path(folder)) as url:
                yield url
        except NoPostgres as why:
            pytest.skip(f"no PostgreSQL can be started here: {why}")


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[str]:
    sa.event.listen(sa.Engine, "connect", _maybe_speak)
    yield f"sqlite:///{tmp_path / 'ebs.db'}"
    sa.event.remove(sa.Engine, "connect", _maybe_speak)


def _maybe_speak(connection: object, record: object) -> None:
    if type(connection).__module__.startswith("sqlite3"):
        speak_oracle(connection, record)


def _source(schema: str, **more: object) -> Source:
    settings = {**SETTINGS, "schema": schema, **dict(more.pop("settings", {}))}  # type: ignore[call-overload]
    given = {"kind": "oracle_ebs", "database_env": "EBS_URL", "settings": settings, "fields": REFERENCES, "start": date(2026, 3, 29), **more}
    return Source.model_validate(given)


def _hard_ledger() -> Ledger:
    """Amounts that no binary double holds, and more digits than one has."""
    ledger = small_ledger(30, days=2)
    for line, sign in ((1, -1), (2, 1)):
        ledger.lines.append((DAY, line_of(900, line, f"40000{line}", Decimal("12345678901234.5678") * sign, DAY)))
    return ledger


def _same(rows: list[dict[str, str]], ledger: Ledger) -> None:
    keys = ("ledger_id", "company_id", "document_id", "line_id", "posting_date", "account", "currency", "event_id", "order_id", "member_id", "programme_id")
    assert sorted((*(str(r[k]) for k in keys), Decimal(r["amount"]), Decimal(r["points"])) for r in rows) == sorted(
        (*(r[k] for k in keys), Decimal(r["amount"]), Decimal(r["points"])) for _, r in ledger.lines
    )


@pytest.mark.parametrize("size", ["7", "50000"])
def test_a_real_postgresql_gives_every_digit(size: str, postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, schema = _hard_ledger(), f"apps{size}"
    fill_database(postgres, ledger, schema).dispose()
    monkeypatch.setenv("EBS_URL", postgres)
    place = place_of(tmp_path)
    _with_page_size(tmp_path, size)
    found = extract_day("ebs", _source(schema), place, DAY, ENGINE)
    _same(delivered(place, "ebs", DAY), ledger)
    assert found.facts["gates"]["control totals"] == "agree with the system's own"  # type: ignore[index]
    pages = len(list(place.folder("ebs", DAY).glob("line/*/*.page")))
    assert pages == 3 if size == "50000" else pages > 9, "a page is what was asked for, not the whole day"
    again = extract_day("ebs", _source(schema), place, date(2026, 4, 1), ENGINE)
    assert again.facts["lines"] == {"read": 62, "delivered": 0, "changed": 0, "late": 0}


def _with_page_size(books: Path, size: str) -> None:
    """The packaged definition with another page size, as the books' own platform."""
    packaged = Path(__file__).resolve().parents[2] / "connectors" / "platforms" / "oracle_ebs"
    shutil.copytree(packaged, books / "platforms" / "oracle_ebs")
    path = books / "platforms" / "oracle_ebs" / "platform.toml"
    text = path.read_text(encoding="utf-8")
    assert "size = 50000" in text
    path.write_text(text.replace("size = 50000", f"size = {size}"), encoding="utf-8")


def test_a_file_database_reads_the_same(sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = small_ledger(30, days=2)
    fill_database(sqlite, ledger, "main")
    monkeypatch.setenv("EBS_URL", sqlite)
    place = place_of(tmp_path)
    extract_day("ebs", _source("main"), place, DAY, ENGINE)
    _same(delivered(place, "ebs", DAY), ledger)


def _add(
    engine: sa.Engine, header: int, *, status: str = "P", line_status: str = "P", actual: str = "A", currency: str = "USD",
    posted: str = f"{DAY} 22:00:00", amounts: tuple[str | None, ...] = ("5", None, "5", None), reverses: int | None = None,
) -> None:  # fmt: skip
    """One journal of two lines; `amounts` are entered_dr, entered_cr, accounted_dr, accounted_cr of the first, the other side of the second."""
    entered_dr, entered_cr, dr, cr = amounts
    pair = (amounts, (entered_cr, entered_dr, cr, dr))
    with engine.begin() as connection:
        head = (header, 1, f"J{header}", "Adjustment", "Manual", "Mar-26", currency, status, actual, f"{DAY} 00:00:00", posted, reverses, None)
        insert(connection, "main", "gl_je_headers", [head])
        lines = [(header, n, 1, 2, "Mar-26", f"{DAY} 00:00:00", line_status, *a, "made up", None, None, None, f"A-{header}", *[None] * 20)
                 for n, a in enumerate(pair, start=1)]  # fmt: skip
        insert(connection, "main", "gl_je_lines", lines)


@pytest.fixture
def ebs(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    monkeypatch.setenv("EBS_URL", sqlite)
    return fill_database(sqlite, small_ledger(3), "main")


def _lines(tmp_path: Path, **more: object) -> dict[tuple[str, str], dict[str, str]]:
    place = place_of(tmp_path)
    extract_day("ebs", _source("main", **more), place, DAY, ENGINE)
    return {(r["document_id"], r["line_id"]): r for r in delivered(place, "ebs", DAY)}


def test_only_posted_actual_money_counts(ebs: sa.Engine, tmp_path: Path) -> None:
    _add(ebs, 101, status="U", line_status="U")
    _add(ebs, 102, actual="B")
    _add(ebs, 103, currency="STAT")
    _add(ebs, 104, posted="2026-04-01 00:00:00")
    _add(ebs, 105)
    found = {d for d, _ in _lines(tmp_path)}
    assert found == {"0000000001", "0000000002", "0000000003", "J105"}


def test_entered_and_accounted_amounts_storno_and_reversal(ebs: sa.Engine, tmp_path: Path) -> None:
    _add(ebs, 201, currency="EUR", amounts=("10", None, "11.3", None))
    _add(ebs, 202, currency="EUR", amounts=("-10", None, "-11.3", None), reverses=201)
    local = _lines(tmp_path / "local")
    assert {k: (r["amount"], r["currency"], r["is_reversal"], r["reverses_document_id"]) for k, r in local.items() if k[0] in ("J201", "J202")} == {
        ("J201", "1"): ("11.3", "USD", "false", None), ("J201", "2"): ("-11.3", "USD", "false", None),
        ("J202", "1"): ("-11.3", "USD", "true", "J201"), ("J202", "2"): ("11.3", "USD", "true", "J201"),
    }  # fmt: skip
    entered = _lines(tmp_path / "document", basis="document")
    assert (entered["J202", "1"]["amount"], entered["J202", "1"]["currency"]) == ("-10", "EUR")
    ids = _lines(tmp_path / "ids", settings={"ledger_key": "id", "company_key": "ledger", "document_key": "id"})
    assert (ids["202", "1"]["ledger_id"], ids["202", "1"]["company_id"], ids["202", "1"]["reverses_document_id"]) == ("1", "1", "201")
    assert (ids["202", "1"]["fiscal_year"], ids["202", "1"]["fiscal_period"]) == ("2026", "3")


def test_a_journal_posted_late_comes_with_its_accounting_date(ebs: sa.Engine, tmp_path: Path) -> None:
    place = place_of(tmp_path)
    extract_day("ebs", _source("main"), place, DAY, ENGINE)
    _add(ebs, 301, posted="2026-04-01 09:00:00")
    found = extract_day("ebs", _source("main"), place, date(2026, 4, 1), ENGINE)
    assert found.facts["lines"] == {"read": 8, "delivered": 2, "changed": 0, "late": 2}
    assert {r["posting_date"] for r in delivered(place, "ebs", date(2026, 4, 1))} == {"2026-03-31"}


def test_chosen_accounts_only(ebs: sa.Engine, tmp_path: Path) -> None:
    assert {r["account"] for r in _lines(tmp_path, accounts=["0021550000"]).values()} == {"0021550000"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("update gl_je_lines set accounted_dr = null, accounted_cr = null where je_header_id = 101", "neither debit nor credit"),
        ("update gl_je_lines set accounted_dr = '5.01' where je_header_id = 101 and je_line_num = 1", "documents balance"),
        ("update gl_je_lines set accounted_dr = '5,00' where je_header_id = 101 and je_line_num = 1", "a number is not readable"),
        ("update gl_je_lines set accounted_dr = '5.0.0' where je_header_id = 101", "a number is not readable"),
        ("update gl_je_lines set code_combination_id = 99 where je_header_id = 101 and je_line_num = 2", "no key without value"),
        ("update gl_je_lines set effective_date = '31.03.26' where je_header_id = 101", "a date is not readable"),
        ("update gl_je_lines set accounted_dr = '-5', accounted_cr = '-10' where je_header_id = 101", "documents balance"),
        ("insert into gl_je_lines select * from gl_je_lines where je_header_id = 101", "no key twice"),
        ("delete from gl_ledgers", "no key without value"),
        ("alter table gl_je_lines rename column accounted_cr to accounted_credit", "the database refused"),
    ],
)
def test_what_is_not_whole_or_not_readable_is_loud(change: str, said: str, ebs: sa.Engine, tmp_path: Path) -> None:
    _add(ebs, 101)
    with ebs.begin() as connection:
        connection.execute(sa.text(change))
    with pytest.raises(SystemFault, match=said) as told:
        _lines(tmp_path)
    assert told.value.exit_code == 3
    assert not list(tmp_path.rglob("ledger_line*.parquet"))


def test_a_binary_double_is_refused(sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EBS_URL", sqlite)
    engine = fill_database(sqlite, small_ledger(1), "main")
    with engine.begin() as connection:
        connection.execute(sa.text("create table copied as select je_header_id, cast(accounted_dr as real) as dr from gl_je_lines"))
        connection.execute(sa.text("alter table gl_je_lines drop column accounted_dr"))
        connection.execute(sa.text("alter table gl_je_lines add column accounted_dr real"))
        connection.execute(sa.text("update gl_je_lines set accounted_dr = 1.1 where je_line_num = 2"))
    with pytest.raises(SystemFault, match="not exact"):
        _lines(tmp_path)


def test_a_setting_without_a_default_is_asked_for(ebs: sa.Engine, tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="account_segment"):
        _lines(tmp_path, settings={"account_segment": ""})


@pytest.mark.parametrize("day", [DAY, date(2026, 4, 1), date(2026, 4, 30)])
def test_balances_are_of_the_day_and_not_of_the_period(day: date, ebs: sa.Engine, tmp_path: Path) -> None:
    """Opening of the last opened period, and what was posted since up to the day; a period that was never opened has no balances to open with."""
    with ebs.begin() as connection:
        for kind in (("USD", "Mar-26", "A", None, "0", "1000.05"), ("EUR", "Mar-26", "A", "R", "7", "0"), ("USD", "Mar-26", "B", None, "77", "0")):
            insert(connection, "main", "gl_balances", [(1, 1, *kind, "0", "0")])
        insert(connection, "main", "gl_period_statuses", [(101, 1, "Apr-26", "N", "2026-04-01 00:00:00", "2026-04-30 00:00:00", 2026, 4, "N")])
    _add(ebs, 401, amounts=("0.1", None, "0.1", None))
    place = place_of(tmp_path)
    extract_day("ebs", _source("main"), place, day, ENGINE)
    found = {r["account"]: (r["amount"], r["currency"], r["as_of_date"]) for r in delivered(place, "ebs", day, "ledger_balance")}
    assert found["0021550000"] == ("-1006.35", "USD", day.isoformat())
    assert found["400000"] == ("6.3", "USD", day.isoformat())
