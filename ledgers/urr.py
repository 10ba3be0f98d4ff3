"""Estimates of the ultimate redemption rate at each month end: proposals beside the rate in force, never a change of it.

Reads the month ends of `cohort_state` as triangles of cumulative redeemed units by issue cohort and age, one per programme,
currency and earn class, and adds to `urr_estimate`: chain ladder and Bornhuetter-Ferguson by cohort, the proposed one of the two,
actual versus expected, a back-test of the last four month ends, and what the liability would be one point or ten per cent away. The
arithmetic is `chain_ladder`; a rate changes only when a named approver writes a [[urr]] version (`tieout urr --adopt`).

Decided here: fewer than three month ends or three cohorts say nothing; a cohort less than half developed follows
Bornhuetter-Ferguson with its rate in force as prior; points that expire are redeemed at most `expiry.months` after their issue month.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import Any

from core.money import EXACT, round_to
from core.schema import table
from core.sql import Session
from ledgers.chain_ladder import Development, bornhuetter_ferguson, chain_ladder, develop, developed, without_latest
from ledgers.release import Figures, Terms, posted

ZERO = Decimal(0)
LEAST_COHORTS, LEAST_AGES, BACK_TESTS = 3, 3, 4
HALF = Decimal("0.5")
POINT, TENTH = Decimal("0.01"), Decimal("0.1")


@dataclass(slots=True)
class Cohort:
    """One issue month: cumulative redeemed by age, where it stands today and at which terms."""

    cohort: str
    figures: Figures
    terms: Terms
    redeemed: list[Decimal] = field(default_factory=list)

    @property
    def age(self) -> int:
        return len(self.redeemed) - 1

    def bounded(self, ultimate: Decimal) -> Decimal:
        """Never fewer than redeemed, never more than neither expired nor taken out."""
        return max(self.figures.redeemed_points, min(ultimate, self.figures.issued_points - self.figures.expired_points))

    def liability(self, rate: Decimal, value: Decimal = Decimal(1)) -> Decimal:
        """What would be owed at another rate, deferral in proportion to `value`."""
        with localcontext(EXACT):
            f = self.figures
            scaled = Figures(f.issued * value, f.redeemed * value, f.expired * value, f.issued_points, f.redeemed_points, f.expired_points)
        then = posted(scaled, Terms(rate, self.terms.breakage, self.terms.places))
        return then.issued - then.released


def propose(session: Session, as_of_date: date) -> None:
    """At a month end, add the proposals of every segment with enough history to `urr_estimate`. Reads `cohort_state` and its prior days, `programme`."""
    if (as_of_date + timedelta(days=1)).day != 1:
        return
    session.rule("ledgers", "urr_triangle", as_of_date=as_of_date)
    rows = [r for key, cohorts in _segments(session).items() for r in _proposals(key, *cohorts)]
    if rows:
        session.rows("urr_proposal", table("urr_estimate"), rows)
        session.statement("insert into urr_estimate select * from urr_proposal")


def _segments(session: Session) -> dict[tuple[str, str, str], tuple[list[Cohort], int | None]]:
    """Cohorts, oldest first, and the last age at which their points can be used, by programme, currency and earn class."""
    terms = {r["programme_id"]: r for r in session.fetch("select programme_id, breakage, minor_unit, expiry_months, expiry_kind from programme")}
    segments: dict[tuple[str, str, str], tuple[list[Cohort], int | None]] = {}
    by_cohort: dict[tuple[str, str, str, str], Cohort] = {}
    for r in session.fetch("select * from cohort_state where cohort <> '' order by programme_id, currency, earn_class, cohort"):
        programme = terms.get(r["programme_id"])
        if programme is None:
            continue
        figures = Figures(*(Decimal(r[f"{n}_{unit}"]) for unit in ("deferral", "points") for n in ("issued", "redeemed", "expired")))
        key = (r["programme_id"], r["currency"], r["earn_class"])
        last_age = None if programme["expiry_kind"] == "from_last_activity" else programme["expiry_months"]
        found = Cohort(r["cohort"], figures, Terms(Decimal(r["urr"]), programme["breakage"], int(programme["minor_unit"])))
        segments.setdefault(key, ([], last_age))[0].append(found)
        by_cohort[(*key, r["cohort"])] = found
    for r in session.fetch("select * from urr_triangle where age >= 0 order by programme_id, currency, earn_class, cohort, age"):
        cohort = by_cohort.get((r["programme_id"], r["currency"], r["earn_class"], r["cohort"]))
        if cohort is not None:
            before = cohort.redeemed[-1] if cohort.redeemed else ZERO
            cohort.redeemed += [before] * (int(r["age"]) - len(cohort.redeemed)) + [Decimal(r["redeemed_points"])]
    return segments


def _proposals(key: tuple[str, str, str], cohorts: list[Cohort], last_age: int | None) -> Iterator[Mapping[str, object]]:
    """Rows of one segment."""
    observed = [c for c in cohorts if c.redeemed and c.figures.issued_points > 0]
    triangle = [c.redeemed for c in observed]
    if len(observed) < LEAST_COHORTS or max(len(r) for r in triangle) < LEAST_AGES or not any(r[-1] > 0 for r in triangle):
        return
    development = develop(triangle, last_age=last_age)
    pooled = ZERO
    for c in observed:
        latest = c.redeemed[-1]
        with localcontext(EXACT):
            prior = c.terms.rate * c.figures.issued_points
        ladder = c.bounded(chain_ladder(latest, c.age, development))
        blended = c.bounded(bornhuetter_ferguson(latest, c.age, development, prior))
        chosen = ladder if developed(c.age, development) >= HALF else blended
        pooled += chosen
        for method, ultimate in (("chain_ladder", ladder), ("bornhuetter_ferguson", blended), ("proposed", chosen)):
            yield _row(key, method, [c], ultimate, c.liability(_rate([c], ultimate)))
    rate = _rate(observed, pooled)
    yield _row(key, "proposed", observed, pooled, sum((c.liability(rate) for c in observed), ZERO))
    yield from _sensitivity(key, observed)
    yield from _actual_versus_expected(key, observed, triangle, last_age)
    yield from _back_tests(key, observed, triangle, last_age)


def _sensitivity(key: tuple[str, str, str], cohorts: list[Cohort]) -> Iterator[Mapping[str, object]]:
    """The liability in force one point of rate, or ten per cent of value, up and down; deferral in proportion to value."""
    for name, rate, value in (
        *(("urr_plus_1_point", POINT, ZERO), ("urr_minus_1_point", -POINT, ZERO)),
        *(("value_plus_10_percent", ZERO, TENTH), ("value_minus_10_percent", ZERO, -TENTH)),
    ):
        ultimate, owed = ZERO, ZERO
        for c in cohorts:
            moved = min(max(c.terms.rate + rate, ZERO), Decimal(1))
            with localcontext(EXACT):
                ultimate += c.bounded(moved * c.figures.issued_points)
            owed += c.liability(moved, 1 + value)
        yield _row(key, name, cohorts, ultimate, owed)


def _actual_versus_expected(
    key: tuple[str, str, str], cohorts: list[Cohort], triangle: list[list[Decimal]], last_age: int | None
) -> Iterator[Mapping[str, object]]:
    """Redeemed by today against what the triangle of a month ago expected by today, cohort by cohort."""
    before = develop(without_latest(triangle, 1), last_age=last_age)
    for c in cohorts:
        if c.age >= 1:
            yield _row(key, "actual_versus_expected", [c], _projected(c.redeemed, 1, before), None)


def _back_tests(key: tuple[str, str, str], cohorts: list[Cohort], triangle: list[list[Decimal]], last_age: int | None) -> Iterator[Mapping[str, object]]:
    """What the last estimates said would be redeemed by today, against what was: cohorts that existed then."""
    for months in range(1, BACK_TESTS + 1):
        known = without_latest(triangle, months)
        then = [c for c in cohorts if c.age >= months]
        if len(known) < LEAST_COHORTS or max(len(r) for r in known) < LEAST_AGES:
            return
        development = develop(known, last_age=last_age)
        yield _row(key, f"back_test_{months}", then, sum((_projected(c.redeemed, months, development) for c in then), ZERO), None)


def _projected(redeemed: list[Decimal], months: int, development: Development) -> Decimal:
    """What a cohort was expected to have redeemed by now, from where it stood some months ago; beyond the known ages nothing more."""
    found, age = redeemed[-1 - months], len(redeemed) - 1 - months
    with localcontext(EXACT):
        for n in range(age, age + months):
            found *= development.factors[n] if n < len(development.factors) else Decimal(1)
    return found


def _rate(cohorts: list[Cohort], ultimate: Decimal) -> Decimal:
    issued = sum((c.figures.issued_points for c in cohorts), ZERO)
    with localcontext(EXACT):
        return min(Decimal(1), max(ZERO, ultimate / issued)) if issued else ZERO


def _row(key: tuple[str, str, str], method: str, cohorts: list[Cohort], ultimate: Decimal, liability: Decimal | None) -> dict[str, Any]:
    """One estimate; over several cohorts the cohort is empty."""
    named = dict(zip(("programme_id", "currency", "earn_class"), key, strict=True))
    cohort = cohorts[0].cohort if _is_single(method) and len(cohorts) == 1 else ""
    return {
        **named, "cohort": cohort, "method": method, "issued_points": sum((c.figures.issued_points for c in cohorts), ZERO),
        "redeemed_points": sum((c.figures.redeemed_points for c in cohorts), ZERO), "ultimate_points": round_to(ultimate, 4),
        "urr": round_to(_rate(cohorts, ultimate), 12), "liability_amount": liability,
    }  # fmt: skip


def _is_single(method: str) -> bool:
    return method in ("chain_ladder", "bornhuetter_ferguson", "proposed", "actual_versus_expected")
