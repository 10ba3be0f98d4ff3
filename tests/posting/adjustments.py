"""Entries and systems for the posting tests: an entry as adjusting proposes it, a source that takes it, a note that keeps what was said.

What belongs here: making and running. What must hold is said in the tests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from connectors.posting.entry import Entry, EntryLine
from connectors.posting.gateway import Before, Gateway
from connectors.posting.protocol import Outcome
from core.policy import Source

DAY, NEXT = date(2026, 3, 31), date(2026, 4, 1)
D = Decimal
ENTRY = Entry(
    key="0123456789abcdef01234567", reason_code="MS-03", break_id="b1", business_key="A-77", programme_id="orchard", company_id="1000", ledger_id="main",
    posting_date=DAY, effective_date=date(2026, 3, 30), currency="USD", event_id="A-77", member_id="M000077", reverses_document_id="",
    text="The accrual is not in the ledger <& neither is its \"sale\">.",
    lines=(EntryLine(1, "0021550000", D(0), D("9.10"), D("-910.0000")), EntryLine(2, "400000", D("9.10"), D(0))),
)  # fmt: skip


def another(number: int, **more: Any) -> Entry:
    """The same entry under another key."""
    return replace(ENTRY, key=sha256(str(number).encode()).hexdigest()[:24], **more)


@dataclass
class Notes:
    """What was noted, in order: (step, whether it is the answer)."""

    kept: list[tuple[str, bool]] = field(default_factory=list)

    def __call__(self, step: str, sent: bytes, answered: bytes | None) -> None:
        assert sent or step
        self.kept.append((step, answered is not None))

    @property
    def attempts(self) -> int:
        return sum(not answered for _, answered in self.kept)


@dataclass
class Desk:
    """A gateway to one stand-in."""

    gateway: Gateway
    notes: Notes = field(default_factory=Notes)

    def post(
        self, entry: Entry = ENTRY, seconds_since: int | None = None, rejections: int = 0, earlier: Sequence[Entry] = (), taken: bool = False
    ) -> Outcome:  # fmt: skip
        prepared = self.gateway.prepare(entry)
        assert prepared.objections == ()
        before = Before(seconds_since, rejections, taken, "4711" if taken else "")
        return self.gateway.post(prepared, self.notes, earlier=[self.gateway.prepare(e) for e in earlier], before=before)


def desk(kind: str, url: str, credentials: Mapping[str, Any], books: Path, posting: Mapping[str, Any], **more: Any) -> Desk:
    """A gateway for a source of a kind; its secrets are in the environment as ERP_<NAME>."""
    source = Source.model_validate(
        {"kind": kind, "url": url, "credentials": credentials, "posting": {"ledgers": ["main"], "currencies": ["USD"], **posting}, **more}
    )
    return Desk(Gateway("erp", source, books))


def secrets(monkeypatch: pytest.MonkeyPatch, values: Mapping[str, str]) -> None:
    """Secrets in the environment, and no real waiting."""
    for name, value in values.items():
        monkeypatch.setenv(f"ERP_{name.upper()}", value)
    monkeypatch.setattr("time.sleep", lambda _: None)
