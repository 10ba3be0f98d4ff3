"""ledger_export.xlsx: what an auditor downloads. The whole sub-ledger of the day with a cover that counts and ties it."""

from collections.abc import Sequence

from xlsxwriter.utility import xl_col_to_name

from core.schema import Type, table
from core.sql import Session
from reports.book import EXCEL_ROWS, Book
from reports.cells import Formula
from reports.day import DayReport
from reports.front import Paper, book, control_totals, declared, index, lead, provenance, readme, whole
from reports.liability import roll_forward, tie_out
from reports.sheet import Field, Sheet
from reports.words import plural

LOT_LIMIT = 200_000
_RECORDS = (
    ("Allocations", "allocation"), ("JournalLines", "journal_line"), ("JournalSources", "journal_source"), ("TaxEntries", "tax_entry"), ("Matches",
    "match"), ("Breaks", "break"),
)  # fmt: skip


def ledger_export_book(session: Session, report: DayReport, *, row_limit: int = EXCEL_ROWS, lot_limit: int = LOT_LIMIT) -> Book:
    """The auditor's workbook. Tables over `row_limit` rows (header included) split into numbered sheets; over `lot_limit` lots are summarised."""
    made = book(report, "Ledger export")
    cover = lead(made, report, _paper(report))
    tie_out(made, report)
    roll_forward(made, report)
    names = ["TieOut"]
    for sheet, name in _RECORDS[:1]:
        names += whole(made, session, sheet, name, limit=row_limit)
    names += _lots(made, session, report, row_limit, lot_limit)
    sheets = {name: whole(made, session, sheet, name, limit=row_limit) for sheet, name in _RECORDS[1:]}
    names += [n for made_sheets in sheets.values() for n in made_sheets]
    control_totals(made, session)
    provenance(made, report)
    readme(made, [(sheet, declared(name)) for sheet, name in (*_RECORDS, ("Lots", "lot"))])
    index(made, cover, [*names, "ControlTotals"])
    _journal(cover, session, sheets["journal_line"])
    return made


def _journal(cover: Sheet, session: Session, names: Sequence[str]) -> None:
    """On the Lead: debits and credits of the day's journal by currency, added up from its sheets by live formulas."""
    totals = session.fetch("select currency, sum(debit) as debit, sum(credit) as credit from journal_line group by currency order by currency")
    if not totals:
        return
    at = {c: xl_col_to_name(i) for i, c in enumerate(table("journal_line").names)}
    cover.gap()
    cover.row(["Journal"], "section")
    cover.row(["Currency", "F: debits equal credits", "Debit", "Credit", "Check"], ["header"] * 2 + ["header_n"] * 3)
    for r in totals:
        row = cover.height + 1
        added = [
            Formula("+".join(f"SUMIF('{n}'!{at['currency']}:{at['currency']},A{row},'{n}'!{at[c]}:{at[c]})" for n in names), r[c]) for c in ("debit", "credit")
        ]
        cover.row([r["currency"], None, *added, Formula(f"ROUND(C{row}-D{row},4)", r["debit"] - r["credit"])], ["text", "text", "money", "money", "check"])


def _paper(report: DayReport) -> Paper:
    counts = report.row_counts
    return Paper(
        "Ledger export", "To hand the whole loyalty sub-ledger of the day to a reader outside: every unit redeemed, its lot, its ledger entry"
        " and its tax entry.",
        "The published tables of the close, complete and unchanged.",
        "Row counts below are live; roll-forward and tie-out are re-performable from the sheets; any row can be followed with tieout trace EVENT_ID.",
        f"{counts['allocation']:,} allocations, {counts['lot']:,} open lots, {counts['journal_line']:,} journal lines, {counts['tax_entry']:,} tax entries, "
        f"{counts['match']:,} matches, {counts['break']:,} breaks.",
        _covered(report),
    )  # fmt: skip


def _covered(report: DayReport) -> str:
    if not report.coverage:
        return "No unit was redeemed on this day."
    if report.uncovered_count == 0:
        return "Every redeemed unit has a lot, a ledger entry and a tax entry."
    lacking = plural(report.uncovered_count, "redemption lacks", "redemptions lack")
    return f"{lacking} a lot, a ledger entry or a tax entry for some units; see the status column of Allocations."


def _lots(made: Book, session: Session, report: DayReport, row_limit: int, lot_limit: int) -> list[str]:
    if report.row_counts["lot"] <= lot_limit:
        return whole(made, session, "Lots", "lot", limit=row_limit)
    export = f"tieout export lot --date {report.facts.business_date.isoformat()} --format parquet"
    fields = [
        Field("programme_id", Type.TEXT), Field("currency", Type.TEXT), Field("cohort", Type.TEXT), Field("earn_class", Type.TEXT),
        Field("lot_count", Type.COUNT),
        Field("points", Type.SUM), Field("remaining_points", Type.SUM), Field("deferred_amount", Type.SUM), Field("remaining_amount", Type.SUM),
        Field("note", Type.TEXT, "how to get every lot", 70),
    ]  # fmt: skip
    select = f"""select programme_id, currency, cohort, earn_class, count(*) as lot_count, sum(points)::decimal(38, 4) as points,
        sum(remaining_points)::decimal(38, 4) as remaining_points, sum(deferred_amount)::decimal(38, 4) as deferred_amount,
        sum(remaining_amount)::decimal(38, 4) as remaining_amount, 'summarised: {report.row_counts["lot"]} lots. {export}' as note
        from lot group by programme_id, currency, cohort, earn_class"""
    return made.records(session, "Lots", fields, select, ("programme_id", "currency", "cohort", "earn_class"), limit=row_limit)
