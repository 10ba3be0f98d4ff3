"""The release formula of a contract liability, cohort by cohort (contract section 8; IFRS 15 B44-B47, ASC 606-10-55-46..49).

Works on the small frame of cohorts that moved today, in exact decimals; nothing here knows SQL, accounts or events. What
is worth what per event belongs to `valuation`, which account it meets to `journal`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from core.money import EXACT, round_to

ZERO = Decimal(0)
GRANTED = "granted"
"""Breakage of points of another issuer: granting them is all we owe, so their deferral is released as it is issued (IFRIC 13 Example 2)."""
OPENING_GROUP, GROUPS = 0, range(1, 9)
CLASSES = ("accrued", "reversed", "adjusted", "transferred", "redeemed", "expired")
"""Kinds of movement inside a group, in the order their rounded differences are taken."""
RELEASE_CLASS = {2: "reversed", 5: "redeemed", 8: "expired"}
"""Group -> what a change of the release after it is called; every other group re-estimates."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How one cohort is valued: `rate` is the URR in force, `places` the minor unit, `cost` the expected cost of a unit."""

    rate: Decimal
    breakage: str
    places: int
    cost: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Figures:
    """Where a cohort stands: deferral issued less taken out (D), redeemed (R), expired (E), and the same three in units."""

    issued: Decimal = ZERO
    redeemed: Decimal = ZERO
    expired: Decimal = ZERO
    issued_points: Decimal = ZERO
    redeemed_points: Decimal = ZERO
    expired_points: Decimal = ZERO

    def plus(self, other: "Figures") -> "Figures":
        with localcontext(EXACT):
            return Figures(
                self.issued + other.issued,
                self.redeemed + other.redeemed,
                self.expired + other.expired,
                self.issued_points + other.issued_points,
                self.redeemed_points + other.redeemed_points,
                self.expired_points + other.expired_points,
            )


@dataclass(frozen=True, slots=True)
class Posted:
    """The rounded figures of a cohort: D, release to date, the face part of it, accrued cost owed."""

    issued: Decimal = ZERO
    released: Decimal = ZERO
    cost: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Change:
    """What one class of movements of one group brought, in units and deferral."""

    group_no: int
    movement_class: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Basis:
    """What a release was taken from: figures after the group, the deferral expected to be redeemed, the release to date unrounded and as booked before."""

    figures: Figures
    expected: Decimal
    exact: Decimal
    booked_before: Decimal


@dataclass(frozen=True, slots=True)
class Step:
    """One rounded movement: `part` is issue (change of D), release (change of the release to date) or cost (change of the cost owed).

    A release carries its `basis`, so that the figure explains itself.
    """

    group_no: int
    movement_class: str
    part: str
    amount: Decimal
    face_amount: Decimal = ZERO
    basis: Basis | None = None


def expected_deferral(figures: Figures, terms: Terms) -> Decimal:
    """max(R, min(URR x D, D - E)): the deferral of the units that will ever be redeemed; "remote" and "granted": D."""
    d, r, e = figures.issued, figures.redeemed, figures.expired
    with localcontext(EXACT):
        return d if terms.breakage in ("remote", GRANTED) else max(r, min(terms.rate * d, d - e))


def released_to_date(figures: Figures, terms: Terms) -> Decimal:
    """D x R / expected, unrounded; "remote": R + E; "granted": D. Divisor 0: all of D if D = E, else 0.

    >>> released_to_date(Figures(issued=Decimal(8676), redeemed=Decimal("3904.2")), Terms(Decimal("0.95"), "proportional", 0)).quantize(Decimal("0.01"))
    Decimal('4109.68')
    """
    d, r, e = figures.issued, figures.redeemed, figures.expired
    with localcontext(EXACT):
        if terms.breakage == "remote":
            return r + e
        if terms.breakage == GRANTED:
            return d
        expected = expected_deferral(figures, terms)
        if expected <= 0:
            return d if d == e else ZERO
        return d * r / expected


def cost_owed(figures: Figures, terms: Terms) -> Decimal:
    """cost_per_point x max(0, min(URR x N, N - E) - R), in units; 0 where the cohort accrues no cost."""
    n, r, e = figures.issued_points, figures.redeemed_points, figures.expired_points
    with localcontext(EXACT):
        return terms.cost * max(ZERO, min(terms.rate * n, n - e) - r)


def posted(figures: Figures, terms: Terms) -> Posted:
    """The figures as the books carry them: each rounded once, half up, to the minor unit."""
    return Posted(
        round_to(figures.issued, terms.places),
        round_to(released_to_date(figures, terms), terms.places),
        round_to(cost_owed(figures, terms), terms.places),
    )


def walk(opening: Figures, booked: Posted, terms: Terms, changes: Iterable[Change]) -> tuple[list[Step], Figures, Posted]:
    """Take one cohort through its day: the new rate at the opening, then group after group.

    Every step is the difference of two rounded figures, so closing = booked + the steps, exactly. Returns the non-zero
    steps, the closing figures and the closing as posted.
    """
    steps: list[Step] = []
    now, figures = replace(posted(opening, terms), issued=booked.issued), opening
    basis = Basis(opening, expected_deferral(opening, terms), released_to_date(opening, terms), booked.released)
    steps.append(Step(OPENING_GROUP, "re_estimated", "release", now.released - booked.released, basis=basis))
    steps.append(Step(OPENING_GROUP, "re_estimated", "cost", now.cost - booked.cost))
    by_group: dict[int, list[Change]] = {}
    for change in changes:
        by_group.setdefault(change.group_no, []).append(change)
    for group_no in GROUPS:
        if group_no in by_group:
            steps_of_group, figures, now = _group(group_no, sorted(by_group[group_no], key=_class_order), figures, now, terms)
            steps.extend(steps_of_group)
    return [s for s in steps if s.amount != 0 or s.face_amount != 0 or (s.basis is not None and s.group_no != OPENING_GROUP)], figures, now


def _class_order(change: Change) -> int:
    return CLASSES.index(change.movement_class)


def _group(group_no: int, changes: Sequence[Change], figures: Figures, now: Posted, terms: Terms) -> tuple[list[Step], Figures, Posted]:
    """One group: D and cost move class by class, the release is taken again after the whole group."""
    steps, before = [], figures
    for change in changes:
        figures = figures.plus(change.figures)
        after = posted(figures, terms)
        steps.append(Step(group_no, change.movement_class, "issue", after.issued - now.issued))
        steps.append(Step(group_no, change.movement_class, "cost", after.cost - now.cost))
        now = replace(now, issued=after.issued, cost=after.cost)
    released = posted(figures, terms).released
    change_of_release = released - now.released
    basis = Basis(figures, expected_deferral(figures, terms), released_to_date(figures, terms), now.released)
    if terms.breakage == GRANTED:
        # every class releases at once what it issues, so that none of them is owed
        steps += [Step(group_no, s.movement_class, "release", s.amount, s.amount, basis) for s in steps if s.part == "issue"]
        return steps, figures, replace(now, released=released)
    face = round_to(figures.redeemed, terms.places) - round_to(before.redeemed, terms.places)
    if terms.breakage == "remote" and figures.expired == before.expired:
        face = change_of_release  # without breakage in it, the release of a group is its face part to the last cent
    # what only D changed (points given back that had been taken back) is no event's release, whatever the group
    is_taken = (figures.redeemed, figures.expired) != (before.redeemed, before.expired)
    released_as = RELEASE_CLASS.get(group_no, "re_estimated") if is_taken else "re_estimated"
    steps.append(Step(group_no, released_as, "release", change_of_release, face, basis))
    return steps, figures, replace(now, released=released)
