"""ledger_export.xlsx: what an auditor downloads. The whole sub-ledger of the day with a cover that counts and ties it."""

from core.schema import Type
from core.sql import Session
from reports.book import EXCEL_ROWS, Book
from reports.day import DayReport
from reports.front import Paper, book, control_totals, declared, index, lead, provenance, readme, whole
from reports.liability import roll_forward, tie_out
from reports.sheet import Field
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
    for sheet, name in _RECORDS[1:]:
        names += whole(made, session, sheet, name, limit=row_limit)
    control_totals(made, session)
    provenance(made, report)
    readme(made, [(sheet, declared(name)) for sheet, name in (*_RECORDS, ("Lots", "lot"))])
    index(made, cover, [*names, "ControlTotals"])
    return made


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
