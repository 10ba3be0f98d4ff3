"""digest.txt: the day in one screen of plain text, for e-mail and chat.

No member data: no Global IDs, member ids, business keys or explanations, since any of these may name a person.
A break is named by its id, which `tieout explain` resolves for those who may see it.
"""

from collections import defaultdict
from decimal import Decimal

from reports.day import DayReport, Row, meaning
from reports.words import AGE_BUCKETS, CONTROL_STATES, MEASURES, PAIRS, QUEUES, money, plural, points, signed


def digest(report: DayReport) -> str:
    """The text, lines of at most about 100 characters, ending with a newline."""
    facts = report.facts
    lines = [f"{facts.business_date.isoformat()} {report.verdict}", facts.company, ""]
    for section in (_liability, _balance, _controls, _breaks, _top, _feeds, _redeemed, _sign_off):
        lines += [*section(report), ""]
    lines.append(f"Close {facts.close_id} · code {facts.code_version}")
    return "\n".join(lines) + "\n"


def _liability(report: DayReport) -> list[str]:
    lines = ["LIABILITY AT CLOSING"]
    for owed in report.liabilities:
        programme = report.facts.programme(owed.programme_id)
        change = signed(owed.closing - owed.opening, owed.currency)
        lines.append(
            f"  {programme.name}: {money(owed.closing, owed.currency)} ({change}), {points(owed.closing_points)} {programme.points_name},"
            f" {MEASURES[owed.measure]}"
        )
    return lines if report.liabilities else [*lines, "  nothing is owed"]


def _balance(report: DayReport) -> list[str]:
    return ["STATUS", *(f"  {light.question} {light.answer}. {light.detail}" for light in report.lights)]


def _controls(report: DayReport) -> list[str]:
    lines = ["CONTROL TOTALS"]
    by_table: dict[str, list[Row]] = defaultdict(list)
    for control in report.controls:
        by_table[control["table"]].append(control)
    for name, rows in sorted(by_table.items()):
        states = ", ".join(sorted({CONTROL_STATES[r["status"]].lower() for r in rows}))
        read, aside = sum(r["rows_read"] or 0 for r in rows), sum(r["rows_quarantined"] or 0 for r in rows)
        lines.append(f"  {name}: {plural(len(rows), 'file')}, {plural(read, 'row')}, {states}{f', {aside:,} set aside' if aside else ''}")
    return lines if by_table else [*lines, "  no file today"]


def _breaks(report: DayReport) -> list[str]:
    oldest = max((c["oldest_age_days"] for c in report.codes), default=None)
    lines = [
        "BREAKS",
        f"  {report.open_count:,} open ({report.blocking_count:,} block sign-off), {report.new_count:,} new, {report.closed_count:,} resolved,"
        f" {report.expected_count:,} in transit",
    ]
    if oldest is None:
        return lines
    lines.append(f"  oldest: {plural(oldest, 'day')}")
    counts = {words: sum(c[key] for c in report.codes) for words, key in AGE_BUCKETS}
    lines.append("  by age in days: " + ", ".join(f"{words}: {n:,}" for words, n in counts.items() if n))
    gross: dict[str, Decimal] = defaultdict(Decimal)
    for c in report.codes:
        gross[c["currency"]] += c["gross_amount"]
    lines.append("  gross: " + ", ".join(money(v, k) for k, v in sorted(gross.items()) if k))
    return lines + [f"  {c['code']} {meaning(c['code'])}: {c['break_count']:,}, gross {money(c['gross_amount'], c['currency'])}" for c in report.codes]


def _top(report: DayReport) -> list[str]:
    lines = ["TOP 5 (new first, then money x age)"]
    for b in report.listed[:5]:
        when = "new" if b["is_new"] else plural(b["age"], "day")
        lines.append(f"  {b['code']} {meaning(b['code'])}, {PAIRS.get(b['pair'], b['pair'])}: {money(b['gross_amount'], b['currency'])}, {when}")
        lines.append(f"    {QUEUES.get(b['queue'], b['queue'])} · tieout explain {b['break_id']}")
    return lines if report.listed else [*lines, "  none"]


def _feeds(report: DayReport) -> list[str]:
    missing = [f"  {b['business_key']}, {plural(b['age'], 'day')}" for b in report.missing_feeds]
    return ["LATE OR MISSING FEEDS", *(missing or ["  none"])]


def _redeemed(report: DayReport) -> list[str]:
    units = sum((c["redeemed_points"] for c in report.coverage), Decimal(0))
    lack = "none lacks" if report.uncovered_count == 0 else f"{plural(report.uncovered_count, 'redemption lacks', 'redemptions lack')}"
    return ["REDEEMED UNITS", f"  {points(units)} traced to lots; {lack} a lot, ledger entry or tax entry"]


def _sign_off(report: DayReport) -> list[str]:
    if report.verdict == "RECONCILED":
        return ["WAITING FOR SIGN-OFF", f"  {report.facts.business_date.isoformat()}: preparer, then reviewer"]
    return [
        "WAITING FOR SIGN-OFF",
        f"  {report.facts.business_date.isoformat()} cannot be signed yet: {'the day is not complete' if not report.complete else 'breaks block it'}",
    ]
