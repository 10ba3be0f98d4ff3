"""How the lot policies differ, and what happens to points that come back: rules as tables, events in, lot movements out.

Events: event, kind, member, points, hour; then name=value. Traces: redemption, accrual, units. Movements: event, lot of a holder, units,
and the event that took them.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.ledgers.attribution.tables import Books

JAN_5, JAN_6, JAN_7, JAN_31, FEB_1, FEB_28 = (date(2026, m, d) for m, d in ((1, 5), (1, 6), (1, 7), (1, 31), (2, 1), (2, 28)))

# -------------------------------------------------------------------------------------------------- one redemption, every policy

LOTS = """
    L1 accrual m1 1000 8 on=2026-01-10 expires_on=2028-01-10 earn_class=purchase deferred_amount=8.00
    L2 accrual m1  500 8 on=2026-02-01 expires_on=2026-06-30 earn_class=bonus    deferred_amount=0.00
    L3 accrual m1 2000 8 on=2026-03-01 expires_on=2028-03-01 earn_class=cobrand  deferred_amount=18.00
"""


@pytest.mark.parametrize(
    ("policy", "taken", "released"),
    [
        ("fifo", "L1 1000, L2 200", "8.00"),
        ("lifo", "L3 1200", "10.80"),
        ("expiring_first", "L2 500, L1 700", "5.60"),
        ("subtype_sequence", "L3 1200", "10.80"),
        ("weighted_average", "L1 342.8571, L2 171.4286, L3 685.7143", "8.91"),
        ("source_trace", "L1 300, L3 900", "10.50"),
    ],
)
def test_the_same_1200_points_by_each_policy(policy: str, taken: str, released: str) -> None:
    books = Books(lot_policy=policy, earn_class_sequence=["cobrand"])
    books.close(date(2026, 3, 31), LOTS)
    moved = books.close(date(2026, 4, 1), "r redemption m1 -1200 9", "r L1 300\n r L3 900")
    assert moved == [f"r {lot}@m1 -{units} r" for lot, units in (part.split() for part in taken.split(", "))]
    assert -books.deferral("r").quantize(Decimal("0.01")) == Decimal(released)


# ------------------------------------------------------------------------------------------------------------- weighted average


def test_each_redemption_draws_on_the_pool_as_it_stands() -> None:
    books = Books(lot_policy="weighted_average")
    books.close(JAN_5, "a accrual m1 30 8\n b accrual m1 10 9")
    assert books.close(JAN_6, "r1 redemption m1 -4 8\n r2 redemption m1 -6 9") == ["r1 a@m1 -3 r1", "r1 b@m1 -1 r1", "r2 a@m1 -4.5 r2", "r2 b@m1 -1.5 r2"]


def test_shares_of_a_pool_are_rounded_so_that_they_add_up_to_the_units() -> None:
    books = Books(lot_policy="weighted_average")
    books.close(JAN_5, "a accrual m1 1 8\n b accrual m1 1 9\n c accrual m1 1 10")
    assert books.close(JAN_6, "r redemption m1 -1 8") == ["r a@m1 -0.3333 r", "r b@m1 -0.3334 r", "r c@m1 -0.3333 r"]
    assert books.close(JAN_7, "s redemption m1 -3 8") == ["s a@m1 -0.6667 s", "s b@m1 -0.6666 s", "s c@m1 -0.6667 s", "s ARREARS/s@m1 -1 s"]


def test_a_transfer_out_of_a_pool_carries_a_part_of_every_lot() -> None:
    books = Books(lot_policy="weighted_average")
    books.close(JAN_5, "a accrual m1 30 8\n b accrual m1 10 9")
    assert books.close(JAN_6, "o transfer_out m1 -4 8 transfer_id=t\n i transfer_in m2 4 8 transfer_id=t") == [
        "o a@m1 -3 o",
        "o b@m1 -1 o",
        "i a@m2 +3 -",
        "i b@m2 +1 -",
    ]


def test_an_expiry_takes_what_expires_first_even_from_a_pool() -> None:
    books = Books(lot_policy="weighted_average")
    books.close(JAN_5, "a accrual m1 30 8 expires_on=2026-12-31\n b accrual m1 10 9 expires_on=2026-01-05")
    assert books.close(JAN_6, "e expiry m1 -10 8") == ["e b@m1 -10 e"]


# ----------------------------------------------------------------------------------------------------------------- source trace


@pytest.mark.parametrize(
    ("says", "traces", "moved"),
    [
        ("followed", "r b 6", ["r b@m1 -6 r"]),
        ("in part: the rest goes by expiry", "r b 2", ["r b@m1 -2 r", "r a@m1 -4 r"]),
        ("not traced: all goes by expiry", "", ["r a@m1 -5 r", "r b@m1 -1 r"]),
        ("an unknown accrual", "r x 6", ["r a@m1 -5 r", "r b@m1 -1 r"]),
        ("somebody else's lot", "r c 6", ["r a@m1 -5 r", "r b@m1 -1 r"]),
        ("more than the lot holds", "r a 6", ["r a@m1 -5 r", "r b@m1 -1 r"]),
        ("more than was redeemed", "r a 4\n r b 4", ["r a@m1 -4 r", "r b@m1 -2 r"]),
    ],
)
def test_the_platforms_trace_is_followed_as_far_as_it_can_be(says: str, traces: str, moved: list[str]) -> None:
    books = Books(lot_policy="source_trace")
    books.close(JAN_5, "a accrual m1 5 8 expires_on=2026-02-01\n b accrual m1 8 8 expires_on=2026-03-01\n c accrual m2 9 8")
    assert books.close(JAN_6, "r redemption m1 -6 9", traces) == moved, says


def test_a_traced_lot_is_kept_for_its_redemption_although_an_untraced_one_comes_first() -> None:
    books = Books(lot_policy="source_trace")
    books.close(JAN_5, "a accrual m1 5 8 expires_on=2026-02-01\n b accrual m1 8 8 expires_on=2026-03-01")
    assert books.close(JAN_6, "r redemption m1 -5 8\n s redemption m1 -5 9", "s a 5") == ["s a@m1 -5 s", "r b@m1 -5 r"]


# ------------------------------------------------------------------------------------------------------- past the last usable day


def test_a_lot_past_its_last_day_gives_only_when_no_other_is_left() -> None:
    books = Books()
    books.close(JAN_5, "old accrual m1 5 8 expires_on=2026-01-06\n new accrual m1 5 8 expires_on=2026-12-31")
    assert books.close(JAN_7, "r redemption m1 -8 9\n e expiry m1 -2 10") == ["r new@m1 -5 r", "r old@m1 -3 r", "e old@m1 -2 e"]
    still_good = Books()
    still_good.close(JAN_5, "old accrual m1 5 8 expires_on=2026-01-06\n new accrual m1 5 8 expires_on=2026-12-31")
    assert still_good.close(JAN_7, "r redemption m1 -2 9 on=2026-01-06") == ["r old@m1 -2 r"]


RESTORED: list[tuple[str, dict[str, Any], str, str]] = [
    # says, programme, of the reversal, last usable day then
    ("expire: usable no more, the delivered expiry takes it", {}, "", "2026-01-20"),
    ("grace: so many days from the reversal", {"restore_expired": "grace:30"}, "", "2026-03-03"),
    ("new expiry: the programme's term from the reversal", {"restore_expired": "new_expiry", "expiry": {"months": 12}}, "", "2027-02-01"),
    (
        "new expiry at the end of a month",
        {"restore_expired": "new_expiry", "expiry": {"months": 12, "kind": "end_of_period"}},
        "",
        "2027-02-28",
    ),
    ("new expiry without a term: as long as the lot was good for", {"restore_expired": "new_expiry"}, "", "2026-02-16"),
    ("what the platform says comes first", {"restore_expired": "grace:30"}, "expires_on=2026-04-01", "2026-04-01"),
]


@pytest.mark.parametrize(("says", "rules", "more", "last_day"), RESTORED, ids=[c[0] for c in RESTORED])
def test_units_restored_to_a_lot_that_expired_meanwhile(says: str, rules: dict[str, Any], more: str, last_day: str) -> None:
    books = Books(**rules)
    books.close(JAN_5, "a accrual m1 10 8 expires_on=2026-01-20 deferred_amount=0.50")
    books.close(JAN_6, "r redemption m1 -6 9")
    books.close(JAN_31, "e expiry m1 -4 23")
    assert books.close(FEB_1, f"x reversal m1 6 9 reverses_event_id=r {more}") == ["x a@m1 +6 r"], says
    assert books.deferral("x") == Decimal("0.30")
    books.close(FEB_28, "")
    assert books.last_day("a", FEB_28) == last_day


def test_a_lot_that_is_still_good_keeps_its_last_day() -> None:
    books = Books(restore_expired="grace:30")
    books.close(JAN_5, "a accrual m1 10 8 expires_on=2026-02-01\n r redemption m1 -6 9")
    books.close(FEB_1, "x reversal m1 6 9 reverses_event_id=r expires_on=2026-08-01")
    books.close(FEB_28, "")
    assert books.last_day("a", FEB_28) == "2026-02-01"


def test_a_lot_used_up_at_a_month_end_keeps_its_new_last_day_when_it_is_restored() -> None:
    books = Books(restore_expired="grace:60")
    books.close(JAN_5, "a accrual m1 10 8 expires_on=2026-01-06\n r redemption m1 -10 9")
    books.close(JAN_7, "x reversal m1 10 9 reverses_event_id=r\n s redemption m1 -10 10")
    books.close(JAN_31, "")
    books.close(FEB_1, "y reversal m1 10 9 reverses_event_id=s")
    books.close(FEB_28, "")
    assert books.last_day("a", FEB_28) == "2026-03-08"


def test_a_new_last_day_goes_with_the_points_to_another_member() -> None:
    books = Books(restore_expired="grace:60")
    books.close(JAN_5, "a accrual m1 10 8 expires_on=2026-01-06\n r redemption m1 -10 9")
    books.close(JAN_31, "x reversal m1 10 9 reverses_event_id=r\n o transfer_out m1 -4 10 transfer_id=t")
    books.close(FEB_1, "i transfer_in m2 4 9 transfer_id=t")
    books.close(FEB_28, "")
    held = {r["global_id"]: str(r["expires_on"]) for r in books.fold.made["lot_schedule"] if r["business_date"] == FEB_28}
    assert held == {"m1": "2026-04-01", "m2": "2026-04-01"}


# --------------------------------------------------------------------------------------------------------------- partial returns


def test_a_partial_return_takes_its_share_of_the_lot_and_its_deferral() -> None:
    books = Books()
    books.close(JAN_5, "a accrual m1 100 8 deferred_amount=4.00")
    assert books.close(JAN_6, "x reversal m1 -25 9 reverses_event_id=a") == ["x a@m1 -25 x"]
    assert books.deferral("x") == Decimal("-1")


def test_a_partial_return_of_points_already_spent_takes_other_lots_and_then_arrears() -> None:
    books = Books()
    books.close(JAN_5, "a accrual m1 100 8 deferred_amount=4.00 expires_on=2026-06-30\n b accrual m1 10 9 deferred_amount=1.00")
    books.close(JAN_6, "r redemption m1 -90 9")
    assert books.close(JAN_7, "x reversal m1 -25 9 reverses_event_id=a") == ["x a@m1 -10 x", "x b@m1 -10 x", "x ARREARS/x@m1 -5 x"]
    assert books.deferral("x") == Decimal("-1.4")
    assert books.close(JAN_31, "c accrual m1 8 9") == ["c c@m1 +8 -", "c ARREARS/x@m1 +5 x", "c c@m1 -5 x"]


# ------------------------------------------------------------------------------------------------- families, tiers, parts of points


def test_members_of_one_global_id_share_their_lots() -> None:
    books = Books()
    books.close(JAN_5, "a accrual anna 10 8 global_id=family\n b accrual ben 10 9 global_id=family")
    assert books.close(JAN_6, "r redemption ben -15 9 global_id=family") == ["r a@family -10 r", "r b@family -5 r"]


def test_points_of_a_tier_multiplier_are_more_points_in_the_same_allocation() -> None:
    books = Books(ssp_per_point="0.04")
    books.close(JAN_5, "base accrual m1 1000 8 transaction_amount=1000\n gold accrual m2 1500 8 transaction_amount=1000")
    assert [books.issue(lot)["deferred_amount"] for lot in ("base", "gold")] == [Decimal("38.4615"), Decimal("56.6038")]


def test_parts_of_points_move_to_the_last_place() -> None:
    books = Books()
    books.close(JAN_5, "a accrual m1 0.0003 8 deferred_amount=0.0001\n b accrual m1 2.5 9")
    assert books.close(JAN_6, "r redemption m1 -0.0004 9") == ["r a@m1 -0.0003 r", "r b@m1 -0.0001 r"]
