"""Every system that takes entries, opened the same way: a stand-in that keeps what is written, and a desk that posts to it.

What belongs here: opening. What must hold of all of them is in `test_every_vendor`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.policy import Source
from tests.extraction.erp_books import small_ledger
from tests.posting.adjustments import NEXT, Desk, desk, secrets
from tieout.standins import netsuite
from tieout.standins.netsuite_writes import WritableNetSuite
from tieout.standins.quickbooks_writes import WritableQuickBooks
from tieout.standins.server import StandIn

LIABILITY, OTHER = "0021550000", "400000"


@dataclass
class Bench:
    """One system under test. `write` is part of every write request and of no other; `documents` counts what it holds under our keys."""

    system: StandIn
    desk: Desk
    source: Mapping[str, Any]
    write: str
    documents: Callable[[], int]
    shut: Callable[[date], None]
    """The system's own first open day."""
    settles: bool = False
    """Whether the vendor has no key of its own against repeats."""
    row: dict[str, str] = field(default_factory=dict)
    """What the liability line is in the next extract, besides account, amount and date."""

    def writes(self) -> int:
        return len([a for a in self.system.asked if a.method in ("PUT", "POST") and self.write in a.target + a.body.decode()])

    def reading(self, day: date) -> Source:
        return Source.model_validate({**self.source, "deliver": ["line"], "start": day})


def _bench(kind: str, system: Any, credentials: Mapping[str, Any], books: Path, source: Mapping[str, Any], posting: Mapping[str, Any], **more: Any) -> Bench:
    about = {"kind": kind, "url": system.url, "credentials": credentials, **source}
    made = desk(kind, system.url, credentials, books, posting, **source)
    more.setdefault("shut", lambda on: setattr(system, "closed_before", on))
    return Bench(system, made, about, **more)


@contextmanager
def _netsuite(monkeypatch: pytest.MonkeyPatch, books: Path) -> Iterator[Bench]:
    secrets(monkeypatch, netsuite.SECRETS)
    with WritableNetSuite(small_ledger(5), NEXT) as system:
        ids = system.know("1000", "USD", LIABILITY, OTHER)
        source = {"settings": {"account": netsuite.ACCOUNT, "document_key": "tranid"}}
        row = {"event_id": "A-77", "points": "-910", "member_id": "M000077"}
        yield _bench(
            "netsuite", system, {"kind": "oauth1_tba"}, books, source, {"ids": ids}, write="journalEntry/eid", documents=lambda: len(system.written), row=row
        )


@contextmanager
def _quickbooks(monkeypatch: pytest.MonkeyPatch, books: Path) -> Iterator[Bench]:
    secrets(monkeypatch, {"client_id": "ci", "client_secret": "cs-standin"})
    token = books / "token"
    token.write_text("rt-standin-0")
    with WritableQuickBooks(small_ledger(5), NEXT, (LIABILITY, OTHER)) as system:
        credentials = {"kind": "oauth2_refresh", "token_url": f"{system.url}/token", "secrets": {"refresh_token": f"file:{token}"}}
        source = {"settings": {"realm": "9130", "company_id": "1000", "currency": "USD"}}
        yield _bench(
            "quickbooks_online", system, credentials, books, source, {}, write="/journalentry", documents=lambda: len(system.entries), row={"event_id": "A-77"}
        )


OPEN: dict[str, Callable[[pytest.MonkeyPatch, Path], Any]] = {"netsuite": _netsuite, "quickbooks_online": _quickbooks}


def memo_of(text: str) -> str:
    """Our reference in the text of a line, as the next day's reading looks for it."""
    found = re.search(r"tieout ([0-9a-f]{12,24})( |$)", text)
    return found[1] if found else ""
