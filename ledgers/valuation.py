"""What points are worth: cohorts walked through their day, and every movement, allocation and event priced from them.

SQL does the event-level work; the release formula itself (`release`) runs in exact decimals over the small frame of
cohorts that moved or whose rate changed. Accounts are `journal`, opening to closing is `roll_forward`.

Decided here where the contract is silent: without an approved rate a cohort recognises at the urr_for_ssp of its month's
first day; an event is worth its own lots' deferral and its allocations' release, so what rounding per cohort leaves (less
than one minor unit per step) stands in the journal's sources under the entry's id and in no event.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from core.money import round_to
from core.schema import Column, Kind, Table, Type, table
from core.sql import Session
from ledgers import roll_forward, translation, urr
from ledgers.controls import invariants
from ledgers.release import Change, Figures, Posted, Step, Terms, walk

_COHORT_KEY = ("company_id", "programme_id", "currency", "earn_class", "cohort")
_KEY_COLUMNS = tuple(Column(c, Type.TEXT, "names the cohort") for c in _COHORT_KEY)
_BASIS = ("issued_deferral", "redeemed_deferral", "expired_deferral", "expected_deferral", "exact_released", "released_before_amount", "urr")
_STEP = Table(
    "cohort_step", Kind.WORKING, "One rounded movement of a cohort.", (*_COHORT_KEY, "group_no", "movement_class", "part"),
    (
        *_KEY_COLUMNS, Column("group_no", Type.COUNT, "group of the day's order"), Column("movement_class", Type.TEXT, "column of the roll-forward"),
        Column("part", Type.TEXT, "issue, release or cost"), Column("amount", Type.SUM, "change of that figure"),
        Column("face_amount", Type.SUM, "face part of a release"),
        *(table("cohort_movement")[c] for c in _BASIS),
    ),
)  # fmt: skip
_FIGURES = ("issued_points", "redeemed_points", "expired_points", "issued_deferral", "redeemed_deferral", "expired_deferral")
_BOOKED = ("issued_amount", "released_amount", "cost_owed_amount")
_WALKED = Table(
    "cohort_walked", Kind.WORKING, "Closing of a cohort that was walked today.", _COHORT_KEY,
    (*_KEY_COLUMNS, *(table("cohort_state")[c] for c in (*_FIGURES, *_BOOKED))),
)  # fmt: skip


def value(session: Session, as_of_date: date) -> bool:
    """Value the day. Makes `cohort_state`, `cohort_movement`, `allocation_draft`, `event_value`, `roll_forward` and `urr_estimate` as declared, and
    what `journal.post` posts. Returns whether something was translated, which it wants to know.

    Reads `loyalty_event`, `lot_movement`, the programme parameters, `prior_cohort_state` and `prior_roll_forward` (their
    latest day). Money is rounded once per cohort to the minor unit; shares keep four places and add up.
    """
    session.rule("ledgers", "classed_movement", as_of_date=as_of_date)
    session.rule("ledgers", "cohort_rate", as_of_date=as_of_date)
    session.rule("ledgers", "cohort_change")
    _walk_cohorts(session)
    session.declared_rule("ledgers", "cohort_state")
    session.declared_rule("ledgers", "cohort_movement")
    session.declared_rule("ledgers", "urr_estimate")
    urr.propose(session, as_of_date)
    session.rule("ledgers", "movement_value", as_of_date=as_of_date)
    session.declared_rule("ledgers", "allocation_draft", as_of_date=as_of_date)
    roll_forward.roll(session, as_of_date)
    is_translated = translation.translate(session, as_of_date)
    session.declared_rule("ledgers", "event_value", as_of_date=as_of_date)
    return is_translated


def _walk_cohorts(session: Session) -> None:
    """Walk the cohorts that moved or have a new rate; leaves `cohort_step` and `cohort_walked`."""
    order = ", ".join(_COHORT_KEY)
    changes: dict[tuple[str, ...], list[Change]] = {}
    for row in session.fetch(f"select * from cohort_change order by {order}, group_no, movement_class"):
        changes.setdefault(_key(row), []).append(Change(int(row["group_no"]), str(row["movement_class"]), _figures(row)))
    steps: list[Mapping[str, object]] = []
    walked: list[Mapping[str, object]] = []
    for row in session.fetch(f"select * from cohort_rate where is_moving order by {order}"):
        key = dict(zip(_COHORT_KEY, _key(row), strict=True))
        booked = Posted(*(Decimal(row[c]) for c in _BOOKED))
        terms = Terms(Decimal(row["urr"]), str(row["breakage"]), int(row["minor_unit"]), Decimal(row["cost_per_point"]))
        taken, figures, closing = walk(_figures(row), booked, terms, changes.get(_key(row), []))
        steps += [{**key, **_step_row(s, terms)} for s in taken]
        walked.append({**key, **_figure_row(figures), "issued_amount": closing.issued, "released_amount": closing.released, "cost_owed_amount": closing.cost})
    session.rows("cohort_step", _STEP, steps)
    session.rows("cohort_walked", _WALKED, walked)


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[c]) for c in _COHORT_KEY)


def _figures(row: Mapping[str, Any]) -> Figures:
    points = (Decimal(row[c]) for c in _FIGURES[:3])
    deferral = (Decimal(row[c]) for c in _FIGURES[3:])
    return Figures(*deferral, *points)


def _figure_row(figures: Figures) -> dict[str, object]:
    values = (figures.issued_points, figures.redeemed_points, figures.expired_points, figures.issued, figures.redeemed, figures.expired)
    return dict(zip(_FIGURES, values, strict=True))


def _step_row(step: Step, terms: Terms) -> dict[str, object]:
    row = {"group_no": step.group_no, "movement_class": step.movement_class, "part": step.part, "amount": step.amount, "face_amount": step.face_amount}
    if step.basis is None:
        return row
    b = step.basis
    exact = (b.figures.issued, b.figures.redeemed, b.figures.expired, b.expected, b.exact, b.booked_before, terms.rate)
    return {**row, **dict(zip(_BASIS, (round_to(x, 12) for x in exact), strict=True))}


__all__ = ["invariants", "value"]
