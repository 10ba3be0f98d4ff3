"""Attribution by the contract, one event after another in plain Python: no SQL, no sets, no shared code with the engine.

Written from the contract's sections 6 and 8. Slow and obvious on purpose.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

ZERO = Decimal(0)
Event = Mapping[str, Any]


@dataclass
class Lot:
    lot_id: str
    holder: str
    earn_class: str
    earned_on: date
    earned_at: datetime
    expires_on: date | None
    points: Decimal
    deferral: Decimal
    is_arrears: bool = False
    taking_kind: str = ""
    left: Decimal = ZERO
    good_until: date | None = None
    """expires_on at the start of the day; decides whether a restoration finds the lot expired."""

    def __post_init__(self) -> None:
        self.good_until = self.expires_on

    def carries(self, units: Decimal) -> Decimal:
        """Deferral of so many open units."""
        return ZERO if self.points == 0 or self.is_arrears else half_up(Fraction(self.deferral) * Fraction(units) / Fraction(self.points))


@dataclass
class Part:
    """A stretch of a lot on its way from one member to another."""

    lot: Lot
    points: Decimal
    deferral: Decimal
    expires_on: date | None


@dataclass
class Transfer:
    parts: list[Part] = field(default_factory=list)
    is_given: bool = False
    claimed: Decimal = ZERO


@dataclass
class Row:
    event_id: str
    taking_event_id: str | None
    lot_id: str
    holder: str
    points: Decimal
    deferral: Decimal


def half_up(value: Fraction, places: int = 12) -> Decimal:
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole if value >= 0 else -whole).scaleb(-places)


def group_of(event: Event) -> int:
    if event["points"] > 0:
        return {"accrual": 1, "adjustment": 3, "transfer_in": 4}.get(event["kind"], 2)
    return {"transfer_out": 4, "redemption": 5, "reversal": 6, "accrual": 6, "expiry": 8}.get(event["kind"], 7)


class Oracle:
    """The lots of one programme from its first day on; `day` must be called in order of days."""

    def __init__(
        self, *, policy: str = "expiring_first", sequence: tuple[str, ...] = (), ssp: Decimal = Decimal("0.008"), restore_expired: str = "expire",
        months: int | None = None,
    ) -> None:  # fmt: skip
        self.policy, self.sequence, self.ssp, self.restore_expired, self.months = policy, sequence, ssp, restore_expired, months
        self.traces: dict[str, dict[str, Decimal]] = defaultdict(dict)
        self.lots: dict[tuple[str, str], Lot] = {}
        self.taken: dict[tuple[str, str], list[tuple[tuple[str, str], Decimal]]] = defaultdict(list)
        self.transfers: dict[str, Transfer] = defaultdict(Transfer)
        self.rows: list[Row] = []
        self._leaving_on: dict[str, date] = {}

    def day(self, events: Iterable[Event], traces: Iterable[Mapping[str, Any]] = ()) -> list[Row]:
        """The movements of one day in the order they happen; `traces` are the platform's own attributions that arrive today."""
        self.rows = []
        for trace in traces:
            named = self.traces[trace["redemption_event_id"]]
            named[trace["accrual_event_id"]] = named.get(trace["accrual_event_id"], ZERO) + trace["points"]
        for lot in self.lots.values():
            lot.good_until = lot.expires_on
        today = [e for e in events if e["points"] != 0]
        by_id = {e["event_id"]: e for e in today}
        late: dict[int, list[Event]] = defaultdict(list)
        for event in today:
            original = by_id.get(event.get("reverses_event_id") or "")
            restores = group_of(event) == 2
            if restores and original and original["points"] < 0 and original["member_id"] == event["member_id"]:
                late[group_of(original)].append(event)
            else:
                late[-group_of(event)].append(event)
        outs: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for e in late[-4]:
            if e["points"] < 0 and e.get("transfer_id"):
                outs[e["transfer_id"]].append(place(e))
        for group in range(1, 9):
            self._leaving_on = {}
            for event in late[-group]:
                if event["points"] < 0:
                    known = self._leaving_on.get(event["member_id"], event["effective_date"])
                    self._leaving_on[event["member_id"]] = max(known, event["effective_date"])
            ordered = sorted(late[-group], key=lambda e: self._order(e, outs))
            followed = {e["event_id"]: self._follow(e) for e in ordered} if group == 5 and self.policy == "source_trace" else {}
            for event in ordered:
                self._happen(event, group, followed.get(event["event_id"], ZERO))
            for event in sorted(late[group], key=place):
                self._restore(event)
        return self.rows

    def _order(self, event: Event, outs: Mapping[str, list[tuple[datetime, str]]]) -> tuple[Any, ...]:
        own = place(event)
        given = max(outs.get(event.get("transfer_id") or "", [own])) if event["points"] > 0 and group_of(event) == 4 else own
        return (*given, 1, *own) if given > own else (*own, 0, *own)

    def _happen(self, event: Event, group: int, followed: Decimal) -> None:
        units = abs(event["points"]) - followed
        match group:
            case 1 | 3:
                self._open(event, self._earned(event, units))
            case 2:
                self._restore(event)
            case 4 if event["points"] > 0:
                self._receive(event)
            case 4:
                self._give(event)
            case 6:
                own = self.lots.get((event.get("reverses_event_id") or "", event["member_id"]))
                if own and not own.is_arrears and own.left > 0:
                    units -= self._take_from(event, own, min(units, own.left))
                self._take(event, units)
            case _:
                self._take(event, units, by_expiry=group == 8)

    # -------------------------------------------------------------------------------- in
    def _earned(self, event: Event, units: Decimal) -> Lot:
        is_accrual = event["kind"] == "accrual"
        amount = event.get("transaction_amount")
        earn_class = event.get("earn_class") or (("bonus" if amount is None else "purchase") if is_accrual else "service")
        deferral = ZERO
        if event.get("deferred_amount") is not None:
            deferral = event["deferred_amount"]
        elif is_accrual and earn_class in ("purchased", "cobrand", "partner"):
            deferral = amount or ZERO
        elif is_accrual and earn_class == "migrated":
            deferral = half_up(Fraction(units) * Fraction(self.ssp))
        elif is_accrual and earn_class == "purchase" and amount and amount > 0:
            goods, worth = Fraction(event["goods_ssp"] if event.get("goods_ssp") is not None else amount), Fraction(units) * Fraction(self.ssp)
            deferral = half_up(Fraction(amount) * worth / (goods + worth))
        return self._lot(event, event["event_id"], units, deferral, earn_class)

    def _lot(self, event: Event, lot_id: str, units: Decimal, deferral: Decimal, earn_class: str = "service") -> Lot:
        return Lot(lot_id, event["member_id"], earn_class, event["effective_date"], event["occurred_at"], event.get("expires_on"), units, deferral)

    def _open(self, event: Event, lot: Lot) -> None:
        """Units arrive in a lot, new or held before, and repay the oldest arrears first."""
        units = lot.points
        held = self.lots.setdefault((lot.lot_id, lot.holder), lot)
        self._move(event, None, held, units)
        arrears = [a for a in self.lots.values() if a.is_arrears and a.left < 0 and a.holder == held.holder]
        for debt in sorted(arrears, key=lambda a: (a.earned_at, a.lot_id)):
            paid = min(units, -debt.left)
            if paid > 0:
                owing = debt.lot_id.removeprefix("ARREARS/")
                self._move(event, owing, debt, paid)
                self._move(event, owing, held, -paid)
                units -= paid

    def _restore(self, event: Event) -> None:
        units = event["points"]
        original = event.get("reverses_event_id") or ""
        net: dict[tuple[str, str], Decimal] = {}
        for key, points in self.taken[original, event["member_id"]]:
            if points > 0:
                net[key] = net.pop(key, ZERO) + points
            else:
                net[key] += points
        for key in reversed(list(net)):
            back = min(units, net[key])
            if back > 0:
                self._move(event, original, self.lots[key], back)
                self._redate(event, self.lots[key])
                units -= back
        if units > 0:
            self._open(event, self._lot(event, event["event_id"], units, ZERO))

    def _redate(self, event: Event, lot: Lot) -> None:
        """A lot that expired before the reversal is usable again for as long as the reversal or the programme says."""
        own, old = event["effective_date"], lot.good_until
        if old is None or old >= own:
            return
        new = event.get("expires_on")
        if new is None and self.restore_expired.startswith("grace:"):
            new = own + timedelta(days=int(self.restore_expired.removeprefix("grace:")))
        elif new is None and self.restore_expired == "new_expiry":
            new = months_after(own, self.months) if self.months else own + (old - lot.earned_on)
        if new and lot.expires_on and new > lot.expires_on:
            lot.expires_on = new

    # ------------------------------------------------------------------------------- out
    def _follow(self, event: Event) -> Decimal:
        """Take what the platform's trace names; how much that was."""
        wanted, taken = abs(event["points"]), ZERO
        for lot_id, units in sorted(self.traces.get(event["event_id"], {}).items()):
            lot = self.lots.get((lot_id, event["member_id"]))
            asked = min(units, wanted)
            wanted -= asked
            if lot and not lot.is_arrears and lot.left > 0 and asked > 0:
                taken += self._take_from(event, lot, min(asked, lot.left))
        return taken

    def _take(self, event: Event, units: Decimal, *, by_expiry: bool = False) -> None:
        mine = [x for x in self.lots.values() if x.holder == event["member_id"] and not x.is_arrears and x.left > 0]
        past = [] if by_expiry else [x for x in mine if x.expires_on and x.expires_on < self._leaving_on[event["member_id"]]]
        usable = [x for x in mine if x not in past]
        policy = "expiring_first" if by_expiry else self.policy
        if policy == "weighted_average":
            units -= self._draw(event, self._ranked(usable, "fifo"), units)
            usable = []
        for lot in [*self._ranked(usable, policy), *self._ranked(past, policy)]:
            if units > 0:
                units -= self._take_from(event, lot, min(units, lot.left))
        if units > 0:
            arrears = self._lot(event, f"ARREARS/{event['event_id']}", ZERO, ZERO)
            arrears.is_arrears, arrears.expires_on = True, None
            self._take_from(event, self.lots.setdefault((arrears.lot_id, arrears.holder), arrears), units)

    def _draw(self, event: Event, pool: list[Lot], units: Decimal) -> Decimal:
        """From each lot of the pool its share; the shares of the first n lots together are rounded once."""
        whole = sum((x.left for x in pool), ZERO)
        leaving, end, given = min(units, whole), ZERO, ZERO
        for lot, left in [(x, x.left) for x in pool]:
            end += left
            upto = half_up(Fraction(end) * Fraction(leaving) / Fraction(whole), 4)
            if upto > given:
                self._take_from(event, lot, upto - given)
            given = upto
        return leaving

    def _ranked(self, lots: list[Lot], policy: str) -> list[Lot]:
        if policy in ("fifo", "lifo"):
            return sorted(lots, key=lambda x: (x.earned_on, x.earned_at, x.lot_id), reverse=policy == "lifo")
        soonest = sorted(lots, key=lambda x: (x.expires_on or date.max, x.earned_at, x.lot_id))
        if policy == "subtype_sequence":
            return sorted(soonest, key=lambda x: self.sequence.index(x.earn_class) if x.earn_class in self.sequence else len(self.sequence))
        return soonest

    def _take_from(self, event: Event, lot: Lot, units: Decimal) -> Decimal:
        self._move(event, event["event_id"], lot, -units)
        return units

    # --------------------------------------------------------------------------- transfer
    def _give(self, event: Event) -> None:
        first = len(self.rows)
        self._take(event, abs(event["points"]))
        if event.get("transfer_id"):
            transfer = self.transfers[event["transfer_id"]]
            transfer.is_given = True
            for row in self.rows[first:]:
                lot = self.lots[row.lot_id, row.holder]
                if not lot.is_arrears:
                    transfer.parts.append(Part(lot, -row.points, -row.deferral, lot.expires_on))

    def _receive(self, event: Event) -> None:
        units, start = event["points"], ZERO
        transfer = self.transfers[event["transfer_id"]] if event.get("transfer_id") else Transfer()
        claim = (transfer.claimed, transfer.claimed + units)
        for part in transfer.parts:
            low, high = max(claim[0], start) - start, min(claim[1], start + part.points) - start
            start += part.points
            if high > low:
                share = [half_up(Fraction(part.deferral) * Fraction(x) / Fraction(part.points)) for x in (low, high)]
                x = part.lot
                self._open(event, Lot(x.lot_id, event["member_id"], x.earn_class, x.earned_on, x.earned_at, part.expires_on, high - low, share[1] - share[0]))
                units -= high - low
        if transfer.is_given:
            transfer.claimed = claim[1]
        if units > 0:
            self._open(event, self._lot(event, event["event_id"], units, ZERO))

    def _move(self, event: Event, taking: str | None, lot: Lot, points: Decimal) -> None:
        before, lot.left = lot.left, lot.left + points
        self.rows.append(Row(event["event_id"], taking, lot.lot_id, lot.holder, points, lot.carries(lot.left) - lot.carries(before)))
        if taking:
            self.taken[taking, lot.holder].append(((lot.lot_id, lot.holder), -points))


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def place(event: Event) -> tuple[datetime, str]:
    return event["occurred_at"], event["event_id"]
