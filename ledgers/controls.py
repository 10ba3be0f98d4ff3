"""Our own blocking controls over a valued day: what must hold whatever the data says. A violation is a bug of ours."""

from datetime import date

from core.sql import Session


def invariants(session: Session, as_of_date: date) -> list[str]:
    """Violations of the valued day, sorted; empty when it holds. Run after `valuation.value` in the same session.

    Units are conserved per programme; entries balance; sources add up to their lines; the roll-forward foots, cross-foots
    and opens where yesterday closed; the deferred closing of a cohort is D less release to date, between 0 and D; what
    events and our own entries are worth meets the roll-forward up to rounding per cohort.
    """
    session.rule("ledgers", "valuation_violation", as_of_date=as_of_date)
    return [str(r["violation"]) for r in session.fetch("select violation from valuation_violation order by violation")]
