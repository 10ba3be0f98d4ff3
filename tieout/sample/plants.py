"""Planted breaks, one of a kind or more a week, and the truth: (business date it first shows, code, pair, business key).

Consequences (a balance that differs because a posting does) are breaks too and are not listed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from tieout.sample.choosing import Choice
from tieout.sample.company import worth
from tieout.sample.ledger import Posting
from tieout.sample.trade import Movement, Row, payment

Truth = tuple[date, str, str, str]
FILE_FAULTS = ("control_total", "delivered_twice", "bad_row", "key_twice", "feed_missing")


@dataclass(slots=True)
class Plants(Choice):
    """What was altered, for the books and for the files."""

    truth: list[Truth] = field(default_factory=list)
    loose: dict[date, list[Row]] = field(default_factory=dict)
    loose_truth: list[tuple[date, Row]] = field(default_factory=list)
    loyalty_balance: list[tuple[date, str, Decimal | None]] = field(default_factory=list)
    ledger_balance: list[tuple[date, str, Decimal | None]] = field(default_factory=list)
    faults: dict[date, list[str]] = field(default_factory=dict)
    identities: dict[date, list[Row]] = field(default_factory=dict)
    """Identity rows of later days."""
    erased: dict[str, date] = field(default_factory=dict)
    """Members whose identity ends, and its last day."""
    hair: Decimal = Decimal("-0.0001")
    """What one entry is off by within the tolerance."""
    traces: dict[date, list[Row]] = field(default_factory=dict)
    """Further rows of the platform's own attribution."""
    forgets: ClassVar[bool] = True
    """Whether one customer has no identity (DQ-05) and one member's points are not expired (MS-04)."""
    misdated: ClassVar[timedelta] = timedelta(days=40)
    refunds_first_day: ClassVar[bool] = True

    @classmethod
    def idle_count(cls, days: int) -> int:
        """Members to whom nothing else may happen."""
        return 0

    def ledger_balances(self, day: date, rows: list[Row]) -> list[Row]:
        """The balances a ledger states, altered where that is planted."""
        return rows

    def plant(self) -> None:
        """One of each kind a week, spread over the days; a shorter run gets them all on the days it has."""
        weeks = max(1, len(self.days) // 7)
        for week in range(weeks):
            self.plant_week([self.days[(week * 7 + n) % len(self.days)] for n in range(6)])
        self.expiry_forgotten()
        for n, fault in enumerate(FILE_FAULTS):
            self.faults.setdefault(self.days[n % len(self.days)], []).append(fault)

    def plant_week(self, days: list[date]) -> None:
        """One of each kind over the days."""
        kinds: tuple[Callable[[date], None], ...] = (
            *(self.points_differ, self.money_differs, self.within_tolerance, self.posted_twice, self.wrong_account, self.redemption_missing),
            *(self.accrual_missing, self.without_event, self.tax_line_missing, self.tax_differs, self.payment_differs, self.event_twice),
            *(self.earn_without_order, self.refund_not_reversed, self.wrong_period, self.balance_differs, self.member_left_out_of_ledger),
            *(self.member_only_in_ledger, self.batch_does_not_add_up, self.reversed_twice, self.former_rate, self.above_cap, self.refunded_as_cash),
        )
        for n, kind in enumerate(kinds):
            kind(days[n % len(days)])

    # ---------------------------------------------------------------------------------------------------------- the ledger is wrong
    def points_differ(self, day: date) -> None:
        for p in self._pick(day, "accrual"):
            p.points += 10
            self._true(day, "AM-01", "event_ledger", p)

    def money_differs(self, day: date) -> None:
        for p in self._pick(day, "accrual"):
            p.amount += Decimal("0.2500")
            self._true(day, "AM-02", "event_ledger", p)

    def within_tolerance(self, day: date) -> None:
        for p in self._pick(day, "accrual", least=Decimal("2")):
            self.hair = -self.hair  # up and down in turn: what creeps one way is a drift, which has a code of its own
            p.amount += self.hair
            self._true(day, "AM-03", "event_ledger", p)

    def former_rate(self, day: date) -> None:
        """Valued at last year's rate; the programme file has both."""
        for p in self._pick(day, "accrual"):
            p.amount = (p.points * Decimal("0.008")).quantize(Decimal("0.0001"))
            self._true(day, "AM-04", "event_ledger", p)

    def posted_twice(self, day: date) -> None:
        for p in self._pick(day, "accrual"):
            p.is_twice = True
            self._true(day, "DU-01", "event_ledger", p)

    def wrong_account(self, day: date) -> None:
        for p in self._pick(day, "accrual"):
            p.account = "219000"
            self._true(day, "CL-01", "event_ledger", p)

    def wrong_period(self, day: date) -> None:
        for p in self._pick(day, "accrual"):
            p.posted_on = day - self.misdated
            self._true(day, "CL-02", "event_ledger", p)

    def redemption_missing(self, day: date) -> None:
        self._leave_out(day, "redemption", "MS-01")

    def accrual_missing(self, day: date) -> None:
        self._leave_out(day, "accrual", "MS-03")

    def _leave_out(self, day: date, kind: str, code: str) -> None:
        """Expected within the posting window; missing once it has passed."""
        for p in self._pick(day, kind):
            p.is_left_out = True
            if day + timedelta(days=1) <= self.days[-1]:
                self.truth.append((day + timedelta(days=1), code, "event_ledger", p.movement.event_id))

    def without_event(self, day: date) -> None:
        member = self._member()
        row: Row = {"member": member, "amount": "7.5000", "event_id": f"UNKNOWN-{day:%m%d}-{member.number}", "text": "manual entry"}
        self.loose.setdefault(day, []).append(row)
        self.loose_truth.append((day, row))

    def batch_does_not_add_up(self, day: date) -> None:
        """The manifest lost a member: its event is not in the ledger, and the line is larger than its parts."""
        batches = sorted(self._free_batches(day))
        if batches:
            self.faults.setdefault(day, []).append(f"manifest:{self.random.choice(batches)}")

    # ------------------------------------------------------------------------------------------------------------------------- tax
    def tax_line_missing(self, day: date) -> None:
        for m in self._redemption(day):
            m.row["omit_tax_line"] = True
            if day + timedelta(days=1) <= self.days[-1]:
                self.truth.append((day + timedelta(days=1), "MS-05", "redemption_tax", m.event_id))

    def tax_differs(self, day: date) -> None:
        for m in self._redemption(day):
            m.order_tax += Decimal("0.37")
            self.truth.append((day, "AM-07", "redemption_tax", m.event_id))

    # ---------------------------------------------------------------------------------------------------------- the till or loyalty
    def payment_differs(self, day: date) -> None:
        for m in self._sale(day):
            rows = [row for row in self.trade.payments[day] if row["order_id"] == m.row["order_id"]]
            rows[0]["amount"] = f"{Decimal(rows[0]['amount']) + Decimal('1.00'):.2f}"
            self.truth.append((day, "AM-08", "order_event", m.row["order_id"]))

    def event_twice(self, day: date) -> None:
        for m in self._sale(day):
            self._copy(m, day, f"{m.event_id}-B", "accrual")
            self.truth.append((day, "DU-02", "order_event", m.row["order_id"]))

    def earn_without_order(self, day: date) -> None:
        for m in self._sale(day):
            order = m.row["order_id"]
            self.trade.payments[day] = [row for row in self.trade.payments[day] if row["order_id"] != order]
            self.truth.append((day, "FR-01", "order_event", order))

    def refund_not_reversed(self, day: date) -> None:
        for m in self._sale(day):
            self._refund(m, day)
            if day + timedelta(days=1) <= self.days[-1]:
                self.truth.append((day + timedelta(days=1), "RV-01", "order_event", m.row["order_id"]))

    def reversed_twice(self, day: date) -> None:
        for m in self._sale(day):
            self._refund(m, day)
            for n in (1, 2):
                self._copy(m, day, f"V-{m.event_id}-{n}", "reversal")
            self.truth.append((day, "RV-02", "order_event", m.row["order_id"]))

    def _refund(self, m: Movement, day: date, amount: Decimal | None = None, tax: Decimal | None = None) -> None:
        order, paid_tax = m.row["order_id"], m.order_tax if tax is None else tax
        at = datetime.fromisoformat(m.row["occurred_at"]) + timedelta(hours=1)
        back = m.tax_base + paid_tax if amount is None else amount
        self.trade.pay(day, payment(m.member, f"F-{order}", order, "refund", at, back, paid_tax, "card"))

    def _copy(self, m: Movement, day: date, event_id: str, kind: str) -> None:
        """A further event of the same order, delivered and posted like any other."""
        points = m.points if kind == "accrual" else -m.points
        row = {**m.row, "event_id": event_id, "kind": kind, "points": f"{points:.4f}"}
        if kind == "reversal":
            row |= {"reverses_event_id": m.event_id, "earn_class": ""}
        self._add(Movement(m.member, day, row), points)

    def _add(self, movement: Movement, points: Decimal) -> None:
        """Deliver and post a further event."""
        member = movement.member
        member.points += points
        self.trade.movements.append(movement)
        self.postings.append(Posting(movement, movement.day, points, worth(points, member.programme)))
        self._posted(movement.day).append(self.postings[-1])
        self._moved(movement.day).append(movement)
        self.touched.add(movement.event_id)

    def refunded_as_cash(self, day: date) -> None:
        """The whole price goes back as money although part of it was paid in points; the points earned are taken back."""
        redeemed = {m.row["order_id"]: m for m in self._moved(day) if m.row["kind"] == "redemption"}
        rewarded = {order: Decimal(m.row["redemption_value"]) for order, m in redeemed.items()}
        found = [m for m in self._moved(day) if m.row.get("earn_class") == "purchase" and m.row["order_id"] in rewarded and self._is_free(m)]
        for m in self._chosen(found):
            order = m.row["order_id"]
            taxed = redeemed[order]
            self.touched.add(taxed.event_id)
            self._refund(m, day, taxed.tax_base + taxed.order_tax + rewarded[order], taxed.order_tax)
            self._copy(m, day, f"V-{m.event_id}", "reversal")
            self.truth.append((day, "RV-03", "order_event", order))

    # -------------------------------------------------------------------------------------------------------------------- balances
    def above_cap(self, day: date) -> None:
        """A generous hand: more points than the programme allows."""
        member = self._member()
        points = Decimal(150_000)
        row = {
            "event_id": f"J-{day:%y%m%d}-{member.number}",
            "programme_id": member.programme.id,
            "member_id": member.member_id,
            "kind": "adjustment",
            "points": f"{points:.4f}",
            "occurred_at": f"{day.isoformat()}T11:00:00-05:00",
            "currency": member.programme.currency,
            "actor": "agent-07",
            "reason": "goodwill",
        }
        self._add(Movement(member, day, row), points)
        self.truth.append((day, "BL-02", "balance_events", f"{member.programme.id}/{member.global_id}"))

    def in_transit(self) -> None:
        """What is posted late, or never, is in transit on its own day, and its member's balances differ by it."""
        for p in self.postings:
            if (p.day > p.movement.day or p.is_left_out) and p.movement.day <= self.days[-1]:
                self.truth.append((p.movement.day, "TM-01", "event_ledger", p.movement.event_id))
                self.touched.add(p.movement.member.member_id)

    def expiry_forgotten(self) -> None:
        lot = next((m for m in self.trade.movements if m.member.member_id == self.trade.forgotten), None)
        first = date.fromisoformat(lot.row["expires_on"]) + timedelta(days=1) if lot else None
        if lot and first and first <= self.days[-1]:
            self.truth.append((max(first, self.days[0]), "MS-04", "balance_events", lot.event_id))

    def balance_differs(self, day: date) -> None:
        member = self._member()
        self.loyalty_balance.append((day, member.member_id, Decimal(25)))
        self.truth.append((day, "BL-01", "balance_events", f"{member.programme.id}/{member.global_id}"))

    def member_left_out_of_ledger(self, day: date) -> None:
        member = self._member()
        self.ledger_balance.append((day, member.customer_id, None))
        self.truth.append((day, "MS-06", "member_balance", f"{member.programme.id}/{member.global_id}"))

    def member_only_in_ledger(self, day: date) -> None:
        member = self._member()
        self.loyalty_balance.append((day, member.member_id, None))
        self.truth.append((day, "MS-07", "member_balance", f"{member.programme.id}/{member.global_id}"))

    def _true(self, day: date, code: str, pair: str, p: Posting) -> None:
        self.truth.append((day, code, pair, p.movement.event_id))
