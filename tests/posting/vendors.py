"""Every system that takes entries, opened the same way: a stand-in that keeps what is written, and a desk that posts to it.

What belongs here: opening. What must hold of all of them is in `test_every_vendor`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.soap.description import description
from core.policy import Source
from tests.extraction.erp_books import small_ledger
from tests.extraction.vendor_files import vendor_file
from tests.posting.adjustments import NEXT, Desk, desk, secrets
from tieout.standins import netsuite, odata_vendors
from tieout.standins.ledger import Ledger
from tieout.standins.netsuite_writes import WritableNetSuite
from tieout.standins.odata_writes import WritableB1, WritableBC, WritableD365
from tieout.standins.quickbooks_writes import WritableQuickBooks
from tieout.standins.sap_s4hana_writes import WritableS4
from tieout.standins.server import StandIn
from tieout.standins.suitetalk import SuiteTalk

LIABILITY, OTHER = "0021550000", "400000"


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f'"{k}" = {_toml(v)}' for k, v in value.items()) + " }"
    return json.dumps(value)


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
    is_wordless: bool = False
    """It answers a write with nothing but a status."""
    finish: Callable[[], None] = lambda: None
    """What somebody does in the system before an entry counts."""
    row: dict[str, str] = field(default_factory=dict)
    """What the liability line is in the next extract, besides account, amount and date."""

    def writes(self) -> int:
        return len([a for a in self.system.asked if a.method in ("PUT", "POST") and self.write in a.target + a.body.decode()])

    def reading(self, day: date) -> Source:
        about = {k: v for k, v in self.source.items() if k != "posting"}
        return Source.model_validate({**about, "deliver": ["line"], "start": day})

    def toml(self, start: date, ledger: str) -> str:
        """The source `erp` of books, taking entries of a ledger."""
        about = {**self.source, "deliver": ["line"], "posting": {**self.source["posting"], "ledgers": [ledger]}}
        return f"\n[sources.erp]\nstart = {start}\n" + "".join(f"{k} = {_toml(v)}\n" for k, v in about.items())


@dataclass(frozen=True)
class Held:
    """What a system holds before anything is posted."""

    ledger: Ledger = field(default_factory=lambda: small_ledger(5))
    book: str = "main"
    today: date = NEXT
    accounts: tuple[str, ...] = (LIABILITY, OTHER)


def _bench(kind: str, system: Any, credentials: Mapping[str, Any], books: Path, source: Mapping[str, Any], posting: Mapping[str, Any], **more: Any) -> Bench:
    made = desk(kind, system.url, credentials, books, posting, **source)
    about = {"kind": kind, "url": system.url, "credentials": credentials, **source, "posting": {**posting, "currencies": ["USD"]}}
    more.setdefault("shut", lambda on: setattr(system, "closed_before", on))
    return Bench(system, made, about, **more)


@contextmanager
def _netsuite(monkeypatch: pytest.MonkeyPatch, books: Path, held: Held) -> Iterator[Bench]:
    secrets(monkeypatch, netsuite.SECRETS)
    with WritableNetSuite(held.ledger, held.today, held.book) as system:
        ids = system.know("1000", "USD", *held.accounts)
        source = {"settings": {"account": netsuite.ACCOUNT, "document_key": "tranid"}}
        row = {"event_id": "A-77", "points": "-910", "member_id": "M000077"}
        count = {"is_wordless": True, "write": "journalEntry/eid", "documents": lambda: len(system.written)}
        yield _bench("netsuite", system, {"kind": "oauth1_tba"}, books, source, {"ids": ids}, row=row, **count)


@contextmanager
def _quickbooks(monkeypatch: pytest.MonkeyPatch, books: Path, held: Held) -> Iterator[Bench]:
    secrets(monkeypatch, {"client_id": "ci", "client_secret": "cs-standin"})
    token = books / "token"
    token.write_text("rt-standin-0")
    with WritableQuickBooks(held.ledger, held.today, held.accounts) as system:
        credentials = {"kind": "oauth2_refresh", "token_url": f"{system.url}/token", "secrets": {"refresh_token": f"file:{token}"}}
        source = {"settings": {"realm": "9130", "company_id": "1000", "currency": "USD"}}
        yield _bench(
            "quickbooks_online", system, credentials, books, source, {}, write="/journalentry", documents=lambda: len(system.entries), row={"event_id": "A-77"}
        )


@contextmanager
def _sap_s4hana(monkeypatch: pytest.MonkeyPatch, books: Path, held: Held) -> Iterator[Bench]:
    secrets(monkeypatch, {"user": "standin", "password": "pw-standin-odata"})
    wsdl = vendor_file("sap_s4hana", "JOURNALENTRYCREATEREQUESTCONFI.wsdl")
    with WritableS4(held.ledger, held.today, held.accounts, description(wsdl, "any").schema, held.book) as system:
        posting = {"settings": {"wsdl": str(wsdl), "user": "TIEOUT"}}
        count = {"write": "JournalEntryBulkCreateRequest", "documents": lambda: len(system.references), "settles": True}
        row = {"event_id": "A-77", "points": "-910"}
        yield _bench("sap_s4hana", system, {"kind": "basic"}, books, {"settings": {"document_key": "number"}}, posting, row=row, **count)


@contextmanager
def _netsuite_soap(monkeypatch: pytest.MonkeyPatch, books: Path, held: Held) -> Iterator[Bench]:
    secrets(monkeypatch, netsuite.SECRETS)
    wsdl = vendor_file("netsuite", "netsuite.wsdl")
    with SuiteTalk(held.ledger, held.today, held.accounts, "2023_2", description(wsdl, "any").schema) as system:
        settings = {"account": "TST", "version": "2023_2", "wsdl": str(wsdl), "currency": "USD", "zone": "-08:00", "ledger_id": held.book}
        row = {"event_id": "A-77", "points": "-910", "member_id": "M000077"}
        count = {"write": ":upsertList", "documents": lambda: len(system.written)}
        yield _bench("netsuite_soap", system, {"kind": "oauth1_tba"}, books, {"settings": settings}, {"ids": system.ids}, row=row, **count)


@contextmanager
def _sap_b1(monkeypatch: pytest.MonkeyPatch, books: Path, held: Held) -> Iterator[Bench]:
    secrets(monkeypatch, {"user": "standin", "password": "pw-standin-odata"})
    with WritableB1(held.ledger, held.today, held.accounts, held.book) as system:
        source = {"settings": {"company_db": "SBO", "company_id": "1000", "currency": "USD", "ledger_id": held.book}}
        count = {"write": '"Reference3"', "documents": lambda: len(system.documents), "settles": True}
        row = {"event_id": "A-77", "points": "-910", "member_id": "M000077"}
        yield _bench("sap_b1", system, {"kind": "session"}, books, source, {}, row=row, **count)


@contextmanager
def _business_central(monkeypatch: pytest.MonkeyPatch, books: Path, held: Held) -> Iterator[Bench]:
    secrets(monkeypatch, {"user": "standin", "password": "pw-standin-odata"})
    with WritableBC(held.ledger, held.today, held.accounts, held.book) as system:
        settings = {"tenant": "t", "company": "c-1", "company_id": "1000", "currency": "USD", "entity": "loyaltyLedgerEntries", "ledger_id": held.book}
        count = {"is_wordless": True, "write": "Microsoft.NAV.post", "documents": lambda: len(system.documents), "settles": True}
        row = {"event_id": "A-77", "points": "-910", "member_id": "M000077"}
        source = {"settings": settings, "fields": odata_vendors.BC_FIELDS}
        yield _bench("business_central", system, {"kind": "basic"}, books, source, {}, row=row, **count)


@contextmanager
def _d365_finance(monkeypatch: pytest.MonkeyPatch, books: Path, held: Held) -> Iterator[Bench]:
    secrets(monkeypatch, {"client_id": "ci", "client_secret": "cs-standin-odata"})
    with WritableD365(held.ledger, held.today, held.accounts, held.book) as system:
        source = {"settings": {"currency": "USD", "document_key": "voucher"}, "fields": odata_vendors.BC_FIELDS}
        count = {"write": '"LineNumber": 2', "documents": system.complete, "settles": True, "finish": system.post_journals}
        row = {"event_id": "A-77", "points": "-910", "member_id": "M000077"}
        credentials = {"kind": "oauth2_client", "token_url": f"{system.url}/token"}
        yield _bench("d365_finance", system, credentials, books, source, {"settings": {"journal_name": "LOYALTY"}}, row=row, **count)


OPEN: dict[str, Callable[[pytest.MonkeyPatch, Path, Held], Any]] = {
    "business_central": _business_central,
    "d365_finance": _d365_finance,
    "netsuite": _netsuite,
    "netsuite_soap": _netsuite_soap,
    "quickbooks_online": _quickbooks,
    "sap_b1": _sap_b1,
    "sap_s4hana": _sap_s4hana,
}


def memo_of(text: str) -> str:
    """Our reference in the text of a line, as the next day's reading looks for it."""
    found = re.search(r"tieout ([0-9a-f]{12,24})( |$)", text)
    return found[1] if found else ""
