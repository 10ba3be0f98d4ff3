"""Every kind of break there is, planted as often as asked, and a company without any: the labelled data of benchmarks/detection.

Beside the kinds of `plants`: cut-off shifts, rounding bias, another currency, ambiguity, searches that end, restated and drifting accounts, patterns,
identities. The German programme is kept free of other differences of money, so that what an account's own code says is not hidden behind AM-02.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from tieout.sample.company import GARTEN, ORCHARD, Member, cents, worth
from tieout.sample.ledger import Posting
from tieout.sample.period_kinds import IDLE_A_WEEK, PeriodKinds
from tieout.sample.plants import FILE_FAULTS, Plants
from tieout.sample.trade import Movement, Row, payment

GARTEN_ACCOUNT = "erp-de/2000/211000/garten"
SMALL = Decimal("0.0001")
STRANGERS = 9_000_000
"""Numbers from here on belong to nobody."""


class Nothing(Plants):
    """A clean company: every side agrees with every other on every day, nothing is in transit."""

    forgets: ClassVar[bool] = False
    refunds_first_day: ClassVar[bool] = False

    def plant(self) -> None:
        for p in self.postings:
            p.day = p.movement.day


class EveryKind(PeriodKinds):
    """`times` of each kind a week; the last day and the first two are spared where a kind needs days before or after.

    The first day is the last of a period that is signed and closed: nothing is planted there.
    """

    times: ClassVar[int] = 1
    forgets: ClassVar[bool] = False
    refunds_first_day: ClassVar[bool] = False
    misdated: ClassVar[timedelta] = timedelta(days=70)
    """Into a period that nobody closed."""
    strangers: int = 0
    restated: date = date.max
    drift_begins: date = date.max

    @classmethod
    def idle_count(cls, days: int) -> int:
        return IDLE_A_WEEK * cls.times * max(1, days // 7)

    def plant(self) -> None:
        inner = self.days[1:-1]
        for p in self.postings:
            if p.programme is GARTEN:
                p.day = p.movement.day  # nothing in transit on the account whose own codes are planted
        singles: tuple[Callable[[date], None], ...] = (
            *(self.cut_off_shift, self.other_currency, self.ambiguous, self.not_searched, self.actor, self.burst, self.cycle, self.merged),
            *(self.erased_subject, self.unknown_customer, self.other_lots, self.past_its_last_day, self.expiry_not_posted),
            *(self.late_for_the_period, self.back_into_the_period),
        )
        for week in range(max(1, len(self.days) // 7)):
            for n, fault in enumerate(FILE_FAULTS):
                self.faults.setdefault(self.days[1:][(week * 7 + n) % (len(self.days) - 1)], []).append(fault)
            for n in range(self.times):
                self.plant_week([inner[(week * 7 + n + k) % len(inner)] for k in range(6)])
                for k, kind in enumerate(singles):
                    kind(inner[1:][(week * 7 + n + k) % (len(inner) - 1)])
        self._accounts(inner)
        self.in_transit()

    def _accounts(self, inner: list[date]) -> None:
        """Differences of the German account itself: a bias, a restated day, a drift."""
        self.rounding_bias(inner[0])
        self.restated, self.drift_begins = inner[len(inner) // 2], inner[0]
        before = self.restated - timedelta(days=1)
        self.truth.append((self.restated, "BL-03", "control_account", GARTEN_ACCOUNT))
        self.truth.append((self.restated, "DQ-06", "delivery", f"{before}/{GARTEN_ACCOUNT.replace('/garten', '/EUR/garten')}/"))
        if len(self.days) >= 10:
            self.truth.append((self.drift_begins + timedelta(days=5), "BL-04", "control_account", GARTEN_ACCOUNT))

    # ---------------------------------------------------------------------------------------------------------------- the ledger
    def cut_off_shift(self, day: date) -> None:
        """Sold after the cut-off, posted by the calendar."""
        for p in self._german(day)[:1]:
            before = day - timedelta(days=1)
            p.movement.row["occurred_at"] = datetime(before.year, before.month, before.day, 22, 30, tzinfo=GARTEN.zone).isoformat()
            p.posted_on = before
            self._touch(p)
            self.truth.append((day, "TM-02", "event_ledger", p.movement.event_id))

    def rounding_bias(self, day: date) -> None:
        """The German ledger rounds down what it posts one by one."""
        found = [p for d in self.days if d >= day for p in self._german(d) if p.amount > SMALL]
        for p in found:
            code = "AM-03" if p.amount >= SMALL * 10_000 else "AM-02"
            p.amount -= SMALL
            self._touch(p)
            self.truth.append((p.day, code, "event_ledger", p.movement.event_id))
        if len(found) >= 16:
            self.truth.append((found[15].day, "AM-05", "event_ledger", GARTEN_ACCOUNT))

    def other_currency(self, day: date) -> None:
        """Posted in another currency at a rate nobody quoted."""
        for p in self._pick(day, "accrual", least=Decimal(1)):
            p.currency, p.amount = "EUR", cents(p.amount * Decimal("0.5"))
            self._true(day, "AM-06", "event_ledger", p)

    def ambiguous(self, day: date) -> None:
        """Two equal accruals, and one entry that names neither."""
        member = self._quiet(day)
        for n in (1, 2):
            self._left_out(member, day, Decimal(120), f"AB1-{n}")
        self._loose_line(member, day, worth(Decimal(120), ORCHARD), "AB-01")

    def not_searched(self, day: date) -> None:
        """More accruals than are searched for a sum."""
        member = self._quiet(day)
        for n in range(13):
            self._left_out(member, day, Decimal(100 + n), f"AB2-{n:02}")
        self._loose_line(member, day, Decimal("0.7700"), "AB-02")

    def _left_out(self, member: Member, day: date, points: Decimal, name: str) -> None:
        self._add(Movement(member, day, self._row(member, day, "accrual", points, name) | {"earn_class": "bonus"}), points)
        self.postings[-1].is_left_out = True
        if day + timedelta(days=1) <= self.days[-1]:
            self.truth.append((day + timedelta(days=1), "MS-03", "event_ledger", self.trade.movements[-1].event_id))

    def _loose_line(self, member: Member, day: date, amount: Decimal, code: str) -> None:
        row: Row = {"member": member, "amount": f"{amount:.4f}", "event_id": "", "text": "manual entry", "code": code}
        self.loose.setdefault(day, []).append(row)
        self.loose_truth.append((day, row))

    def ledger_balances(self, day: date, rows: list[Row]) -> list[Row]:
        """The German control account: restated once, and creeping away by an eighth of the tolerance a day for six days."""
        control = next((r for r in rows if r["programme_id"] == GARTEN.id and not r["member_id"]), None)
        if control is None:
            return rows
        steps = min(max((day - self.drift_begins).days + 1, 0), 6)
        size = abs(Decimal(control["amount"])) * Decimal("0.0000125")
        altered = [r if r is not control else r | {"amount": f"{Decimal(r['amount']) - steps * cents(size):.4f}"} for r in rows]
        if day == self.restated:
            before = (day - timedelta(days=1)).isoformat()
            altered.append(control | {"as_of_date": before, "amount": f"{Decimal(control['amount']) - 3:.4f}"})
        return altered

    # ------------------------------------------------------------------------------------------------------------------ patterns
    def actor(self, day: date) -> None:
        """One agent, more adjustments than a day allows."""
        name = f"agent-{len(self.truth)}"
        for n in range(6):
            member = self._quiet(day)
            row = self._row(member, day, "adjustment", Decimal(10), f"FR2-{n}") | {"actor": name, "reason": "goodwill"}
            self._add(Movement(member, day, row), Decimal(10))
        self.truth.append((day, "FR-02", "order_event", name))

    def burst(self, day: date) -> None:
        """Four rewards of one member on one day."""
        member = self._quiet(day)
        for n in range(4):
            self._redeem(member, day, f"FR3-{n}")
        self.truth.append((day, "FR-03", "order_event", f"{ORCHARD.id}/{member.global_id}"))

    def cycle(self, day: date) -> None:
        """Four purchases wholly taken back."""
        member = self._quiet(day)
        for n in range(4):
            order = f"FR4{day:%m%d}{member.number}{n}"
            row = self._row(member, day, "accrual", Decimal(100), f"FR4-{n}") | {"order_id": order, "earn_class": "purchase", "transaction_amount": "10.00"}
            accrual = Movement(member, day, row)
            self._add(accrual, Decimal(100))
            at = datetime.fromisoformat(row["occurred_at"])
            self.trade.pay(day, payment(member, f"P-{order}", order, "sale", at, Decimal(10), Decimal(0), "card"))
            self._refund(accrual, day, Decimal(10), Decimal(0))
            self._copy(accrual, day, f"V-{accrual.event_id}", "reversal")
        self.truth.append((day, "FR-04", "order_event", f"{ORCHARD.id}/{member.global_id}"))

    # ---------------------------------------------------------------------------------------------------------------- identities
    def unknown_customer(self, day: date) -> None:
        """The ledger owes somebody of whom no identity tells."""
        self.strangers += 1
        stranger = Member(ORCHARD, STRANGERS + self.strangers, Decimal(1), "US-CA", 1)
        self._loose_line(stranger, day, Decimal("3.3300"), "MS-02")
        self.truth.append((day, "DQ-05", "delivery", stranger.customer_id))

    def merged(self, day: date) -> None:
        """The platform gives a member another Global ID; nothing moves their points."""
        member = self._quiet(day)
        other = f"{member.global_id}X"
        self.identities.setdefault(day, []).append(
            {"source_id": "loyalty", "member_id": member.member_id, "global_id": other, "valid_from": day.isoformat(), "valid_to": ""}
        )
        for pair in ("balance_events", "member_balance"):
            self.truth += [(day, "ID-01", pair, f"{ORCHARD.id}/{g}") for g in (member.global_id, other)]

    def erased_subject(self, day: date) -> None:
        """The subject's identity ended and the platform states no balance; the ledger still owes it under the bare id."""
        member = self._quiet(day)
        self.erased[member.member_id] = day - timedelta(days=1)
        self.loyalty_balance += [(on, member.member_id, None) for on in self.days if on >= day]
        self.truth.append((day, "ID-02", "balance_events", f"{ORCHARD.id}/{member.global_id}"))
        self.truth.append((day, "ID-02", "member_balance", f"{ORCHARD.id}/{member.customer_id}"))

    # ------------------------------------------------------------------------------------------------------------------ choosing
    def _german(self, day: date) -> list[Posting]:
        """Untouched accruals of the German programme that are posted one by one."""
        return [
            p
            for p in self._posted(day)
            if p.programme is GARTEN
            and p.movement.row["kind"] == "accrual"
            and not p.batch
            and not {p.movement.event_id, p.movement.member.member_id} & self.touched
        ]

    def _touch(self, p: Posting) -> None:
        self.touched |= {p.movement.event_id, p.movement.member.member_id}
