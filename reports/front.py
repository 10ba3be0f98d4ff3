"""The sheets every workbook shares: Lead (what, why, from what, with which result), Provenance, README, control totals.

What a workbook is about belongs to liability, discrepancies, ledger_export.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.schema import table
from core.sql import Session
from reports.book import Book
from reports.cells import Formula
from reports.day import DayReport
from reports.sheet import Expected, Field, Sheet, grown

TICKS = (
    ("F", "Footed: the column adds up (live formula)"),
    ("CF", "Cross-footed: rows and columns add up to the same total"),
    ("TB", "Agreed to the general ledger's balance"),
    ("R", "Recalculated from the rows of this workbook"),
    ("PY", "Agreed to the closing of the day before"),
    ("PBC", "Provided by client: as delivered, not changed by us"),
)
RULES = (
    (
        "Signs",
        "What is owed is + on both sides. Difference = left − right, loyalty or sub-ledger being left. Movements are signed so that closing ="
        " opening + movements.",
    ),
    ("Negatives", "Shown in parentheses; a dash is zero."),
    ("Rounding", "Points and row amounts keep 4 places, half away from zero. Posted money is rounded per cohort to the currency's minor unit."),
    ("Currencies", "Never added to one another. Totals of record columns over several currencies on a Lead are control totals, not amounts."),
    ("Text", "Ids are text, so leading zeros stay. A text that begins with = + - @ is text, never a formula. Unseen characters are shown as \\x.. or \\u...."),
    (
        "Long numbers",
        "Excel keeps 15 digits. A number with more is written as text, right-aligned on amber with a border; formulas do not add it, its check cell says so.",
    ),
    ("Calculation", "Formulas carry the values of the close, so viewers that do not calculate show them; recalculating gives the same."),
    ("Truth", "This file is a copy for people. The tables of the close are the record: tieout export TABLE --date D gives all rows as Parquet, JSON or CSV."),
)


@dataclass(frozen=True, slots=True)
class Paper:
    """What the Lead of a workbook says."""

    title: str
    purpose: str
    sources: str
    procedure: str
    result: str
    conclusion: str


def book(report: DayReport, title: str) -> Book:
    """An empty workbook of the day with its titles and footer."""
    facts = report.facts
    made = Book(f"{facts.company} – {title} – {facts.business_date}", f"Close {facts.close_id}", f"Close {facts.close_id}")
    made.points = "points4" if report.has_fractions else "points"
    return made


def lead(made: Book, report: DayReport, paper: Paper) -> Sheet:
    """The cover: identity, purpose, sources, procedure, result, conclusion, preparer, blank reviewer, tick marks."""
    facts = report.facts
    sheet = made.sheet("Lead", paper.title, tab="#1F3A5F")
    sheet.widths((24, 96, 16, 16, 16, 16))
    sheet.row([paper.title], "title", height=24)
    sheet.row([f"{facts.company} · {facts.business_date.isoformat()} · {report.verdict}"], "section", height=18)
    sheet.gap()
    identity = [
        ("Entity", facts.company),
        ("Programmes", "; ".join(f"{p.name} ({p.programme_id}, {p.points_name}, {p.currency})" for p in facts.programmes) or "–"),
        ("Period", f"Business day {facts.business_date.isoformat()}"),
        ("Purpose", paper.purpose),
        ("Sources", paper.sources),
        ("Procedure", paper.procedure),
        ("Result", paper.result),
        ("Conclusion", paper.conclusion),
        ("Prepared by", f"tieout {facts.code_version}, close {facts.close_id}"),
    ]
    for label, words in identity:
        sheet.row([label, words], ("label", "wrap"), height=15 * (1 + len(words) // 105))
    for label in ("Reviewed by", "Reviewed at"):
        sheet.row([label, None], ("label", "sign"), height=20)
    sheet.gap()
    sheet.row(["Tick marks"], "section")
    for mark, words in TICKS:
        sheet.row([mark, words], ("label", "text"))
    sheet.gap()
    return sheet


def index(made: Book, sheet: Sheet, names: Sequence[str]) -> None:
    """On the Lead: every record sheet with its row count as a live formula beside the count of the close."""
    known = {e.sheet: e for e in made.expected}
    sheet.row(["Contents"], "section")
    sheet.row(["Sheet", "What it holds", "Rows in close", "Rows counted", "Check"], ["header"] * 2 + ["header_n"] * 3)
    first = sheet.height + 1
    for name in names:
        expected = known.get(name)
        if expected is None:
            sheet.row([name, None, None, None, None], ("text", "text", "count", "count", "check"))
            continue
        last = max(expected.first_row, expected.first_row + expected.rows - 1)
        counted = Formula(f"COUNTA('{name}'!A{expected.first_row}:A{last})", expected.rows)
        at = sheet.height + 1
        sheet.row(
            [name, _described(name), expected.rows, counted, Formula(f"C{at}-D{at}", 0)],
            ("text", "text", "count", "count", "check"),
        )
    total = sum(known[n].rows for n in names if n in known)
    sums = [Formula(f"SUM({c}{first}:{c}{sheet.height})", total) for c in "CD"]
    sheet.row(["All rows", "F", *sums, Formula(f"SUM(E{first}:E{sheet.height})", 0)], ("total_text", "total_text", "total_count", "total_count", "check"))


def provenance(made: Book, report: DayReport) -> None:
    """Where the numbers come from, and how anybody can take them again. Input file hashes stand here and nowhere else in the workbook."""
    facts = report.facts
    sheet = made.sheet("Provenance")
    sheet.widths((26, 40, 40, 68))
    sheet.head(["What", "Value", "File", "SHA-256"])
    before = facts.previous_close
    rows = [
        ("Business date", facts.business_date.isoformat()), ("Close id", facts.close_id), ("Code version", facts.code_version), ("Configuration hash",
        facts.config_hash),
        ("Canonical input hash", facts.input_hash), ("Previous close", f"{before.business_date.isoformat()} {before.close_id}" if before else "none"),
        ("Verify", f"tieout verify {facts.business_date.isoformat()}"), ("Changes since then", f"tieout attest --since {facts.business_date.isoformat()}"),
        ("All rows", f"tieout export TABLE --date {facts.business_date.isoformat()}"),
    ]  # fmt: skip
    for label, words in rows:
        sheet.row([label, words, None, None], ("label", "text", "text", "text"))
    for c in report.controls:
        sheet.row([f"Input {c['table']}", f"{c['source']}, {c['rows_read']:,} rows", c["file"], c["sha256"]], ("label", "text", "text", "text"))


def control_totals(made: Book, session: Session) -> None:
    """What each delivered file said of itself and what was read (its hash is on Provenance)."""
    fields = [Field(c.name, c.type) for c in table("control_total").columns if c.name != "sha256"]
    select = 'select source, "table", file, rows_stated, rows_read, rows_quarantined, sums_stated, sums_computed, status from control_total'
    made.records(session, "ControlTotals", fields, select, ("source", "table", "file"))


def readme(made: Book, columns: Sequence[tuple[str, Sequence[Field]]]) -> None:
    """Signs, rounding, limits, and every column of the record sheets in words."""
    sheet = made.sheet("README", portrait=True)
    sheet.widths((24, 28, 100))
    sheet.row(["How to read this workbook"], "title", height=24)
    for label, words in RULES:
        sheet.row([label, None, words], ("label", "text", "wrap"), height=15 * (1 + len(words) // 110))
    sheet.gap()
    sheet.head(["Sheet", "Column", "Meaning"])
    for name, fields in columns:
        for field in fields:
            sheet.row([name, field.header or field.column.replace("_", " "), field.meaning], ("text", "text", "wrap"))


def declared(name: str, *, without: Sequence[str] = ()) -> list[Field]:
    """The columns of a declared table as record-sheet columns."""
    return [Field(c.name, c.type, meaning=c.meaning) for c in table(name).columns if c.name not in without]


def select_of(name: str) -> str:
    """All declared columns of a table, by name."""
    return f'select {", ".join(chr(34) + c + chr(34) for c in table(name).names)} from "{name}"'


def whole(made: Book, session: Session, sheet: str, name: str, **options: Any) -> list[str]:
    """A record sheet of a whole declared table, in its key order."""
    return made.records(session, sheet, declared(name), select_of(name), table(name).key, **options)


def small(made: Book, name: str, columns: Sequence[tuple[str, str, str]], rows: Sequence[dict[str, Any]], *, widths: Sequence[float] = ()) -> Sheet:
    """A short table on its own sheet: columns as (key, header, style), a filter, and a second reader's row count."""
    sheet = made.sheet(name)
    sheet.head([h for _, h, _ in columns], ["header" if s in ("text", "wrap", "date") else "header_n" for _, _, s in columns], filtered=len(rows))
    wide = widths or [_width(style, header) for _, header, style in columns]
    sheet.widths(wide)
    for row in rows:
        height = grown((str(row[key]), w) for (key, _, style), w in zip(columns, wide, strict=True) if style == "wrap")
        sheet.row([_shown(row[key]) for key, _, _ in columns], [style for _, _, style in columns], height=height)
    made.expected.append(Expected(name, 2, len(rows)))
    return sheet


def _shown(value: Any) -> Any:
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _width(style: str, header: str) -> float:
    return max({"wrap": 60, "text": 18, "date": 12, "count": 11}.get(style, 17), min(len(header) + 3, 30))


def _described(name: str) -> str:
    return _CONTENTS.get(name.rstrip("0123456789").strip(), "")


_CONTENTS = {
    "TieOut": "Sub-ledger closing against the general ledger (TB)",
    "ByCohort": "The roll-forward, cohort by cohort and measure by measure",
    "LotsByCohort": "Open lots by cohort: units and liability left",
    "ExpiryLadder": "When open points run out",
    "MonthRoll": "The month's roll-forward, and revenue recognised out of its opening balance",
    "PeriodRoll": "The fiscal period's roll-forward, and revenue recognised out of its opening balance",
    "Maturity": "Current and non-current, by the last usable day",
    "Bridge": "From face value to the contract liability",
    "URR": "Ultimate redemption rates in force, and at month ends proposals, back-tests and sensitivities",
    "Tax": "Tax by jurisdiction, treatment and rule, unreviewed rules marked",
    "Allocations": "Redemption → lot → ledger entry → tax entry, unit by unit",
    "Lots": "Open lots at the close",
    "JournalLines": "Our own journal of the day, balanced per entry",
    "JournalSources": "The events and lots behind each journal line",
    "TaxEntries": "Tax consequence of each allocation, with rule and citation",
    "Matches": "Rows of two sides confirmed to be the same thing",
    "Breaks": "The break register of the day",
    "ControlTotals": "What files stated and what was read (PBC)",
    "Quarantine": "Rows that could not be taken in",
    "Dispositions": "Where every input row ended",
    "Closed today": "Breaks whose cause went away",
    "Expected": "In transit: the ledger may still post in time",
    "Summary": "Open breaks by code and age",
}
