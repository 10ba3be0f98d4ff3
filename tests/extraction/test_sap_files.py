"""SAP exports in the formats users make: trailing minus, grouped numbers, S/H, JPY stored with two decimals, sheets, lost zeros."""

import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from connectors.extraction.extract import extract_day
from core.errors import SystemFault
from core.policy import Source
from tests.extraction.erp_books import DAY, ENGINE, delivered, place_of

GERMAN = {"encoding": "cp1252", "delimiter": ";", "decimal": ",", "thousands": ".", "sign": "trailing", "date_order": "dmy", "date_separator": "."}
LIST = """Einzelpostenliste Sachkonten;;;;;;;;;
;;;;;;;;;
BuKr;Jahr;Belegnummer;Pos;Buchungsdatum;Konto;Betr. in HW;Hauswährung;Zuordnung;Text
1000;2026;0100000001;001;31.03.2026;0021550000;{first};EUR;A-1;Prämie
1000;2026;0100000001;002;31.03.2026;0000400000;1.234,56;EUR;;
*;;;;;;0,00;EUR;;
"""


def _extract(tmp_path: Path, kind: str, dialect: dict[str, str], **more: object) -> list[dict[str, str]]:
    source = Source.model_validate({"kind": kind, "dialect": dialect, "deliver": ["line"], "start": DAY, **more})
    place = place_of(tmp_path)
    extract_day("sap", source, place, DAY, ENGINE)
    return delivered(place, "sap", DAY)


def _drop(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "exports" / "sap").mkdir(parents=True, exist_ok=True)
    (tmp_path / "exports" / "sap" / name).write_bytes(content)


@pytest.mark.parametrize(
    ("profile", "change", "encode"),
    [
        ({}, {}, "cp1252"),
        ({"encoding": "utf-8"}, {}, "utf-8-sig"),
        ({"encoding": "utf-16"}, {}, "utf-16"),
        ({"thousands": " "}, {"1.234,56": "1\u00a0234,56"}, "cp1252"),
        ({"decimal": ".", "thousands": ","}, {"1.234,56": "1,234.56", "0,00": "0.00"}, "cp1252"),
        ({"date_order": "ymd", "date_separator": "-"}, {"31.03.2026": "2026-03-31"}, "cp1252"),
        ({"delimiter": "\t"}, {";": "\t"}, "cp1252"),
    ],
    ids=["german", "bom", "utf-16", "nbsp groups", "american", "iso dates", "tabs"],
)
def test_a_list_in_the_users_own_format(tmp_path: Path, profile: dict[str, str], change: dict[str, str], encode: str) -> None:
    text = LIST.format(first="1.234,56-")
    for old, new in change.items():
        text = text.replace(old, new)
    _drop(tmp_path, f"line_{DAY}.csv", text.encode(encode))
    rows = _extract(tmp_path, "sap_list", {**GERMAN, **profile})
    found = [(r["document_id"], r["line_id"], r["account"], r["amount"], r["currency"], r["posting_date"], r["event_id"], r["text"]) for r in rows]
    assert found == [
        ("0100000001-2026", "001", "0021550000", "-1234.56", "EUR", "2026-03-31", "A-1", "Prämie"),
        ("0100000001-2026", "002", "0000400000", "1234.56", "EUR", "2026-03-31", None, None),
    ]


@pytest.mark.parametrize(
    ("first", "said"),
    [
        ("1.234,56 -", "a number is not readable"),
        ("1.23", "a number is not readable"),
        ("1,234.56-", "a number is not readable"),
        ("", "no amount without value"),
    ],
)
def test_a_number_in_another_format_stops_the_reading(tmp_path: Path, first: str, said: str) -> None:
    _drop(tmp_path, f"line_{DAY}.csv", LIST.format(first=first).encode("cp1252"))
    with pytest.raises(SystemFault, match=said):
        _extract(tmp_path, "sap_list", GERMAN)


def test_lost_leading_zeros_are_seen(tmp_path: Path) -> None:
    _drop(tmp_path, f"line_{DAY}.csv", LIST.format(first="1.234,56-").replace("0021550000", "21550000").encode("cp1252"))
    with pytest.raises(SystemFault, match="lost its leading zeros"):
        _extract(tmp_path, "sap_list", GERMAN)


def test_a_sheet_with_real_and_with_text_numbers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["CoCd", "Year", "DocumentNo", "Itm", "Pstng Date", "G/L Account", "Amount in LC", "LCurr", "Assignment"])
    sheet.append(["1000", "2026", "0100000001", "001", date(2026, 3, 31), "0021550000", -1234.56, "EUR", "A-1"])
    sheet.append(["1000", "2026", "0100000001", "002", "31.03.2026", "0000400000", "1.234,56", "EUR", None])
    buffer = io.BytesIO()
    book.save(buffer)
    _drop(tmp_path, f"line_{DAY}.xlsx", buffer.getvalue())
    rows = _extract(tmp_path, "sap_list", GERMAN, fields={"batch_id": "Assignment"})
    assert [(r["account"], r["amount"], r["posting_date"]) for r in rows] == [("0021550000", "-1234.56", "2026-03-31"), ("0000400000", "1234.56", "2026-03-31")]


BKPF = "BUKRS,BELNR,GJAHR,BLART,BLDAT,BUDAT,MONAT,XBLNR,STBLG,STJAH,WAERS,HWAER,XREVERSAL\n{rows}"
BSEG = "BUKRS,BELNR,GJAHR,BUZEI,HKONT,SHKZG,DMBTR,WRBTR,MWSKZ,TXJCD,BUZID,ZUONR\n{rows}"


def test_tables_bring_sides_decimals_tax_and_reversals(tmp_path: Path) -> None:
    heads = ["2000,0000000001,2026,SA,20260330,20260331,13,REF,,,JPY,JPY,", "2000,0000000002,2026,SA,20260331,20260331,13,,0000000001,2026,USD,EUR,2"]
    lines = [
        "2000,0000000001,2026,001,0021550000,H,111.00,111.00,,,,A-1",
        "2000,0000000001,2026,002,0000400000,S,111.00,111.00,,,,",
        "2000,0000000002,2026,001,0000215000,H,1.90,2.09,A1,US-WA,T,",
        "2000,0000000002,2026,002,0000400000,S,1.90,2.09,,,,",
    ]
    _drop(tmp_path, f"bkpf_{DAY}.csv", BKPF.format(rows="\n".join(heads) + "\n").encode())
    _drop(tmp_path, f"bseg_{DAY}.csv", BSEG.format(rows="\n".join(lines) + "\n").encode())
    _drop(
        tmp_path, f"bset_{DAY}.csv", b"BUKRS,BELNR,GJAHR,BUZEI,MWSKZ,HKONT,TXJCD,SHKZG,HWBAS,HWSTE\n2000,0000000002,2026,001,A1,0000215000,US-WA,H,10.00,1.90\n"
    )
    rows = _extract(tmp_path, "sap_tables", {"date_order": "ymd"})
    assert [(r["amount"], r["currency"], r["event_id"]) for r in rows[:2]] == [("-11100", "JPY", "A-1"), ("11100", "JPY", None)]
    tax = rows[2]
    assert (tax["is_tax_line"], tax["tax_base"], tax["tax_code"], tax["tax_jurisdiction"]) == ("true", "10", "A1", "US-WA")
    assert (tax["is_reversal"], tax["reverses_document_id"], tax["fiscal_period"]) == ("true", "0000000001-2026", "13")


SALE = "2000,0000000001,2026,SA,20260331,20260331,03,,,,{currency},{currency},\n"
SOLD = "2000,0000000001,2026,001,0021550000,H,{amount},{amount},,,,A-1\n2000,0000000001,2026,002,0000400000,S,{amount},{amount},,,,\n"


@pytest.mark.parametrize(
    ("currency", "amount", "settings", "read"),
    [
        ("KWD", "12.34", {}, "1.234"),
        ("KWD", "1.234", {}, None),
        ("JPY", "11100", {}, None),
        ("JPY", "11100", {"amounts": "shown"}, "11100"),
        ("KWD", "1.234", {"amounts": "shown"}, "1.234"),
        ("EUR", "1.23", {"amounts": "as it comes"}, None),
    ],
)
def test_stored_decimals_are_told_from_shown_ones(tmp_path: Path, currency: str, amount: str, settings: dict[str, str], read: str | None) -> None:
    _drop(tmp_path, f"bkpf_{DAY}.csv", BKPF.format(rows=SALE.format(currency=currency)).encode())
    _drop(tmp_path, f"bseg_{DAY}.csv", BSEG.format(rows=SOLD.format(amount=amount)).encode())
    if read is None:
        with pytest.raises(SystemFault, match="amounts"):
            _extract(tmp_path, "sap_tables", {}, settings=settings)
        return
    assert [r["amount"] for r in _extract(tmp_path, "sap_tables", {}, settings=settings)] == [f"-{read}", read]


def test_a_header_without_lines_stops_the_reading(tmp_path: Path) -> None:
    """An export of lines that was cut off between two documents balances, and lacks one."""
    lost = SALE.format(currency="EUR").replace("0000000001", "0000000002")
    _drop(tmp_path, f"bkpf_{DAY}.csv", BKPF.format(rows=SALE.format(currency="EUR") + lost).encode())
    _drop(tmp_path, f"bseg_{DAY}.csv", BSEG.format(rows=SOLD.format(amount="1.00")).encode())
    with pytest.raises(SystemFault, match=r"no BSEG line.*header line 3"):
        _extract(tmp_path, "sap_tables", {})


def test_parked_and_noted_documents_are_no_postings(tmp_path: Path) -> None:
    heads = BKPF.format(rows="").rstrip() + ",BSTAT\n"
    kinds = {"0000000001": "", "0000000002": "V", "0000000003": "S"}
    rows = "".join(SALE.format(currency="EUR").replace("0000000001", n).rstrip() + f",{kind}\n" for n, kind in kinds.items())
    noted = SOLD.format(amount="5.00").splitlines()[0].replace("0000000001", "0000000003") + "\n"
    _drop(tmp_path, f"bkpf_{DAY}.csv", (heads + rows).encode())
    _drop(tmp_path, f"bseg_{DAY}.csv", BSEG.format(rows=SOLD.format(amount="1.00") + noted).encode())
    assert [(r["document_id"], r["amount"]) for r in _extract(tmp_path, "sap_tables", {})] == [("0000000001-2026", "-1"), ("0000000001-2026", "1")]


@pytest.mark.parametrize(
    ("on_line", "bases", "expected"),
    [
        ("WA00001", [("WA00001", "20.00"), ("WA00002", "20.00")], "20"),
        ("", [("WA00001", "20.00"), ("WA00002", "20.00")], "20"),
        ("", [("WA00001", "20.00"), ("WA00002", "15.00")], None),
        ("", [("", "15.00"), ("", "5.00")], "20"),
        ("WA00001", [("", "20.00")], "20"),
        ("WA00001", [("OR00001", "20.00")], None),
    ],
    ids=["its own level", "one line for both", "levels that differ", "two items of one code", "no levels told", "another's"],
)
def test_levels_of_a_jurisdiction_are_not_added_up(tmp_path: Path, on_line: str, bases: list[tuple[str, str]], expected: str | None) -> None:
    tax = f"2000,0000000001,2026,001,0000215000,H,2.00,2.00,O1,{on_line},T,A-1\n2000,0000000001,2026,002,0000400000,S,2.00,2.00,,,,\n"
    rows = "".join(f"2000,0000000001,2026,{n:03d},O1,0000215000,{place},H,{base},1.00\n" for n, (place, base) in enumerate(bases, start=1))
    _drop(tmp_path, f"bkpf_{DAY}.csv", BKPF.format(rows=SALE.format(currency="USD")).encode())
    _drop(tmp_path, f"bseg_{DAY}.csv", BSEG.format(rows=tax).encode())
    _drop(tmp_path, f"bset_{DAY}.csv", f"BUKRS,BELNR,GJAHR,BUZEI,MWSKZ,HKONT,TXJCD,SHKZG,HWBAS,HWSTE\n{rows}".encode())
    assert _extract(tmp_path, "sap_tables", {})[0]["tax_base"] == expected


def test_a_document_number_without_its_zeros_stops_the_reading(tmp_path: Path) -> None:
    """Under another number the same line would count a second time."""
    _drop(tmp_path, f"bkpf_{DAY}.csv", BKPF.format(rows=SALE.format(currency="EUR").replace("0000000001", "1")).encode())
    _drop(tmp_path, f"bseg_{DAY}.csv", BSEG.format(rows=SOLD.format(amount="1.00").replace("0000000001", "1")).encode())
    with pytest.raises(SystemFault, match="a document number has lost its leading zeros"):
        _extract(tmp_path, "sap_tables", {})


def test_a_negative_posting_of_the_universal_journal_stays_on_its_side(tmp_path: Path) -> None:
    header = "RLDNR,RBUKRS,GJAHR,BELNR,DOCLN,RACCT,DRCRK,HSL,RHCUR,POPER,BUDAT,XREVERSING,XTRUEREV,AWTYP_REV,AWORG_REV,AWREF_REV\n"
    rows = [f"0L,1000,2026,0000000002,{n:06d},{account},{side},{amount},USD,016,20260331,X,X,BKPF,10002025,0000000001" for n, (account, side, amount) in
            enumerate((("0021550000", "H", "5.10"), ("0000400000", "S", "-5.10")), start=1)]  # fmt: skip
    _drop(tmp_path, f"acdoca_{DAY}.csv", (header + "\n".join(rows) + "\n").encode())
    found = _extract(tmp_path, "sap_acdoca", {})
    assert [(r["amount"], r["is_reversal"], r["reverses_document_id"], r["fiscal_period"]) for r in found] == [
        ("5.1", "true", "0000000001-2025", "016"), ("-5.1", "true", "0000000001-2025", "016"),
    ]  # fmt: skip


def test_a_line_without_header_stops_the_reading(tmp_path: Path) -> None:
    _drop(tmp_path, f"bkpf_{DAY}.csv", BKPF.format(rows="").encode())
    _drop(tmp_path, f"bseg_{DAY}.csv", BSEG.format(rows="2000,0000000001,2026,001,0021550000,H,1.00,1.00,,,,A-1\n").encode())
    with pytest.raises(SystemFault, match="no BKPF header"):
        _extract(tmp_path, "sap_tables", {})


def test_the_universal_journal_keeps_ledgers_and_currencies(tmp_path: Path) -> None:
    rows = [f"{ledger},1000,2026,0000000001,{n:06d},{account},{side},{amount},USD,{amount},USD,012,20260331" for ledger in ("0L", "2L")
            for n, (account, side, amount) in enumerate((("0021550000", "H", "-5.10"), ("0000400000", "S", "5.10")), start=1)]  # fmt: skip
    header = "RLDNR,RBUKRS,GJAHR,BELNR,DOCLN,RACCT,DRCRK,HSL,RHCUR,WSL,RWCUR,POPER,BUDAT\n"
    _drop(tmp_path, f"acdoca_{DAY}.csv", (header + "\n".join(rows) + "\n").encode())
    found = _extract(tmp_path, "sap_acdoca", {})
    assert [(r["ledger_id"], r["amount"], r["fiscal_period"], r["posting_date"]) for r in found] == [
        ("0L", "-5.1", "012", "2026-03-31"), ("0L", "5.1", "012", "2026-03-31"), ("2L", "-5.1", "012", "2026-03-31"), ("2L", "5.1", "012", "2026-03-31"),
    ]  # fmt: skip


def test_an_export_that_has_not_arrived_is_waited_for(tmp_path: Path) -> None:
    source = Source.model_validate({"kind": "sap_list", "dialect": GERMAN, "deliver": ["line"], "start": DAY})
    place = place_of(tmp_path)
    found = extract_day("sap", source, place, DAY, ENGINE)
    assert found.facts["waiting_for"] == f"exports/sap/line_{DAY}.*"
    _drop(tmp_path, f"line_{DAY}.csv", LIST.format(first="1.234,56-").encode("cp1252"))
    assert extract_day("sap", source, place, DAY, ENGINE).is_new
