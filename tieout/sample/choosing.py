"""Choosing what to alter: untouched postings, sales, rewards and members of a day.

Plants alter each event and member once, so that what is found can be told apart. What does not belong here: what is altered.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random

from tieout.sample.company import ORCHARD, Member
from tieout.sample.ledger import Posting
from tieout.sample.trade import Movement, Trade


@dataclass(slots=True)
class Choice:
    """What there is to choose from, and what was chosen before."""

    random: Random
    trade: Trade
    postings: list[Posting]
    days: list[date]
    touched: set[str] = field(default_factory=set)
    _of_day: tuple[dict[date, list[Posting]], dict[date, list[Movement]], set[str]] | None = None

    def _pick(self, day: date, kind: str, least: Decimal = Decimal("0.05")) -> Iterator[Posting]:
        """One untouched single posting of the day."""
        found = [
            p
            for p in self._posted(day)
            if p.movement.day == day and p.movement.row["kind"] == kind and not p.batch and abs(p.amount) >= least and self._is_free(p.movement)
        ]
        if found:
            chosen = self.random.choice(found)
            self.touched.add(chosen.movement.event_id)
            self.touched.add(chosen.movement.member.member_id)
            yield chosen

    def _redemption(self, day: date) -> Iterator[Movement]:
        found = [m for m in self._moved(day) if m.row["kind"] == "redemption" and m.order_tax > 1 and self._is_free(m)]
        yield from self._chosen(found)

    def _sale(self, day: date) -> Iterator[Movement]:
        """One untouched sale without reward, of which nothing is refunded later."""
        redeemed = {m.row.get("order_id") for m in self._moved(day) if m.row["kind"] == "redemption"}
        found = [
            m
            for m in self._moved(day)
            if m.row.get("earn_class") == "purchase"
            and m.points >= 50
            and m.event_id not in self._taken_back
            and m.row["order_id"] not in redeemed
            and self._is_free(m)
        ]
        yield from self._chosen(found)

    def _chosen(self, found: list[Movement]) -> Iterator[Movement]:
        if found:
            chosen = self.random.choice(found)
            self.touched |= {chosen.event_id, chosen.member.member_id}
            yield chosen

    def _member(self) -> Member:
        free = [m for m in self.trade.members if m.programme is ORCHARD and m.member_id not in self.touched and not m.expiring and m.points > 100]
        member = self.random.choice(free)
        self.touched.add(member.member_id)
        return member

    def _is_free(self, m: Movement) -> bool:
        return m.event_id not in self.touched and m.member.member_id not in self.touched

    def _free_batches(self, day: date) -> set[str]:
        """Batches of the day of which no member was touched."""
        batched = [p for p in self._posted(day) if p.batch and not p.batch.startswith("OPENING")]
        return {p.batch for p in batched} - {p.batch for p in batched if not self._is_free(p.movement)}

    def _posted(self, day: date) -> list[Posting]:
        return self._index[0].setdefault(day, [])

    def _moved(self, day: date) -> list[Movement]:
        return self._index[1].setdefault(day, [])

    @property
    def _taken_back(self) -> set[str]:
        """Sales that are refunded by themselves; what plants take back is touched."""
        return self._index[2]

    @property
    def _index(self) -> tuple[dict[date, list[Posting]], dict[date, list[Movement]], set[str]]:
        """Postings and movements by day: looked for so often that going through all of them would take longer than everything else."""
        if self._of_day is None:
            posted: dict[date, list[Posting]] = {}
            moved: dict[date, list[Movement]] = {}
            for p in self.postings:
                posted.setdefault(p.day, []).append(p)
            for m in self.trade.movements:
                moved.setdefault(m.day, []).append(m)
            taken = {m.event_id for m, _, _ in self.trade.refundable} | {str(m.row.get("reverses_event_id")) for m in self.trade.movements}
            self._of_day = (posted, moved, taken)
        return self._of_day
