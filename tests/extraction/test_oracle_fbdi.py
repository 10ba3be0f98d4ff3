"""Journals in FBDI shape: by position, without a header, in CSV or zip; only what counts as posted is delivered."""

import io
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.extraction.extract import extract_day
from core.errors import SystemFault
from core.policy import Source
from tests.extraction.erp_books import DAY, ENGINE, delivered, place_of, small_ledger

FIELDS = {"member_id": "reference_24", "programme_id": "reference_25"}
SETTINGS = {"currency": "USD", "account_segment": "3", "company_key": "segment", "posted": "P"}
WIDTH = 150


def _line(row: dict[str, str], status: str = "P", currency: str = "USD", actual: str = "A", **cells: str) -> str:
    """One line of the template, as wide as a release has it."""
    amount = Decimal(row["amount"])
    at = {
        1: status, 2: "300000001", 3: row["posting_date"].replace("-", "/"), 4: "tieout", 5: "Loyalty", 6: currency, 7: "2026/03/31", 8: actual,
        9: row["company_id"], 10: "000", 11: row["account"], 39: str(amount) if amount >= 0 else "", 40: str(-amount) if amount < 0 else "",
        43: "B1", 46: row["document_id"], 52: '"made up, quoted"', 53: row["event_id"], 55: row["order_id"], 56: row["member_id"], 57: row["programme_id"],
        63: row["points"], 67: "17", WIDTH: "END", **{int(k[1:]): v for k, v in cells.items()},
    }  # fmt: skip
    return ",".join(at.get(n, "") for n in range(1, WIDTH + 1))


def _drop(books: Path, content: bytes, name: str = "csv") -> None:
    folder = books / "exports" / "of"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"gl_interface_{DAY}.{name}").write_bytes(content)


def _zipped(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("GlInterface.csv", content)
    return packed.getvalue()


def _rows(books: Path, **more: object) -> list[dict[str, str]]:
    settings = {**SETTINGS, **dict(more.pop("settings", {}))}  # type: ignore[call-overload]
    source = Source.model_validate({"kind": "oracle_fbdi", "settings": settings, "fields": FIELDS, "deliver": ["line"], "start": DAY, **more})
    extract_day("of", source, place_of(books), DAY, ENGINE)
    return delivered(place_of(books), "of", DAY)


@pytest.mark.parametrize("packed", [False, True])
def test_journals_come_whole(packed: bool, tmp_path: Path) -> None:
    ledger = small_ledger(20)
    content = ("\n".join(_line(r) for _, r in ledger.lines) + "\n").encode()
    _drop(tmp_path, _zipped(content) if packed else content, "zip" if packed else "csv")
    keys = ("company_id", "posting_date", "account", "event_id", "order_id", "member_id", "programme_id")
    rows = _rows(tmp_path)
    assert sorted((*(str(r[k]) for k in keys), Decimal(r["amount"]), Decimal(r["points"])) for r in rows) == sorted(
        (*(r[k] for k in keys), Decimal(r["amount"]), Decimal(r["points"])) for _, r in ledger.lines
    )
    assert {(r["document_id"], r["line_id"]) for r in rows} == {(f"B1 {r['document_id']}", n) for _, r in ledger.lines for n in ("1", "2")}
    assert {r["text"] for r in rows} == {"made up, quoted"}


def test_what_is_new_is_not_posted_unless_it_is_said_to_be(tmp_path: Path) -> None:
    ledger = small_ledger(3)
    new = [_line({**r, "document_id": f"N{r['document_id']}"}, status="NEW") for _, r in ledger.lines]
    other = [_line(r, actual="B") for _, r in ledger.lines[:2]] + [_line(r, currency="STAT") for _, r in ledger.lines[:2]]
    _drop(tmp_path, "\n".join([*(_line(r) for _, r in ledger.lines), *new, *other]).encode())
    assert {r["document_id"] for r in _rows(tmp_path)} == {f"B1 {r['document_id']}" for _, r in ledger.lines}
    _drop(tmp_path / "2", "\n".join(new).encode())
    assert len(_rows(tmp_path / "2", settings={"posted": "NEW"})) == 6


def test_entered_and_accounted_amounts(tmp_path: Path) -> None:
    lines = [r for _, r in small_ledger(1).lines]
    _drop(tmp_path, "\n".join([_line(lines[0], currency="EUR", c42="1.25"), _line(lines[1], currency="EUR", c41="1.25")]).encode())
    assert {(r["amount"], r["currency"]) for r in _rows(tmp_path)} == {("-1.25", "USD"), ("1.25", "USD")}
    assert {(r["amount"], r["currency"]) for r in _rows(_again(tmp_path), basis="document")} == {("-1.1", "EUR"), ("1.1", "EUR")}


def _again(books: Path) -> Path:
    """The same exports in other books."""
    content = (books / "exports" / "of" / f"gl_interface_{DAY}.csv").read_bytes()
    _drop(books / "again", content)
    return books / "again"


FAULTS: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "a column lost": (lambda lines: [row.replace(",END", "END") if n == 3 else row for n, row in enumerate(lines)], "149 fields"),
    "columns cut off": (lambda lines: [",".join(row.split(",")[:50]) for row in lines], "50 columns where 67"),
    "cut off": (lambda lines: [*lines[:-1], lines[-1][:60]], "cut off"),
    "a line lost": (lambda lines: lines[:-1], "documents balance"),
    "columns moved": (lambda lines: [f"x,{row}" for row in lines], "says not whether it is an actual"),
    "decimal comma": (lambda lines: [row.replace(",7.1,", ',"7,1",') for row in lines], "not readable"),
    "neither debit nor credit": (lambda lines: [row.replace(",7.1,", ",,") for row in lines], "neither an entered debit"),
    "no journal name": (lambda lines: [row.replace("0000000007", "") for row in lines], "no journal name"),
    "no accounted amount": (lambda lines: [row.replace("USD", "EUR") for row in lines], "no accounted amount"),
    "american dates": (lambda lines: [row.replace("2026/03/31", "03/31/2026") for row in lines], "a date is not readable"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_file_that_is_not_whole_is_loud(name: str, tmp_path: Path) -> None:
    change, said = FAULTS[name]
    _drop(tmp_path, "\n".join(change([_line(r) for _, r in small_ledger(10).lines])).encode())
    with pytest.raises(SystemFault, match=said):
        _rows(tmp_path)
    assert not list(tmp_path.rglob("ledger_line*.parquet"))
