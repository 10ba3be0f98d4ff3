"""The sheets a period end asks for: the range's roll-forward with revenue out of the opening balance, maturity, the bridge of a face-valued ledger.

Figures of one day belong to `liability`; what is owed and why is decided in the ledgers, nothing here computes it anew.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from core.sql import Session
from reports.book import Book
from reports.day import DayReport, Row
from reports.front import small
from reports.words import LINE_WORDS, MONEY_LINES, POINT_LINES

ZERO = Decimal(0)
DIMENSIONS = ("company_id", "programme_id", "currency", "earn_class", "cohort", "measure")
FREE = ("bonus", "service", "")
WITHIN_A_YEAR, NEVER = 6, 8
"""Steps of the expiry ladder: up to 12 months, and without a last day."""


def range_roll(session: Session, first: date, last: date, by: Sequence[str] = DIMENSIONS) -> str:
    """Make `report_range_roll` from `roll_forward` and `cohort_movement` with their prior days; gives a SELECT of it summed by some of its dimensions.

    The measure is always among them: money of two measures is never added.
    """
    session.rule("reports", "report_range_roll", first=first, last=last)
    keys = [d for d in DIMENSIONS if d in by or d == "measure"]
    sums = [f"{n}_points" for n in POINT_LINES] + [f"{n}_amount" for n in MONEY_LINES] + ["released_from_opening_amount"]
    chosen = ", ".join([f"date '{first}' as first_day", f"date '{last}' as last_day", *keys, *(f"sum({s})::decimal(38, 4) as {s}" for s in sums)])
    return f"select {chosen} from report_range_roll group by {', '.join(keys)} order by {', '.join(keys)}"


def period_sheets(made: Book, session: Session, report: DayReport) -> list[str]:
    """Add Maturity and Bridge, and on the last day of a fiscal period its roll: MonthRoll, or PeriodRoll in a calendar of weeks; gives the sheets' names."""
    _maturity(made, report)
    _bridge(made, report)
    day = report.facts.business_date
    first = report.facts.period_first
    if first is None or not report.facts.is_period_end:
        return ["Maturity", "Bridge"]
    name = "MonthRoll" if first.day == (day + timedelta(days=1)).day == 1 else "PeriodRoll"
    rows = session.fetch(range_roll(session, first, day, ("company_id", "programme_id", "currency", "earn_class")))
    money = [(f"{n}_amount", LINE_WORDS[n], "money") for n in MONEY_LINES]
    points = [(f"{n}_points", f"{LINE_WORDS[n]} (points)", made.points) for n in POINT_LINES]
    small(made, name, (
        ("first_day", "From", "date"), ("last_day", "To", "date"), ("company_id", "Company", "text"), ("programme_id", "Programme", "text"),
        ("currency", "Currency", "text"), ("measure", "Measure", "text"), ("earn_class", "Earn class", "text"), *points, *money,
        ("released_from_opening_amount", "Revenue out of the opening balance", "money"),
    ), rows)  # fmt: skip
    return [name, "Maturity", "Bridge"]


def _maturity(made: Book, report: DayReport) -> None:
    """Current and non-current by the last usable day of the open lots; what never expires stands apart, for its expected use to decide."""
    rows: list[Row] = []
    for key in dict.fromkeys((r["programme_id"], r["currency"]) for r in report.ladder):
        mine = [r for r in report.ladder if (r["programme_id"], r["currency"]) == key]

        def owed(steps: Sequence[int], mine: Sequence[Row] = mine) -> Decimal:
            return sum((r["remaining_amount"] for r in mine if r["step_no"] in steps), ZERO)

        total = sum((r["remaining_amount"] for r in mine), ZERO)
        rows.append({"programme_id": key[0], "currency": key[1], "current": owed(range(1, WITHIN_A_YEAR + 1)), "later": owed((WITHIN_A_YEAR + 1,)),
                     "never": owed((NEVER,)), "total": total})  # fmt: skip
    small(made, "Maturity", (
        ("programme_id", "Programme", "text"), ("currency", "Currency", "text"), ("current", "Current: last day within 12 months", "money"),
        ("later", "Non-current: last day later", "money"), ("never", "Without a last day", "money"), ("total", "Liability", "money"),
    ), rows)  # fmt: skip


def _bridge(made: Book, report: DayReport) -> None:
    """From what a face-valued ledger carries to the contract liability, by programme and currency."""
    rows: list[Row] = []
    carried = [r for r in report.roll if r["measure"] in ("face", "deferred")]  # a translation of it is no second liability
    for key in dict.fromkeys((r["company_id"], r["programme_id"], r["currency"]) for r in carried):
        mine = [r for r in carried if (r["company_id"], r["programme_id"], r["currency"]) == key]
        face = sum((r["closing_amount"] for r in mine if r["measure"] == "face"), ZERO)
        free = sum((r["closing_amount"] for r in mine if r["measure"] == "face" and (r["earn_class"] or "") in FREE), ZERO)
        deferred = sum((r["closing_amount"] for r in mine if r["measure"] == "deferred"), ZERO)
        rows.append({"company_id": key[0], "programme_id": key[1], "currency": key[2], "face": face, "free": -free, "rest": deferred - face + free,
                     "deferred": deferred})  # fmt: skip
    small(made, "Bridge", (
        ("company_id", "Company", "text"), ("programme_id", "Programme", "text"), ("currency", "Currency", "text"), ("face", "Face value", "money"),
        ("free", "Given without a purchase", "money"), ("rest", "Expected breakage and allocation", "money"), ("deferred", "Contract liability", "money"),
    ), rows)  # fmt: skip
