"""Plants among members to whom nothing else happens: lots the platform takes otherwise, lots past their last day, and changes to a closed period.

What does not belong here: differences between the ledger and what ordinary members did (`plants`, `every_kind`).
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

from tieout.sample.company import ORCHARD, RATES, Member, cents
from tieout.sample.plants import Plants
from tieout.sample.trade import Movement, Row

IDLE_A_WEEK = 24
"""Members that one of each kind a week uses up."""


class PeriodKinds(Plants):
    """Every plant has a member of its own, and only the main programme is altered by what `plants` knows."""

    def _member(self) -> Member:
        member = self.trade.idle.pop()
        self.trade.members.append(member)
        self.touched.add(member.member_id)
        return member

    def _quiet(self, day: date) -> Member:
        return self._member()

    def _is_free(self, m: Movement) -> bool:
        return m.member.programme is ORCHARD and super()._is_free(m)

    # -------------------------------------------------------------------------------------------------------------------------- lots
    def other_lots(self, day: date) -> None:
        """The platform takes the lot that lasts longer; ours goes by what expires first."""
        member = self._member()
        last = day + timedelta(days=500)
        lot = self._row(member, day, "accrual", Decimal(300), "LT1") | {"earn_class": "bonus", "expires_on": last.isoformat(), "reason": "welcome"}
        self._add(Movement(member, day, lot), Decimal(300))
        taken = self._redeem(member, day, "LT1-R")
        self.traces.setdefault(day, []).append({"redemption_event_id": taken.event_id, "accrual_event_id": lot["event_id"], "points": "100.0000"})
        self.truth.append((day, "LT-01", "balance_events", taken.event_id))

    def past_its_last_day(self, day: date) -> None:
        """Points that could be used until today are still there tomorrow."""
        lot = self._short_lot(day, "MS4")
        if day + timedelta(days=1) <= self.days[-1]:
            self.truth.append((day + timedelta(days=1), "MS-04", "balance_events", lot.event_id))

    def expiry_not_posted(self, day: date) -> None:
        """The points expired, the ledger still owes them."""
        lot = self._short_lot(day, "MS4B")
        on = day + timedelta(days=1)
        row = self._row(lot.member, on, "expiry", -lot.points, "MS4X") | {"reason": f"last usable day {day}"}
        self._add(Movement(lot.member, on, row), -lot.points)
        self.postings[-1].is_left_out = True
        if on + timedelta(days=1) <= self.days[-1]:
            self.truth.append((on + timedelta(days=1), "MS-04", "event_ledger", row["event_id"]))

    def _short_lot(self, day: date, name: str) -> Movement:
        member = self._member()
        row = self._row(member, day, "accrual", Decimal(200), name) | {"earn_class": "bonus", "expires_on": day.isoformat(), "reason": "one day only"}
        self._add(Movement(member, day, row), Decimal(200))
        return self.trade.movements[-1]

    # ----------------------------------------------------------------------------------------------------------------- closed period
    def late_for_the_period(self, day: date) -> None:
        """Earned on the last day of the closed period, delivered and posted today."""
        member = self._member()
        row = self._row(member, self.days[0], "accrual", Decimal(40), f"CL3-{day:%m%d}") | {"earn_class": "bonus", "reason": "entered late"}
        self._add(Movement(member, day, row), Decimal(40))
        self.truth.append((day, "CL-03", "event_ledger", row["event_id"]))

    def back_into_the_period(self, day: date) -> None:
        """Earned in the closed period, taken back today."""
        member = self._member()
        row = self._row(member, self.days[0], "accrual", Decimal(30), f"RV4-{day:%m%d}") | {"earn_class": "bonus", "reason": "by mistake"}
        self._add(Movement(member, self.days[0], row), Decimal(30))
        back = self._row(member, day, "reversal", Decimal(-30), "RV4B") | {"reverses_event_id": row["event_id"]}
        self._add(Movement(member, day, back), Decimal(-30))
        self.truth.append((day, "RV-04", "order_event", row["event_id"]))

    # ------------------------------------------------------------------------------------------------------------------------ making
    def _redeem(self, member: Member, day: date, name: str) -> Movement:
        """A reward of 100 points on goods of 20.00."""
        points, price = Decimal(100), Decimal(20)
        value = cents(points * member.programme.value_per_point)
        row = self._row(member, day, "redemption", -points, name) | {
            "order_id": f"{name}{day:%m%d}{member.number}",
            "transaction_amount": f"{price}",
            "redemption_value": f"{value}",
            "tax_jurisdiction": member.state,
        }
        tax = cents((price - value) * Decimal(RATES[member.state]))
        self._add(Movement(member, day, row, tax, price - value), -points)
        return self.trade.movements[-1]

    def _row(self, member: Member, day: date, kind: str, points: Decimal, name: str) -> Row:
        at = datetime(day.year, day.month, day.day, 12, tzinfo=member.programme.zone)
        return {
            "event_id": f"{name}-{day:%m%d}-{member.member_id}", "programme_id": member.programme.id, "member_id": member.member_id, "kind": kind,
            "points": f"{points:.4f}", "occurred_at": at.isoformat(), "currency": member.programme.currency,
        }  # fmt: skip
