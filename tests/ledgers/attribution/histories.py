"""Random histories of a small programme: every kind of event, ties, late rows, arrears, reversals beyond the original, transfers."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

DAYS = [date(2026, 1, 29), date(2026, 1, 30), date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1)]
CLASSES = ["purchase", "bonus", "purchased", "service", "migrated", None, None]


class History:
    """Grows day by day; remembers what was delivered so that later events can refer to it, rightly or wrongly."""

    def __init__(self, seed: int, *, programme_id: str = "p1", members: int = 3, busiest: int = 8) -> None:
        self._random = Random(seed)
        self._members = [f"m{n}" for n in range(members)]
        self._busiest = busiest
        self._programme_id = programme_id
        self._past: list[dict[str, Any]] = []
        self._pending: list[dict[str, Any]] = []
        self._traced: set[tuple[str, str]] = set()
        self._count = 0

    def day(self, day: date) -> list[dict[str, Any]]:
        """The events that enter on a day."""
        rows = [leg | {"effective_date": min(leg["effective_date"], day)} for leg in self._pending]
        self._pending = []
        for _ in range(self._random.randint(0, self._busiest)):
            rows.extend(self._events(day))
        self._past.extend(rows)
        self._random.shuffle(rows)
        return rows

    def traces(self) -> list[dict[str, Any]]:
        """What the platform says of redemptions delivered so far, most of today: whole, in part, too much, of lots that are not there."""
        r = self._random
        rows: dict[tuple[str, str], Decimal] = {}
        redemptions = [e for e in self._past[-20:] if e["points"] < 0 and e["kind"] in ("redemption", "adjustment")]
        for redemption in redemptions:
            own = [e["event_id"] for e in self._past if e["points"] > 0 and e["member_id"] == redemption["member_id"]]
            if own and r.random() < 0.6:
                named = r.sample(own, min(len(own), r.randint(1, 3)))
                for lot_id in [*named, "unknown"] if r.random() < 0.1 else named:
                    whole = abs(redemption["points"])
                    rows[redemption["event_id"], lot_id] = r.choice([whole, max((whole / 3).quantize(Decimal("0.0001")), Decimal("0.0001")), self._units()])
        fresh = [key for key in rows if key not in self._traced]
        self._traced.update(fresh)
        return [{"redemption_event_id": k, "accrual_event_id": v, "points": rows[k, v]} for k, v in fresh]

    def _events(self, day: date) -> list[dict[str, Any]]:
        r = self._random
        kind = r.choices(
            ["accrual", "redemption", "restore", "take_back", "adjust_up", "adjust_down", "transfer", "expiry", "odd"], [30, 20, 12, 10, 5, 5, 12, 6, 2]
        )[0]
        match kind:
            case "accrual":
                return [self._event(day, "accrual", self._units(), **self._priced())]
            case "redemption" | "expiry":
                return [self._event(day, kind, -self._units())]
            case "restore":
                return [self._reversal(day, 1)]
            case "take_back":
                return [self._reversal(day, -1)]
            case "adjust_up":
                return [self._event(day, "adjustment", self._units(), deferred_amount=r.choice([None, Decimal("1.2345")]))]
            case "adjust_down":
                return [self._event(day, "adjustment", -self._units())]
            case "transfer":
                return self._transfer(day)
            case _:
                return [self._event(day, r.choice(["accrual", "transfer_in"]), -self._units()), self._event(day, "redemption", self._units())]

    def _reversal(self, day: date, sign: int) -> dict[str, Any]:
        r = self._random
        originals = [e for e in self._past if (e["points"] < 0) == (sign > 0)]
        if not originals or r.random() < 0.1:
            return self._event(day, "reversal", sign * self._units(), reverses_event_id=r.choice([None, "unknown"]))
        original = r.choice(originals[-8:])
        whole = abs(original["points"])
        units = r.choice([whole, whole, (whole / 3).quantize(Decimal("0.0001")) or whole, whole + 7])
        member = original["member_id"] if r.random() < 0.93 else r.choice(self._members)
        return self._event(day, "reversal", sign * units, reverses_event_id=original["event_id"], member_id=member)

    def _transfer(self, day: date) -> list[dict[str, Any]]:
        r = self._random
        transfer, units = f"t{self._count}", self._units()
        out = self._event(day, "transfer_out", -units, transfer_id=transfer)
        parts = r.choice([[units], [units], [units], [units + 3], [(units / 2).quantize(Decimal("0.0001")), units], [units - Decimal("0.5")]])
        ins = [self._event(day, "transfer_in", u, transfer_id=transfer if r.random() < 0.95 else None) for u in parts if u > 0]
        fate = r.random()
        if fate < 0.2:
            self._pending.extend(ins)
            return [out]
        if fate < 0.3:
            self._pending.append(out)
            return ins
        return [out, *(ins if fate < 0.9 else [])]

    def _event(self, day: date, kind: str, points: Decimal, **more: Any) -> dict[str, Any]:
        r = self._random
        self._count += 1
        own_day = day if r.random() < 0.9 else day - timedelta(days=r.randint(1, 40))
        at = datetime(own_day.year, own_day.month, own_day.day, r.choice([8, 8, 9, 10]), tzinfo=UTC)
        event = {
            "event_id": f"{r.choice('abc')}{self._count}{self._programme_id}", "programme_id": self._programme_id, "member_id": r.choice(self._members),
            "kind": kind, "points": points,
            "occurred_at": at, "effective_date": own_day, "expires_on": r.choice([None, own_day + timedelta(days=r.choice([5, 30, 60]))]),
        }  # fmt: skip
        event.update(more)
        event["global_id"] = event["member_id"]
        if kind == "reversal":
            self._past.append(event)
        return event

    def _units(self) -> Decimal:
        r = self._random
        return r.choice([Decimal(r.randint(1, 30)), Decimal(r.randint(1, 300)) / 10, Decimal(r.randint(1, 99_999)) / 10_000, Decimal(10)])

    def _priced(self) -> dict[str, Any]:
        r = self._random
        amount = r.choice([None, Decimal(r.randint(1, 99_999)) / 100])
        return {
            "earn_class": r.choice(CLASSES),
            "transaction_amount": amount,
            "goods_ssp": r.choice([None, None, Decimal("12.5")]),
            "deferred_amount": r.choice([None] * 5 + [Decimal("3.3333")]),
        }
