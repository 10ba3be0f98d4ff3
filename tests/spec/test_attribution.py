"""Which lot every unit comes from: the contract's rules as tables, events in, lot movements and open lots out.

Events: event, kind, member, points, hour; then name=value. Movements: event, lot of a holder, units, and the event that took them.
"""

from datetime import date
from decimal import Decimal

import pytest

from tests.ledgers.attribution.tables import Books

JAN_5, JAN_6, JAN_31, FEB_1 = date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 31), date(2026, 2, 1)

# ------------------------------------------------------------------------------------------------------------ which lot first

LOTS = """
    late   accrual m1 10 8 expires_on=2026-09-30 earn_class=service
    soon   accrual m1 10 9 expires_on=2026-03-31 earn_class=bonus
    never  accrual m1 10 7                       earn_class=purchase
"""


@pytest.mark.parametrize(
    ("policy", "first", "second"),
    [("expiring_first", "soon", "late"), ("fifo", "never", "late"), ("lifo", "soon", "late"), ("subtype_sequence", "never", "soon")],
)
def test_a_redemption_takes_lots_in_the_order_of_the_programme(policy: str, first: str, second: str) -> None:
    books = Books(lot_policy=policy, earn_class_sequence=["purchase", "bonus"])
    books.close(JAN_5, LOTS)
    assert books.close(JAN_6, "r redemption m1 -15 9") == [f"r {first}@m1 -10 r", f"r {second}@m1 -5 r"]


def test_lots_of_another_member_or_programme_are_never_taken() -> None:
    books = Books()
    books.close(JAN_5, "a accrual m2 10 8\n b accrual m1 10 8 programme_id=p2")
    assert books.close(JAN_6, "r redemption m1 -4 9") == ["r ARREARS/r@m1 -4 r"]


def test_the_groups_of_a_day_come_in_the_order_of_the_contract() -> None:
    books = Books()
    books.close(JAN_5, "a accrual m1 100 8\n r redemption m1 -40 9")
    day = """
        exp  expiry       m1 -1 1
        neg  adjustment   m1 -2 2
        back reversal     m1 -3 3 reverses_event_id=a
        red  redemption   m1 -4 4
        out  transfer_out m1 -5 5 transfer_id=t
        pos  adjustment   m1 +6 6
        rest reversal     m1 +7 7 reverses_event_id=r
        acc  accrual      m1 +8 8
    """
    assert [m.split()[0] for m in books.close(JAN_6, day)] == ["acc", "rest", "pos", "out", "red", "back", "neg", "exp"]


def test_inside_a_group_time_decides_and_then_the_event_id() -> None:
    books = Books()
    books.close(JAN_5, "a accrual m1 10 8 expires_on=2026-02-01\n b accrual m1 10 8 expires_on=2026-03-01")
    day = "r2 redemption m1 -5 9\n r1 redemption m1 -5 9\n r0 redemption m1 -5 10"
    assert books.close(JAN_6, day) == ["r1 a@m1 -5 r1", "r2 a@m1 -5 r2", "r0 b@m1 -5 r0"]


# ------------------------------------------------------------------------------------------------------------------- arrears


def test_units_beyond_the_balance_go_to_arrears_and_the_next_lots_repay_the_oldest_first() -> None:
    books = Books()
    assert books.close(JAN_5, "a accrual m1 10 8\n r1 redemption m1 -15 9\n r2 redemption m1 -4 10") == [
        "a a@m1 +10 -",
        "r1 a@m1 -10 r1",
        "r1 ARREARS/r1@m1 -5 r1",
        "r2 ARREARS/r2@m1 -4 r2",
    ]
    assert books.close(JAN_6, "b accrual m1 6 8\n c accrual m1 6 9") == [
        "b b@m1 +6 -",
        "b ARREARS/r1@m1 +5 r1",
        "b b@m1 -5 r1",
        "b ARREARS/r2@m1 +1 r2",
        "b b@m1 -1 r2",
        "c c@m1 +6 -",
        "c ARREARS/r2@m1 +3 r2",
        "c c@m1 -3 r2",
    ]


def test_arrears_and_lots_pass_the_month_end_through_the_schedule() -> None:
    books = Books()
    books.close(JAN_5, "r redemption m1 -5 9\n a accrual m2 7 8")
    books.close(JAN_31, "")
    assert books.schedule(JAN_31) == ["ARREARS/r@m1 -5", "a@m2 +7"]
    assert books.close(FEB_1, "b accrual m1 8 8\n s redemption m2 -2 9") == [
        "b b@m1 +8 -",
        "b ARREARS/r@m1 +5 r",
        "b b@m1 -5 r",
        "s a@m2 -2 s",
    ]


# ----------------------------------------------------------------------------------------------------------------- reversals


def test_a_redemption_reversal_restores_what_was_taken_last() -> None:
    books = Books()
    books.close(JAN_5, "a accrual m1 10 8\n b accrual m1 10 9\n r redemption m1 -15 10")
    assert books.close(JAN_6, "x reversal m1 7 9 reverses_event_id=r\n y reversal m1 8 10 reverses_event_id=r") == [
        "x b@m1 +5 r",
        "x a@m1 +2 r",
        "y a@m1 +8 r",
    ]


def test_a_reversal_reduces_arrears_before_it_restores_lots() -> None:
    books = Books()
    books.close(JAN_5, "a accrual m1 10 8\n r redemption m1 -15 10")
    assert books.close(JAN_6, "x reversal m1 7 9 reverses_event_id=r") == ["x ARREARS/r@m1 +5 r", "x a@m1 +2 r"]


def test_units_beyond_the_original_open_a_service_lot_of_the_reversal() -> None:
    books = Books()
    books.close(JAN_5, "a accrual m1 10 8\n r redemption m1 -4 10")
    assert books.close(JAN_6, "x reversal m1 7 9 reverses_event_id=r") == ["x a@m1 +4 r", "x x@m1 +3 -"]
    assert {k: books.issue("x")[k] for k in ("earn_class", "deferral", "origin")} == {
        "earn_class": "service",
        "deferral": Decimal(0),
        "origin": "excess_reversal",
    }


def test_a_reversal_of_an_unknown_redemption_or_of_another_members_opens_a_lot() -> None:
    books = Books()
    books.close(JAN_5, "a accrual m1 10 8\n r redemption m1 -4 10")
    assert books.close(JAN_6, "x reversal m1 1 9 reverses_event_id=lost\n y reversal m2 2 9 reverses_event_id=r") == ["x x@m1 +1 -", "y y@m2 +2 -"]


def test_a_redemption_reversed_on_its_own_day_is_restored_right_after_it() -> None:
    books = Books()
    books.close(JAN_5, "a accrual m1 10 8")
    assert books.close(JAN_6, "r redemption m1 -4 9\n x reversal m1 4 10 reverses_event_id=r") == ["r a@m1 -4 r", "x a@m1 +4 r"]


def test_a_lot_used_up_before_the_month_end_is_restored_after_it() -> None:
    books = Books()
    books.close(JAN_5, "a accrual m1 10 8 transaction_amount=100\n r redemption m1 -10 10")
    books.close(JAN_31, "")
    assert books.schedule(JAN_31) == []
    assert books.close(FEB_1, "x reversal m1 10 9 reverses_event_id=r") == ["x a@m1 +10 r"]
    assert books.close(date(2026, 2, 2), "s redemption m1 -10 9") == ["s a@m1 -10 s"]


def test_an_accrual_reversal_takes_its_own_lot_then_others_then_arrears() -> None:
    books = Books(lot_policy="fifo")
    books.close(JAN_5, "a accrual m1 10 8\n b accrual m1 10 9\n c accrual m1 3 10\n r redemption m1 -4 11")
    assert books.close(JAN_6, "x reversal m1 -12 9 reverses_event_id=b\n y reversal m1 -10 10 reverses_event_id=a") == [
        "x b@m1 -10 x",
        "x a@m1 -2 x",
        "y a@m1 -4 y",
        "y c@m1 -3 y",
        "y ARREARS/y@m1 -3 y",
    ]


# ---------------------------------------------------------------------------------------------- adjustments, expiry, transfers


def test_expiry_takes_the_earliest_last_day_whatever_the_policy() -> None:
    books = Books(lot_policy="lifo")
    books.close(JAN_5, LOTS)
    assert books.close(JAN_6, "x expiry m1 -25 9") == ["x soon@m1 -10 x", "x late@m1 -10 x", "x never@m1 -5 x"]


def test_a_positive_adjustment_opens_a_lot_and_a_negative_one_follows_the_policy() -> None:
    books = Books(lot_policy="lifo")
    books.close(JAN_5, "a accrual m1 10 8\n p adjustment m1 5 8 deferred_amount=1.5\n q adjustment m1 5 7")
    assert books.close(JAN_6, "n adjustment m1 -7 9") == ["n p@m1 -5 n", "n a@m1 -2 n"]
    assert (books.issue("p")["earn_class"], books.issue("p")["deferral"], books.issue("q")["deferral"]) == ("service", Decimal("1.5"), Decimal(0))


def test_a_transferred_part_keeps_its_lot_and_everything_frozen_in_it() -> None:
    books = Books()
    books.close(JAN_5, "a accrual m1 10 8 transaction_amount=100 expires_on=2026-06-30")
    assert books.close(JAN_6, "o transfer_out m1 -4 9 transfer_id=t\n i transfer_in m2 4 9 transfer_id=t") == ["o a@m1 -4 o", "i a@m2 +4 -"]
    giver, receiver = (next(r for r in books.fold.made["lot_issue"] if r["global_id"] == m) for m in ("m1", "m2"))
    kept = ("lot_id", "earn_class", "earned_on", "expires_on", "cohort")
    assert [receiver[k] for k in kept] == [giver[k] for k in kept]
    assert (giver["deferral"], receiver["deferral"]) == (Decimal("0.079936051159"), Decimal("0.031974420464"))


def test_a_receiving_leg_waits_for_its_giving_leg_of_the_day_and_chains_move_in_order() -> None:
    books = Books()
    books.close(JAN_5, "a accrual m1 10 8")
    day = """
        1in  transfer_in  m2  6 9  transfer_id=t
        2out transfer_out m1 -6 9  transfer_id=t
        3out transfer_out m2 -6 10 transfer_id=u
        4in  transfer_in  m3  6 10 transfer_id=u
    """
    assert books.close(JAN_6, day) == ["2out a@m1 -6 2out", "1in a@m2 +6 -", "3out a@m2 -6 3out", "4in a@m3 +6 -"]


def test_the_receiving_leg_may_come_days_later_or_without_the_giving_one() -> None:
    books = Books()
    books.close(JAN_5, "a accrual m1 10 8\n o transfer_out m1 -6 9 transfer_id=t")
    assert books.close(JAN_6, "i transfer_in m2 6 9 transfer_id=t\n j transfer_in m2 2 9 transfer_id=none") == ["i a@m2 +6 -", "j j@m2 +2 -"]


def test_arrears_of_the_giver_stay_and_the_receiver_gets_the_rest_as_a_new_lot() -> None:
    books = Books()
    books.close(JAN_5, "a accrual m1 4 8")
    day = "o transfer_out m1 -6 9 transfer_id=t\n i transfer_in m2 6 9 transfer_id=t"
    assert books.close(JAN_6, day) == ["o a@m1 -4 o", "o ARREARS/o@m1 -2 o", "i a@m2 +4 -", "i i@m2 +2 -"]


def test_received_units_repay_the_receivers_arrears() -> None:
    books = Books()
    books.close(JAN_5, "a accrual m1 10 8\n r redemption m2 -3 9")
    assert books.close(JAN_6, "o transfer_out m1 -5 9 transfer_id=t\n i transfer_in m2 5 9 transfer_id=t")[1:] == [
        "i a@m2 +5 -",
        "i ARREARS/r@m2 +3 r",
        "i a@m2 -3 r",
    ]
