"""Workbooks: what a second reader finds, formulas that foot, texts that stay texts, limits that split instead of cutting."""

import io
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from report_sample import HOSTILE, day, facts, lots, roll, sample_day
from report_sample_rows import GROCERY

from core.errors import IntegrityFault
from core.schema import Type
from core.sql import Limits, Session
from reports.book import Book
from reports.cells import EXCEL_TEXT, FORMULA_STARTS, odd_shown, visible
from reports.day import load
from reports.discrepancies import DECISION_FIELDS
from reports.ledger_export import ledger_export_book
from reports.pack import proven, render
from reports.proof import prove
from reports.sheet import Expected, Field
from reports.workbook import compare_workbook, table_workbook

BOOKS = ("liability.xlsx", "discrepancies.xlsx", "ledger_export.xlsx")


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    with day() as session:
        return render(session, facts())


@pytest.fixture
def session() -> Iterator[Session]:
    with Session(Limits(folders=())) as made:
        yield made


def opened(content: bytes, *, values: bool = True) -> Workbook:
    return load_workbook(io.BytesIO(content), data_only=values)


def column(workbook: Workbook, sheet: str, header: str) -> list[Any]:
    rows = list(workbook[sheet].iter_rows(values_only=True))
    at = rows[0].index(header)
    return [r[at] for r in rows[1:]]


@pytest.mark.parametrize("name", BOOKS)
def test_lead_says_whose_which_and_leaves_the_reviewer_blank(files: dict[str, bytes], name: str) -> None:
    lead = {str(r[0]): r[1] for r in opened(files[name])["Lead"].iter_rows(max_col=2, values_only=True)}
    assert lead["Entity"] == "Northwind Grocers & Sons, Inc."
    assert facts().close_id in str(lead["Prepared by"])
    assert (lead["Reviewed by"], lead["Reviewed at"]) == (None, None)
    assert {"F", "CF", "TB", "R", "PY", "PBC"} <= set(lead)


@pytest.mark.parametrize("name", BOOKS)
def test_every_formula_carries_a_value_and_every_check_is_zero(files: dict[str, bytes], name: str) -> None:
    formulas, values = opened(files[name], values=False), opened(files[name])
    found = 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for made in row:
                if made.data_type == "f":
                    found += 1
                    assert values[sheet.title][made.coordinate].value is not None, (sheet.title, made.coordinate)
    assert found
    for row in values["RollForward"].iter_rows(values_only=True) if "RollForward" in values.sheetnames else ():
        if row[0] in ("Check F: 0", "Check PY: opening agrees", "All checks"):
            assert not [v for v in row[1:] if v not in (None, 0)], row


def test_totals_are_the_sessions(files: dict[str, bytes]) -> None:
    book = opened(files["ledger_export.xlsx"])
    assert sum(Decimal(str(v)) for v in column(book, "Allocations", "points")) == 1200
    assert (
        sum(Decimal(str(v)) for v in column(book, "JournalLines", "debit"))
        == sum(Decimal(str(v)) for v in column(book, "JournalLines", "credit"))
        == Decimal("678.70")
    )
    assert len(column(book, "Matches", "match id")) == 400
    journal = [r for r in book["Lead"].iter_rows(values_only=True, max_col=5) if r[0] == "USD"]
    assert journal == [("USD", None, 678.7, 678.7, 0)]


def test_the_bridge_goes_from_face_to_contract_liability_and_knows_no_translation() -> None:
    translated = roll(GROCERY, "EUR", "functional", "purchase", "2026-01", ["0"] * 7, ["5"] + ["0"] * 8)
    tables = sample_day()
    tables["roll_forward"] = [*tables["roll_forward"], translated]
    with day(tables) as session:
        made = opened(render(session, facts())["liability.xlsx"])
    carried = [r for r in tables["roll_forward"] if r["measure"] in ("face", "deferred")]
    rows = [dict(zip([c.value for c in made["Bridge"][1]], r, strict=True)) for r in made["Bridge"].iter_rows(min_row=2, values_only=True)]
    assert [(r["Programme"], r["Currency"]) for r in rows] == sorted({(r["programme_id"], r["currency"]) for r in carried})
    for row in rows:
        parts = [Decimal(str(row[k] or 0)) for k in ("Face value", "Given without a purchase", "Expected breakage and allocation", "Contract liability")]
        assert sum(parts[:3]) == parts[3]
        for found, measure in ((parts[0], "face"), (parts[3], "deferred")):
            assert found == sum((r["closing_amount"] for r in carried if (r["programme_id"], r["measure"]) == (row["Programme"], measure)), Decimal(0))


def test_tax_stands_in_the_currency_of_the_goods() -> None:
    """A lot may be in another currency, and what a change of the law overtakes has no allocation of the day."""
    tables = sample_day()
    tables["allocation"] = [{**a, "currency": "CAD"} for a in tables["allocation"][:12]]
    with day(tables) as session:
        sheet = opened(render(session, facts())["liability.xlsx"])["Tax"]
    rows = [dict(zip([c.value for c in sheet[1]], r, strict=True)) for r in sheet.iter_rows(min_row=2, values_only=True)]
    assert {(str(r["Jurisdiction"]), r["Currency"]) for r in rows if r["Rule"]} == {("DE", "EUR"), ("US-NY", "USD"), ("US-TX", "USD"), ("US-WA", "USD")}


@pytest.mark.parametrize(("name", "title", "header"), [("liability.xlsx", "Tax", "Citation"), ("liability.xlsx", "TieOut", "In words"),
                                                      ("discrepancies.xlsx", "Breaks", "explanation")])  # fmt: skip
def test_a_wrapped_text_has_room_for_its_lines(files: dict[str, bytes], name: str, title: str, header: str) -> None:
    sheet = opened(files[name])[title]
    at = [c.value for c in sheet[1]].index(header)
    for row in sheet.iter_rows(min_row=2):
        made = row[at]
        assert made.alignment.wrap_text or str(made.value)[0] in FORMULA_STARTS
        lines = 1 + len(str(made.value or "")) // round(sheet.column_dimensions[made.column_letter].width)
        assert (sheet.row_dimensions[made.row].height or 13) >= 13 * lines


def test_what_a_person_fills_in_is_marked_and_nothing_else(files: dict[str, bytes]) -> None:
    sheet = opened(files["discrepancies.xlsx"])["Breaks"]
    marked = [head.value for head, made in zip(sheet[1], sheet[2], strict=True) if made.fill.fgColor.rgb == "FFFFFBEB"]
    assert marked == [f.header for f in DECISION_FIELDS]


def test_a_sheet_for_a_reader(files: dict[str, bytes]) -> None:
    sheet = opened(files["ledger_export.xlsx"])["Lots"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:P61"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.page_setup.fitToWidth in (None, 1)
    assert facts().close_id in str(sheet.oddFooter.left.text)
    assert "&P" in str(sheet.oddFooter.right.text) or "Page" in str(sheet.oddFooter.right.text)
    assert not sheet.merged_cells.ranges
    assert sheet["F2"].is_date
    assert sheet["F2"].number_format == "yyyy-mm-dd"
    assert "(" in sheet["K2"].number_format


@pytest.mark.parametrize("name", BOOKS)
def test_no_macros_links_or_shared_strings(files: dict[str, bytes], name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(files[name])) as archive:
        names = archive.namelist()
        assert not [n for n in names if "vba" in n.lower() or "external" in n.lower() or "sharedStrings" in n]
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_hostile_texts_are_strings_and_nothing_vanishes(files: dict[str, bytes]) -> None:
    sheet = opened(files["discrepancies.xlsx"], values=False)["Breaks"]
    keys = [c for c in sheet["B"][1:] if c.row]
    shown = {visible(t).replace("_x000D_", "_x005F_x000D_") for t in HOSTILE}  # openpyxl does not undo the escape, Excel does
    assert shown <= {c.value for c in keys}
    assert {c.data_type for c in keys} == {"s"}
    assert all(c.quotePrefix for c in keys if str(c.value)[0] in "=+-@")


@settings(deadline=None, max_examples=30)
@given(texts=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12) | st.sampled_from(HOSTILE), max_size=6, unique=True))
def test_both_ways_of_making_cells_agree(texts: list[str]) -> None:
    """Few rows are made in Python, many in SQL at once, very many in SQL page by page: one row of either must be the same XML."""
    fields = [Field("a", Type.TEXT), Field("n", Type.SUM), Field("d", Type.DATE), Field("b", Type.BOOL), Field("r", Type.RATE)]
    with Session(Limits(folders=(), threads=1)) as session:
        session.statement("create table t (a varchar, n decimal(38, 4), d date, b boolean, r decimal(38, 12))")
        for i, text in enumerate(texts):
            number = Decimal(10) ** (i * 5) + Decimal("0.0001") if i else Decimal("-1.5")
            session.statement("insert into t values ($a, $n, date '2026-02-28', $b, 0.1)", a=text, n=number, b=i % 2 == 0)
        session.statement("insert into t values (null, null, null, null, null)")
        xml = []
        for few, page_rows in ((600, 40_000), (0, 40_000), (0, 2)):
            book = Book("t", "t", "t")
            book.few, book.page_rows = few, page_rows
            book.records(session, "T", fields, "select * from t", ("a", "n"))
            content = proven("t", session, book)
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                xml.append(archive.read("xl/worksheets/sheet1.xml"))
        assert xml[0] == xml[1] == xml[2]
        read = [r[0] for r in opened(content)["T"].iter_rows(min_row=2, values_only=True)]
        assert sorted(str(r) for r in read if r) == sorted(odd_shown(t) for t in texts if t)


def test_numbers_over_15_digits_become_marked_text(session: Session) -> None:
    session.statement(
        "create table t as select 1234567890123.4567::decimal(38, 4) as n union all select 12.5 union all select 123456789012345000::decimal(38, 4)"
    )
    content = table_workbook(session, "select * from t", "long numbers")
    cells = {c.value: c for c in opened(content)["long numbers"]["A"][1:]}
    assert cells["1234567890123.4567"].data_type == "s"
    assert cells["1234567890123.4567"].fill.fgColor.rgb == "FFFFF3CD"
    assert cells[12.5].data_type == "n"
    assert 123456789012345000.0 in cells


def test_a_text_too_long_for_excel_is_cut_with_a_word(session: Session) -> None:
    session.statement("create table t as select repeat('x', 40000) as a")
    value = opened(table_workbook(session, "select * from t", "long text"))["long text"]["A2"].value
    assert len(value) <= EXCEL_TEXT
    assert value.endswith("[cut: 40000 characters, tieout export has all]")


def test_more_rows_than_a_sheet_holds_are_split_and_still_add_up() -> None:
    with day({**sample_day(), "lot": lots(250)}) as session:
        content = proven("ledger_export.xlsx", session, ledger_export_book(session, load(session, facts()), row_limit=100))
    book = opened(content)
    assert [n for n in book.sheetnames if n.startswith("Lots")] == ["Lots 1", "Lots 2", "Lots 3"]
    ids = [i for n in ("Lots 1", "Lots 2", "Lots 3") for i in column(book, n, "lot id")]
    assert ids == sorted({f"A-{100000 + i}" for i in range(250)})
    index = {r[0]: r[2] for r in book["Lead"].iter_rows(values_only=True) if r[0]}
    assert [index[f"Lots {i}"] for i in (1, 2, 3)] == [99, 99, 52]


def test_too_many_lots_are_summarised_with_the_command_that_gives_all() -> None:
    with day({**sample_day(), "lot": lots(250)}) as session:
        book = opened(proven("x", session, ledger_export_book(session, load(session, facts()), lot_limit=249)))
    assert sum(column(book, "Lots", "lot count")) == 250
    assert all("tieout export lot --date 2026-11-21 --format parquet" in n for n in column(book, "Lots", "how to get every lot"))


@pytest.mark.parametrize("rows", [5, 700])
def test_a_workbook_that_does_not_read_back_stops_the_close(session: Session, rows: int) -> None:
    book = Book("t", "t", "t")
    book.records(session, "T", [Field("i", Type.COUNT)], f"select range as i from range({rows})", ("i",))
    content = book.to_bytes(session)
    prove("t", content, ["T"], book.expected)
    for wrong in (Expected("T", 2, rows + 1), Expected("T", 2, rows, (("A", Decimal(1)),))):
        with pytest.raises(IntegrityFault):
            prove("t", content, ["T"], [wrong])
    with pytest.raises(IntegrityFault):
        prove("t", content, ["T", "U"], [])


def test_compare_workbook_has_the_summary_and_the_differences(session: Session) -> None:
    session.statement(
        "create table compare_difference as select 'k' || range as key, range::decimal(18, 4) as left_amount, null::decimal(18, 4) as"
        " right_amount from range(3)"
    )
    book = opened(compare_workbook(session, {"left_rows": 10, "net_difference": Decimal("-1.20"), "left": "=a.csv"}))
    assert book.sheetnames == ["Summary", "Differences", "README"]
    assert {r[0]: r[1] for r in book["Summary"].iter_rows(min_row=4, max_col=2, values_only=True)} == {
        "left rows": 10,
        "net difference": -1.2,
        "left": "=a.csv",
    }
    assert column(book, "Differences", "left amount") == [0, 1, 2]


def test_compare_workbook_colours_what_differs(session: Session) -> None:
    session.statement(
        "create table compare_difference as select 'k' as key, 'amount_differs' as status, 1.5::decimal(38, 12) as left_amount,"
        " 1.4::decimal(38, 12) as right_amount, 0.1::decimal(38, 12) as difference_amount"
    )
    sheet = opened(compare_workbook(session, {"left": "a.csv"}))["Differences"]
    coloured = {str(area.sqref): [rule.formula[0] for rule in area.rules] for area in sheet.conditional_formatting}
    assert set(coloured) == {"B2", "C2", "D2", "E2"}
    assert coloured["C2"] == coloured["E2"] == ['AND($E2<>0,$B2="within_tolerance")', "$E2<>0"]


def test_compare_workbook_prints_on_one_page_of_a4_across(session: Session) -> None:
    values = (("left", 1), ("right", 2.5), ("difference", -1.5))
    money = ", ".join(f"{v}::decimal(38, 12) as {side}_amount, null::decimal(38, 12) as {side}_points" for side, v in values)
    session.statement(
        "create table compare_difference as select 'k' as id, 'amount_differs' as status, '2' as left_lines, '2' as right_lines,"
        f" {money}, '1' as left_amount_text, '2.5' as right_amount_text, 'money differs' as explanation"
    )
    book = opened(compare_workbook(session, {"left": "a.csv"}))
    sheet = book["Differences"]
    headers = [c.value for c in sheet[1]]
    assert not [h for h in headers if "points" in h], "a measure that was not compared takes no room"
    assert (int(sheet.page_setup.paperSize), sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == (9, "landscape", 0)
    figure = sheet.cell(2, headers.index("difference amount") + 1)
    assert figure.value == -1.5
    assert figure.number_format.split(";")[1].startswith("(#,##0.00"), "as the README says: negatives in parentheses"
    said = [row[0] for row in book["README"].iter_rows(max_col=1, values_only=True)]
    assert "Truth" not in said, "two files have no close and no tables"
    assert "Duplicates" in said
