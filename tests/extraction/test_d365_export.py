"""Dynamics 365 Finance's export files: a CSV, a workbook, a data package; headings in capitals, dates with midnight, dimensions in one value."""

import io
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from connectors.extraction.extract import extract_day
from core.errors import SystemFault
from core.policy import Source
from tests.extraction.erp_books import DAY, ENGINE, delivered, place_of

HEADINGS = [
    "JOURNALNUMBER", "VOUCHER", "ACCOUNTINGDATE", "POSTINGLAYER", "ACCOUNTDISPLAYVALUE", "TRANSACTIONCURRENCYCODE", "TRANSACTIONCURRENCYAMOUNT",
    "ACCOUNTINGCURRENCYAMOUNT", "DESCRIPTION", "QUANTITY", "ISCORRECTION", "ISCREDIT", "DOCUMENTDATE", "LEDGERNAME", "DATAAREA",
    "GENERALJOURNALACCOUNTENTRYRECID", "LOYALTYEVENT",
]  # fmt: skip
Cells = list[object]


def _entry(number: int, account: str, amount: object, is_credit: str, on: object = "2026-03-31 00:00:00", is_correction: str = "No") -> Cells:
    never = datetime(1900, 1, 1) if isinstance(on, datetime) else "1900-01-01 00:00:00"
    return ["J-1", "GNJL000123", on, "Current", account, "USD", amount, amount, '"Loyalty, points"', 0, is_correction, is_credit, never, "USMF", "usmf",
            str(5637144576 + number), "A-1"]  # fmt: skip


def _csv(*rows: Cells) -> bytes:
    return "\r\n".join(",".join(str(c) for c in r) for r in (list[object](HEADINGS), *rows, list[object]())).encode("utf-8-sig")


def _xlsx(*rows: Cells) -> bytes:
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    for row in ([*HEADINGS], *rows):
        book.worksheets[0].append(row)
    book.save(buffer)
    return buffer.getvalue()


def _package(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("Manifest.xml", "<Manifest/>")
        packed.writestr("PackageHeader.xml", "<PackageHeader/>")
        packed.writestr(name, content)
    return buffer.getvalue()


SALE = _csv(_entry(1, "215500-001-022-", "-12.500000", "Yes"), _entry(2, "400000-001--", "12.500000", "No"))
SHEET = _xlsx(_entry(1, "215500-001", -12.5, "Yes", datetime(2026, 3, 31)), _entry(2, "400000", 12.5, "No", datetime(2026, 3, 31)))


def _read(folder: Path, name: str, content: bytes, **settings: str) -> list[tuple[str, str, str, str | None]]:
    (folder / "exports" / "ax").mkdir(parents=True)
    (folder / "exports" / "ax" / f"general_journal_{DAY}.{name}").write_bytes(content)
    given = {"kind": "d365_export", "settings": {"currency": "USD", **settings}, "fields": {"event_id": "LoyaltyEvent"}, "deliver": ["line"], "start": DAY}
    place = place_of(folder)
    extract_day("ax", Source.model_validate(given), place, DAY, ENGINE)
    return [(r["account"], r["amount"], r["posting_date"], r["event_id"]) for r in delivered(place, "ax", DAY)]


@pytest.mark.parametrize(
    ("name", "content"),
    [("csv", SALE), ("xlsx", SHEET), ("zip", _package("General journal account entry.csv", SALE)), ("zip", _package("Entries.xlsx", SHEET))],
    ids=["csv", "workbook", "package", "package with a workbook"],
)
def test_an_export_in_any_of_its_forms(tmp_path: Path, name: str, content: bytes) -> None:
    assert _read(tmp_path, name, content) == [("215500", "-12.5", "2026-03-31", "A-1"), ("400000", "12.5", "2026-03-31", "A-1")]


def test_dimensions_are_parted_as_the_chart_parts_them(tmp_path: Path) -> None:
    content = _csv(_entry(1, "2-15500|001", "-1.000000", "Yes"), _entry(2, "400000|001", "1.000000", "No"))
    assert [account for account, *_ in _read(tmp_path, "csv", content, account_delimiter="|")] == ["2-15500", "400000"]


@pytest.mark.parametrize("is_correction", ["Yes", "No"])
def test_a_correction_stays_on_its_side(tmp_path: Path, is_correction: str) -> None:
    rows = (_entry(1, "215500", "12.500000", "Yes", is_correction=is_correction), _entry(2, "400000", "-12.500000", "No", is_correction=is_correction))
    if is_correction == "Yes":
        assert [amount for _, amount, *_ in _read(tmp_path, "csv", _csv(*rows))] == ["12.5", "-12.5"]
        return
    with pytest.raises(SystemFault, match="sign agrees with side"):
        _read(tmp_path, "csv", _csv(*rows))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (SALE[:-120], "it may be cut off|the file may be cut off"),
        (SALE.replace(b"2026-03-31 00:00:00", b"2026-03-31 17:30:00"), "a date is not readable"),
        (SALE.replace(b"ISCREDIT", b"CREDIT"), "no column IsCredit"),
        (SALE.replace(b",Yes,", b",Perhaps,"), "stream line, line 2, field IsCredit"),
    ],
    ids=["cut off", "a time of day", "a column less", "a flag"],
)
def test_what_is_not_an_export_of_entries_stops_the_reading(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(SystemFault, match=said):
        _read(tmp_path, "csv", content)
