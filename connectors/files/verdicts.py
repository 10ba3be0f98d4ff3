"""What stands against each delivery at the close of a day, from the facts of the files alone: nothing is read again.

What belongs here: control totals, duplicates, refusals, absent feeds. What does not: findings about rows of several files (`intake`).
Everything is a function of the deliveries dated up to the day; a corrected version of a file takes its findings away.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connectors.files.delivery import Delivery
from connectors.files.naming import CONTROL_SUFFIX
from core.calendar import days_between
from core.policy import Feed
from core.schema import table


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of the pair delivery."""

    code: str
    business_key: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A delivery with its status (ok, unstated, failed, refused, duplicate) and findings. Rows of ok, unstated and failed files are used."""

    delivery: Delivery
    status: str
    findings: tuple[Finding, ...]

    @property
    def is_used(self) -> bool:
        return self.status in ("ok", "unstated", "failed") and self.delivery.rows is not None


def judge(deliveries: Iterable[Delivery], as_of_date: date) -> list[Verdict]:
    """The verdicts on everything dated up to a day, first delivered first."""
    first: dict[tuple[str, str], Delivery] = {}
    verdicts = []
    for delivery in sorted((d for d in deliveries if d.file_date <= as_of_date), key=lambda d: d.order):
        verdict = _verdict(delivery, first.get((delivery.table, delivery.content)))
        if verdict.is_used and delivery.row_count:
            first.setdefault((delivery.table, delivery.content), delivery)
        verdicts.append(verdict)
    return verdicts


def absent_feeds(verdicts: Sequence[Verdict], feeds: Sequence[Feed], as_of_date: date) -> list[Finding]:
    """DQ-01 per declared feed, standing until a file of every day since the first dated delivery is there."""
    found = [v.delivery for v in verdicts if not v.delivery.name.endswith(CONTROL_SUFFIX)]
    arrived = {(d.source, d.table, d.late_for or d.file_date) for d in found}
    dated = [v.delivery.file_date for v in verdicts if v.delivery.file_date != date.min]
    first_day = min(dated, default=as_of_date)
    findings = []
    for feed in sorted(feeds, key=lambda f: (f.source, f.table)):
        absent = [d for d in days_between(first_day, as_of_date) if (feed.source, feed.table, d) not in arrived]
        if absent:
            more = f" and {len(absent) - 1} earlier day{'s' if len(absent) > 2 else ''} since {absent[0]}" if len(absent) > 1 else ""
            what = f"{feed.table} of {feed.source} has not arrived for {absent[-1]}{more}; it was due at {feed.due}"
            findings.append(Finding("DQ-01", f"{feed.source}/{feed.table}", what))
    return findings


def stated_sums(delivery: Delivery) -> str | None:
    """column=sum of the control file, sorted, joined by ;."""
    return _shown(delivery.control.sums) if delivery.control and delivery.control.sums else None


def computed_sums(delivery: Delivery) -> str | None:
    """column=sum over every parsable cell, sorted, joined by ;."""
    return _shown(delivery.sums) if delivery.sums else None


# -------------------------------------------------------------------------------------------------------------------- pieces


def _verdict(d: Delivery, original: Delivery | None) -> Verdict:
    if d.name.endswith(CONTROL_SUFFIX):
        return Verdict(d, "refused", (Finding("DQ-02", d.name, f"{d.name}: {d.refused}"),))
    altered = _altered(d)
    if d.refused:
        return Verdict(d, "refused", (Finding("DQ-04", d.name, f"{d.name} is refused: {d.refused}"), *altered))
    if altered:
        return Verdict(d, "refused", altered)
    totals = _totals(d)
    if original is not None:
        what = f"{d.name} has the same content as {original.name} of {original.file_date}; it is counted once"
        return Verdict(d, "duplicate", (Finding("DQ-03", d.name, what), *totals))
    return Verdict(d, "failed" if totals else "unstated" if d.control is None else "ok", (*totals, *_content(d)))


def _altered(d: Delivery) -> tuple[Finding, ...]:
    if d.control is None or d.control.sha256 is None or d.control.sha256 == d.sha256:
        return ()
    why = "its control file states another SHA-256 than the file has, so it is not the file that was sent"
    what = f"{d.name} is refused: {why}; deliver it again, with the control file that belongs to it"
    return (Finding("DQ-02", d.name, what),)


def _totals(d: Delivery) -> tuple[Finding, ...]:
    """Where stated and computed rows or sums differ."""
    if d.control is None:
        return ()
    differences = [f"the control file is {d.control.problem}"] if d.control.problem else []
    if d.control.rows is not None and d.control.rows != d.row_count:
        differences.append(f"{d.control.rows} rows are stated, {d.row_count} were read")
    computed = dict(d.sums)
    summable = {c.name for c in table(d.table).delivered if c.type.sql.startswith("DECIMAL")}
    for column, stated in d.control.sums:
        if column not in summable:
            differences.append(f"a sum of {column[:40]} is stated, which is no column of numbers")
        elif computed.get(column, Decimal(0)) != stated:
            differences.append(f"{column} adds up to {_plain(computed.get(column, Decimal(0)))}, {_plain(stated)} is stated")
    if not differences:
        return ()
    return (Finding("DQ-02", d.name, f"{d.name} is used, but {'; '.join(differences)}"),)


def _content(d: Delivery) -> tuple[Finding, ...]:
    """Rows set aside and columns nobody declared."""
    parts = []
    if d.bad_count:
        parts.append(f"{d.bad_count} of {d.row_count} rows set aside ({d.problems})")
    if d.extra_columns:
        parts.append(f"unknown column{'s' if len(d.extra_columns) > 1 else ''} {', '.join(d.extra_columns)} not used")
    return (Finding("DQ-04", d.name, f"{d.name}: {'; '.join(parts)}"),) if parts else ()


def _shown(sums: Iterable[tuple[str, Decimal]]) -> str:
    return ";".join(f"{column}={_plain(value)}" for column, value in sorted(sums))


def _plain(value: Decimal) -> str:
    return format(value, "f")
