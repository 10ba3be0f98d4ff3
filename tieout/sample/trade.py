"""A day's trade: sales, part payments, refunds, rewards, bonuses, partner points, expiries. Clean; breaks are planted later."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tieout.sample.company import FIRST_DAY, ORCHARD, RATES, Member, cents, instant

Row = dict[str, Any]
IDLE_POINTS = Decimal(5_000)
MOST_TAKEN_BACK = 2
"""Orders of one member: with one that is planted still within what the programme allows (FR-04)."""


@dataclass(slots=True)
class Movement:
    """A loyalty event with what the ledger should say of it."""

    member: Member
    day: date
    row: Row
    order_tax: Decimal = Decimal(0)
    tax_base: Decimal = Decimal(0)

    @property
    def event_id(self) -> str:
        return str(self.row["event_id"])

    @property
    def points(self) -> Decimal:
        return Decimal(self.row["points"])


@dataclass(slots=True)
class Trade:
    """Everything that happened, by business day."""

    random: Random
    members: list[Member]
    movements: list[Movement] = field(default_factory=list)
    payments: dict[date, list[Row]] = field(default_factory=dict)
    refundable: list[tuple[Movement, Decimal, Decimal]] = field(default_factory=list)
    serial: int = 0
    forgotten: str = ""
    """A member whose points pass their last day and are not expired (MS-04)."""
    forgets: bool = True
    """Whether there is such a member."""
    first: date = FIRST_DAY
    idle: list[Member] = field(default_factory=list)
    """Members to whom nothing happens by itself: they are there for what is planted."""
    refunds_first_day: bool = True
    """Whether sales of the first day are taken back; not where the period that ends with it is closed."""

    def open_books(self) -> None:
        """What members hold on the first morning, migrated from the system before: one or two lots each, some near their last day."""
        opening = datetime(self.first.year, self.first.month, self.first.day)
        for m in self.members:
            for part in range(1 if self.random.random() < 0.6 else 2):
                points = Decimal(self.random.randrange(200, 9000))
                dormant = part == 0 and self.random.random() < 0.02
                expires = self.first + timedelta(days=self.random.randrange(0, 10) if dormant else self.random.randrange(60, 700))
                row = self._event(m, self.first, "accrual", points, at=opening.replace(second=1 + part, tzinfo=m.programme.zone))
                row |= {"event_id": f"OPEN-{m.member_id}-{part + 1}", "earn_class": "migrated", "expires_on": expires.isoformat()}
                row["deferred_amount"] = f"{cents(points * m.programme.value_per_point * Decimal('0.8'))}"
                row["reason"] = "balance taken over from the former system"
                if dormant:
                    m.expiring.append((expires, points))
                    self.forgotten = self.forgotten or (m.member_id if self.forgets and expires < self.first + timedelta(days=4) else "")
                    break
        for m in self.idle:
            row = self._event(m, self.first, "accrual", IDLE_POINTS, at=opening.replace(second=1, tzinfo=m.programme.zone))
            row |= {"event_id": f"OPEN-{m.member_id}-1", "earn_class": "migrated", "expires_on": f"{self.first + timedelta(days=400)}"}
            row |= {"deferred_amount": f"{cents(IDLE_POINTS * m.programme.value_per_point * Decimal('0.8'))}", "reason": "balance taken over"}

    def day(self, day: date) -> None:
        """One business day of every member."""
        for m in self.members:
            if m.expiring:
                self._expire(m, day)
                continue
            chance = self.random.random()
            if chance < 0.15:
                self._sale(m, day)
            elif chance < 0.16:
                self._event(m, day, "accrual", Decimal(self.random.randrange(1, 6) * 100), earn_class="bonus", reason="birthday")
            elif chance < 0.166 and m.programme is ORCHARD and m.state not in ("US-WA", "US-TX"):
                points = Decimal(self.random.randrange(2, 20) * 50)
                price = cents(points * Decimal("0.006"))
                self._event(m, day, "accrual", points, earn_class="partner", partner_id="acme-fuel", funded_by="partner", transaction_amount=f"{price}")
        self._refunds(day)

    def _sale(self, m: Member, day: date) -> None:
        self.serial += 1
        order = f"{day:%y%m%d}{self.serial:06d}"
        price = cents(Decimal(self.random.randrange(400, 14000)) / 100)
        at = instant(m.programme, day, self.random)
        value = Decimal(0)
        used = Decimal(self.random.randrange(1, 9) * 100)
        redeems = m.points >= used and used * m.programme.value_per_point < price and self.random.random() < 0.25
        if redeems:
            value = cents(used * m.programme.value_per_point)
        base = price - value
        tax = cents(base * Decimal(RATES[m.state]))
        if redeems:
            self._event(
                m,
                day,
                "redemption",
                -used,
                at=at + timedelta(seconds=1),
                order_id=order,
                transaction_amount=f"{price}",
                redemption_value=f"{value}",
                tax_jurisdiction=m.state,
            )
            self.movements[-1].order_tax, self.movements[-1].tax_base = tax, base
        earned = (base * m.programme.points_per_unit * m.tier).quantize(Decimal(1), "ROUND_HALF_UP")
        self._event(m, day, "accrual", earned, at=at, order_id=order, earn_class="purchase", transaction_amount=f"{base}", tax_jurisdiction=m.state)
        accrual = self.movements[-1]
        if not redeems:
            accrual.order_tax, accrual.tax_base = tax, base
            if self.random.random() < 0.04 and (self.refunds_first_day or day > self.first):
                self.refundable.append((accrual, base, tax))
        self._pay(m, day, order, at, base + tax, tax)

    def _pay(self, m: Member, day: date, order: str, at: datetime, amount: Decimal, tax: Decimal) -> None:
        """One tender, or two parts whose tax adds up."""
        parts = [(amount, tax, "card")]
        if amount > 20 and self.random.random() < 0.1:
            first, first_tax = cents(amount / 3), cents(tax / 3)
            parts = [(first, first_tax, "gift_card"), (amount - first, tax - first_tax, "card")]
        for n, (part, part_tax, tender) in enumerate(parts, start=1):
            self.pay(day, payment(m, f"P-{order}-{n}", order, "sale", at, part, part_tax, tender))

    def pay(self, day: date, row: Row) -> None:
        """Deliver a payment."""
        self.payments.setdefault(day, []).append(row)

    def _refunds(self, day: date) -> None:
        """Whole orders of earlier days taken back, points and tax with them.

        Not where the points were spent meanwhile (BL-02), nor from a member who makes a habit of it (FR-04): what nobody planted is no break.
        """
        due = [r for r in self.refundable if r[0].day < day]
        self.refundable = [r for r in self.refundable if r[0].day >= day]
        for accrual, base, tax in due:
            m, order = accrual.member, accrual.row["order_id"]
            if m.points < accrual.points or m.taken_back >= MOST_TAKEN_BACK:
                continue
            m.taken_back += 1
            at = instant(m.programme, day, self.random)
            self.pay(day, payment(m, f"F-{order}", order, "refund", at, base + tax, tax, "card"))
            self._event(
                m,
                day,
                "reversal",
                -accrual.points,
                at=at,
                order_id=order,
                reverses_event_id=accrual.event_id,
                transaction_amount=f"{base}",
                tax_jurisdiction=m.state,
            )

    def _expire(self, m: Member, day: date) -> None:
        for expires, points in [e for e in m.expiring if e[0] < day and m.member_id != self.forgotten]:
            self._event(
                m, day, "expiry", -points, at=datetime(day.year, day.month, day.day, 0, 5, tzinfo=m.programme.zone), reason=f"last usable day {expires}"
            )
            m.expiring = []

    def _event(self, m: Member, day: date, kind: str, points: Decimal, *, at: datetime | None = None, **more: str) -> Row:
        self.serial += 1
        row: Row = {
            "event_id": f"{kind[:1].upper()}{m.programme.id[:1].upper()}-{day:%y%m%d}-{self.serial:06d}",
            "programme_id": m.programme.id,
            "member_id": m.member_id,
            "kind": kind,
            "points": f"{points:.4f}",
            "occurred_at": (at or instant(m.programme, day, self.random)).isoformat(),
            "currency": m.programme.currency,
            **more,
        }
        m.points += points
        self.movements.append(Movement(m, day, row))
        return row


def payment(m: Member, payment_id: str, order: str, kind: str, at: datetime, amount: Decimal, tax: Decimal, tender: str) -> Row:
    """A payment row; tills write UTC."""
    return {
        "payment_id": payment_id, "order_id": order, "kind": kind, "occurred_at": at.astimezone(UTC).isoformat(), "amount": f"{amount:.2f}",
        "tax_amount": f"{tax:.2f}", "currency": m.programme.currency, "member_id": m.member_id, "tender": tender, "tax_jurisdiction": m.state,
    }  # fmt: skip
