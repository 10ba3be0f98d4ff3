"""The record of what people did: decisions, signatures, certificates, periods. One append-only chain; each act names the hash of the one before.

The database refuses to change or delete an act, and `findings` notices if somebody who may do so did. What the acts mean belongs to
`decisions`, `signatures` and `periods`.
"""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from store.database import act_rows, writing

ORIGIN = ""
"""What the first act names as the hash before it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An act about to be recorded: `effective_date` is the business date from which it holds; `body` is plain JSON without floats."""

    kind: str
    subject: str
    effective_date: date
    person: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """A recorded act. `recorded_at` is in microseconds since 1970 UTC; `entry_hash` is SHA-256 (hex) over the act and `previous_hash`."""

    sequence: int
    recorded_at: int
    kind: str
    subject: str
    effective_date: date
    person: str
    body: Mapping[str, Any]
    previous_hash: str
    entry_hash: str

    @property
    def instant(self) -> datetime:
        """When it was recorded (UTC)."""
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self.recorded_at)


class Acts:
    """Appends and reads acts on one engine."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def append(self, drafts: Sequence[Draft]) -> list[Act]:
        """Record acts in one transaction, all or none, each chained to the one before it."""
        made: list[Act] = []
        with writing(self._engine).begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("lock table act in exclusive mode"))  # two writers would both name the same act before theirs
            last = connection.execute(sa.select(act_rows).order_by(act_rows.c.sequence.desc()).limit(1)).fetchone()
            sequence, moment, before = (last.sequence, last.recorded_at, last.entry_hash) if last else (0, 0, ORIGIN)
            for draft in drafts:
                sequence, moment = sequence + 1, max(time.time_ns() // 1000, moment + 1)
                sealed = _sealed(sequence, moment, draft, before)
                before = sealed["entry_hash"]
                connection.execute(sa.insert(act_rows).values(**sealed))
                made.append(_act(sealed))
        return made

    def rows(self, *kinds: str) -> list[Act]:
        """Every act, or those of some kinds, in the order of recording."""
        query = sa.select(act_rows).order_by(act_rows.c.sequence)
        if kinds:
            query = query.where(act_rows.c.kind.in_(kinds))
        with self._engine.connect() as connection:
            return [_act(dict(row._mapping)) for row in connection.execute(query)]

    def findings(self) -> list[str]:
        """What does not hold of the chain, as sentences: an act changed, left out, put in or moved; empty is good."""
        found, before, expected = [], ORIGIN, 1
        for act in self.rows():
            sealed = _sealed(act.sequence, act.recorded_at, Draft(act.kind, act.subject, act.effective_date, act.person, act.body), before)
            if act.sequence != expected:
                found.append(f"act {expected} of the record of people's decisions is missing: act {act.sequence} follows")
            elif act.previous_hash != before:
                found.append(f"act {act.sequence} ({act.kind} of {act.subject}) does not follow the act before it")
            elif act.entry_hash != sealed["entry_hash"]:
                found.append(f"act {act.sequence} ({act.kind} of {act.subject}) was changed after it was recorded")
            before, expected = act.entry_hash, act.sequence + 1
        return found


def fingerprint(found: Sequence[Act], day: date) -> str:
    """A hash over every act in force on a business date; empty where there is none, so that books nobody touched stay as they are."""
    hashes = [act.entry_hash for act in found if act.effective_date <= day]
    return hashlib.sha256(json.dumps(hashes).encode()).hexdigest() if hashes else ""


def _sealed(sequence: int, recorded_at: int, draft: Draft, before: str) -> dict[str, Any]:
    row = {
        "sequence": sequence, "recorded_at": recorded_at, "kind": draft.kind, "subject": draft.subject,
        "effective_date": draft.effective_date.isoformat(), "person": draft.person,
        "body": json.dumps(draft.body, sort_keys=True, ensure_ascii=False, separators=(",", ":")), "previous_hash": before,
    }  # fmt: skip
    return {**row, "entry_hash": hashlib.sha256(json.dumps(row, sort_keys=True, ensure_ascii=False).encode()).hexdigest()}


def _act(row: Mapping[str, Any]) -> Act:
    return Act(
        row["sequence"], row["recorded_at"], row["kind"], row["subject"], date.fromisoformat(row["effective_date"]), row["person"],
        json.loads(row["body"]), row["previous_hash"], row["entry_hash"],
    )  # fmt: skip
