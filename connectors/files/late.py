"""Files of signed days that came, or came with other content, after the signature: they enter on the first open day and are named as CL-03.

What belongs here: which deliveries are late, and what differs from what was signed. What does not: signatures, and how rows enter (`arrival`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from connectors.files.delivery import Delivery
from connectors.files.naming import CONTROL_SUFFIX
from connectors.files.verdicts import Finding, Verdict
from core.schema import table
from core.sql import Session

Signed = Mapping[tuple[str, str], Mapping[str, tuple[date, int]]]
"""(source, file) -> SHA-256 of each version that signed days were closed with -> the day that took it in, and its rows."""


def redated(deliveries: Sequence[Delivery], signed: Signed, last_signed: date) -> list[Delivery]:
    """The deliveries, each with the day on which it enters: that of its name, of the signed close that took it in, or the first open day.

    The version of a file that a signed day was closed with stays in the books though another version of the same name has come.
    """
    opened = last_signed + timedelta(days=1)
    made = []
    for d in deliveries:
        if d.file_date > last_signed or not d.table or d.name.endswith(CONTROL_SUFFIX):
            made.append(d)
            continue
        versions = signed.get((d.source, d.name), {})
        entered = versions[d.sha256][0] if d.sha256 in versions else opened
        before = [rows for sha256, (day, rows) in versions.items() if sha256 != d.sha256 and day < entered]
        made.append(d if entered == d.file_date else replace(d, file_date=entered, late_for=d.file_date, signed_rows=max(before, default=0)))
    return sorted(made, key=lambda d: d.order)


def late_findings(session: Session, verdicts: Sequence[Verdict], as_of_date: date) -> Iterator[Finding]:
    """CL-03 for each late file that enters today, with what it changes. Reads fate_<table> of the day."""
    for position, verdict in enumerate(verdicts):
        d = verdict.delivery
        if d.late_for is not None and d.file_date == as_of_date:
            fates = _fates(session, d, position) if d.rows is not None and d.row_count and verdict.is_used else {}
            yield Finding("CL-03", d.name, _sentence(d, fates))


def _fates(session: Session, d: Delivery, position: int) -> dict[str, tuple[int, str]]:
    """Rows of the file by what became of them, with their sums of points and amount in words."""
    names = [n for n in ("points", "amount") if n in table(d.table).names]
    sums = " || ".join(["''", *(f"', {n} ' || coalesce(sum({n}), 0)::decimal(38, 4)" for n in names)])
    found = session.fetch(f"select fate, count(*) as n, {sums} as sums from fate_{d.table} where position = $position group by fate", position=position)
    return {r["fate"]: (r["n"], r["sums"]) for r in found}


def _sentence(d: Delivery, fates: Mapping[str, tuple[int, str]]) -> str:
    again = "came again with other content" if d.signed_rows else "came"
    parts = [f"{d.name}: {d.late_for} is signed and stays as it was; after that the file {again} and is taken in on {d.file_date}"]
    count, sums = fates.get("enters", (0, ""))
    changed, _ = fates.get("key_conflict", (0, ""))
    repeated, _ = fates.get("duplicate", (0, ""))
    parts.append(f"{count} rows enter{sums}")
    if changed:
        parts.append(f"{changed} rows contradict rows in the books, which stand")
    if d.signed_rows > changed + repeated:
        parts.append(f"{d.signed_rows - changed - repeated} rows that were signed are not in it any more and stand")
    return "; ".join(parts)
