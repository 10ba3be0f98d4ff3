"""SAP lists as people make them: printed between bars and dashes, with sums, as workbooks of several sheets, cut off, with a control file."""

import io
import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from connectors.extraction.extract import extract_day
from core.errors import SystemFault
from core.policy import Source
from tests.extraction.erp_books import DAY, ENGINE, delivered, place_of

GERMAN = {"delimiter": ";", "decimal": ",", "thousands": ".", "sign": "trailing", "date_order": "dmy", "date_separator": "."}
HEADINGS = ["Zuordnung", "BuKr", "Jahr", "Belegnummer", "Pos", "Buchungsdatum", "Konto", "Betr. in HW", "Hauswährung"]


def _line(number: int, amount: str, reference: str = "", currency: str = "EUR", company: str = "1000") -> list[str]:
    return [reference, company, "2026", f"{number:010d}", "001", "31.03.2026", "0021550000", amount, currency]


def _sum(stars: str, amount: str, currency: str = "EUR") -> list[str]:
    return [stars, "", "", "", "", "", "", amount, currency]


def _read(folder: Path, content: bytes, name: str = f"line_{DAY}.csv", control: object = None, **more: object) -> list[tuple[str, str, str | None]]:
    exports = folder / "exports" / "sap"
    exports.mkdir(parents=True)
    (exports / name).write_bytes(content)
    if control is not None:
        (exports / f"line_{DAY}.control.json").write_text(json.dumps(control), encoding="utf-8")
    source = Source.model_validate({"kind": "sap_list", "dialect": GERMAN, "deliver": ["line"], "start": DAY, **more})
    place = place_of(folder)
    extract_day("sap", source, place, DAY, ENGINE)
    return [(r["document_id"].partition("-")[0], r["amount"], r["event_id"]) for r in delivered(place, "sap", DAY)]


def _text(*rows: list[str], delimiter: str = ";") -> bytes:
    return "\r\n".join(delimiter.join(r) for r in (HEADINGS, *rows, [])).encode()


def _printed(*rows: list[str]) -> list[str]:
    """As SAP prints a list: every cell padded, bars between them."""
    widths = [max(len(r[n]) for r in (HEADINGS, *rows)) for n in range(len(HEADINGS))]
    return ["|" + "|".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) + "|" for r in (HEADINGS, *rows)]


def test_a_value_that_begins_with_an_asterisk_is_no_sum(tmp_path: Path) -> None:
    assert _read(tmp_path, _text(_line(1, "1,00-", "*A-1"), _line(2, "2,00-", "A-2"))) == [("0000000001", "-1", "*A-1"), ("0000000002", "-2", "A-2")]


def test_a_list_as_it_is_printed(tmp_path: Path) -> None:
    header, first, second, level, total = _printed(
        _line(1, "1.234,56-", "A-1"), _line(2, "0,44 ", "- | -".replace("|", "/")), _sum("*", "1.234,12-"), _sum("**", "1.234,12-")
    )
    rule = "-" * len(header)
    pages = [
        "Einzelposten Sachkonten        Seite: 1",
        rule,
        header,
        rule,
        first,
        rule,
        "",
        "Einzelposten Sachkonten        Seite: 2",
        rule,
        header,
        rule,
        second,
        rule,
    ]
    content = "\r\n".join([*pages, level, rule, total, rule, ""]).encode()
    assert _read(tmp_path, content, f"line_{DAY}.txt", dialect={**GERMAN, "delimiter": "|"}) == [
        ("0000000001", "-1234.56", "A-1"),
        ("0000000002", "0.44", "- / -"),
    ]


def test_a_printed_line_that_is_cut_off_stops_the_reading(tmp_path: Path) -> None:
    lines = _printed(_line(1, "1,00-"), _line(2, "2,00-"))
    with pytest.raises(SystemFault, match="line 3 of the export"):
        _read(tmp_path, "\n".join(lines)[:-30].encode(), dialect={**GERMAN, "delimiter": "|"})


@pytest.mark.parametrize("stars", [("*", "**", "***"), ("", "", "")], ids=["asterisks", "a sheet's way"])
def test_sums_of_every_level_and_currency_are_added_up_again(tmp_path: Path, stars: tuple[str, str, str]) -> None:
    one, two, three = stars
    rows = [
        _line(1, "1,00-"), _line(2, "3,00"), _sum(one, "2,00"), _line(3, "5,00-"), _sum(one, "5,00-"), _sum(two, "3,00-"),
        _line(4, "7,00", currency="USD", company="2000"), _sum(one, "7,00", "USD"), _sum(two, "7,00", "USD"), _sum(three, "3,00-"), _sum(three, "7,00", "USD"),
    ]  # fmt: skip
    if not one:
        rows = rows[:6]
    assert [a for _, a, _ in _read(tmp_path, _text(*rows))] == ["-1", "3", "-5", "7"][: 4 if one else 3]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([_line(1, "1,00-"), _sum("*", "1,01-")], "lines are missing or wrong: line 3"),
        ([_line(1, "1,00-"), _sum("*", "1,00-"), _line(2, "2,00-"), _sum("*", "2,00-"), _sum("**", "4,00-")], "lines are missing or wrong: line 6"),
        ([_line(1, "1,00-"), _sum("*", "1,00-"), _line(2, "2,00-")], "cut off after line 4"),
        ([_line(1, "1.0,00-")], rf"exports/sap/ line_{DAY}.\*, stream line, line 2, field Betr"),
        ([_line(1, "1,00-"), ["", "1000", "", "", "", "", "0021550000", "", ""]], "no key without value"),
    ],
    ids=["a sum", "a total", "no total", "a number", "a row of nothing"],
)
def test_a_list_that_does_not_add_up_stops_the_reading(tmp_path: Path, rows: list[list[str]], said: str) -> None:
    with pytest.raises(SystemFault, match=said.replace("Betr", "Amount in local currency")):
        _read(tmp_path, _text(*rows))


@pytest.mark.parametrize(
    ("sides", "said"),
    [(["H", "X"], "none of S, H, D, C: line 3"), (["H", ""], "no debit/credit indicator: line 3"), (["H", "Soll"], None)],
)
def test_unsigned_amounts_need_a_side_that_is_known(tmp_path: Path, sides: list[str], said: str | None) -> None:
    lines = [[*_line(n, "1,00"), side] for n, side in enumerate(sides, start=1)]
    content = "\n".join(";".join(r) for r in ([*HEADINGS, "S/H"], *lines, [])).encode()
    if said is None:
        assert [a for _, a, _ in _read(tmp_path, content)] == ["-1", "1"]
        return
    with pytest.raises(SystemFault, match=said):
        _read(tmp_path, content)


def test_a_heading_twice_is_not_guessed_even_where_the_field_is_mapped(tmp_path: Path) -> None:
    content = "\n".join(";".join(r) for r in ([*HEADINGS, "Zuordnung"], [*_line(1, "1,00-", "A-1"), "A-2"], [])).encode()
    with pytest.raises(SystemFault, match="two columns of the export are headed Assignment"):
        _read(tmp_path, content)


@pytest.mark.parametrize(
    ("control", "said"),
    [
        ({"rows": 1}, None),
        ({"rows": 2}, "has 1 rows where its control file says 2"),
        ({"sha256": "0" * 64}, "another sha256"),
        ({"sums": {"amount": "1.00"}}, "has to state rows or sha256"),
        ([], "not a JSON object"),
    ],
)
def test_an_export_is_held_against_its_control_file(tmp_path: Path, control: object, said: str | None) -> None:
    content = _text(_line(1, "1,00-"), _sum("*", "1,00-"))
    if said is None:
        assert len(_read(tmp_path, content, control=control)) == 1
        return
    with pytest.raises(SystemFault, match=said):
        _read(tmp_path, content, control=control)


def test_an_empty_file_is_no_quiet_day(tmp_path: Path) -> None:
    with pytest.raises(SystemFault, match="0 bytes"):
        _read(tmp_path, b"")


def test_a_file_on_its_way_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "exports" / "sap").mkdir(parents=True)
    (tmp_path / "exports" / "sap" / f"line_{DAY}.csv.part").write_bytes(_text(_line(1, "1,00-")))
    source = Source.model_validate({"kind": "sap_list", "dialect": GERMAN, "deliver": ["line"], "start": DAY})
    assert "waiting_for" in extract_day("sap", source, place_of(tmp_path), DAY, ENGINE).facts


def _workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


SHEET: list[list[object]] = [
    [*HEADINGS, "Menge", "Kurs", "Probe"],
    ["A-1", "1000", "2026", "0000000001", "001", date(2026, 3, 31), "0021550000", -1234.5, "EUR", -120.5, 1.25, "=1+1"],
]


def test_a_workbook_is_read_where_its_columns_are(tmp_path: Path) -> None:
    """Behind a sheet of selections; numbers and formulas in columns that nobody wants are nobody's business, points may be numbers."""
    content = _workbook({"Selektion": [["Buchungskreis", "1000"]], "Daten": SHEET})
    assert _read(tmp_path, content, f"line_{DAY}.xlsx", fields={"points": "Menge"}) == [("0000000001", "-1234.5", "A-1")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_workbook({"1": SHEET, "2": SHEET}), "the sheets 1, 2 of the workbook all have these columns"),
        (_workbook({"1": [SHEET[0], [*SHEET[1][:6], 21550000, *SHEET[1][7:]]]}), "row 2 of the sheet, Account: a number cell"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old .xls format"),
    ],
    ids=["two sheets", "an account as a number", "xls"],
)
def test_a_workbook_that_says_less_than_it_holds_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(SystemFault, match=said):
        _read(tmp_path, content, f"line_{DAY}.xlsx")
