"""NetSuite by REST: one upsert by our key, found again by it, whatever happens on the way."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.posting.protocol import Result
from core.errors import SystemFault
from tests.extraction.erp_books import small_ledger
from tests.posting.adjustments import ENTRY, NEXT, Desk, desk, secrets
from tieout.standins.netsuite import ACCOUNT, SECRETS
from tieout.standins.netsuite_writes import WritableNetSuite
from tieout.standins.server import Fault, Reply

RECORD = "journalEntry"


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Iterator[WritableNetSuite]:
    secrets(monkeypatch, SECRETS)
    with WritableNetSuite(small_ledger(5), NEXT) as standing:
        yield standing


@pytest.fixture
def at(system: WritableNetSuite, tmp_path: Path) -> Desk:
    ids = system.know("1000", "USD", "0021550000", "400000")
    return desk("netsuite", system.url, {"kind": "oauth1_tba"}, tmp_path, {"ids": ids}, settings={"account": ACCOUNT, "document_key": "tranid"})


def writes(system: WritableNetSuite) -> int:
    return len([a for a in system.asked if a.method == "PUT"])


def test_created_once_then_already_present(system: WritableNetSuite, at: Desk) -> None:
    first = at.post()
    assert (first.result, first.document) == (Result.CREATED, "JE-01234567")
    again = at.post()
    assert (again.result, again.document, writes(system), at.notes.attempts) == (Result.ALREADY_PRESENT, "JE-01234567", 1, 1)
    (sent,) = [a for a in system.asked if a.method == "PUT"]
    assert sent.target == "/services/rest/record/v1/journalEntry/eid:0123456789abcdef01234567?replace=line", "a repeat adds no lines to the first"
    assert b'"credit": 9.10' in sent.body, "the amount in its own digits"
    lines = json.loads(sent.body)["line"]["items"]
    assert [(n.get("custcol_loyalty_event"), n.get("custcol_loyalty_points")) for n in lines] == [("A-77", "-910"), ("A-77", None)]


def test_an_answer_lost_while_the_system_cannot_be_asked_stays_unknown(system: WritableNetSuite, at: Desk) -> None:
    system.faults = [Fault(drops=True, only=RECORD), *(Fault(Reply(503, b""), only="externalid") for _ in range(6))]
    asked_before = Fault(only="externalid")
    system.faults.insert(0, asked_before)
    with pytest.raises(SystemFault, match="no answer after 6 attempts"):
        at.post()
    assert (at.notes.attempts, len(system.written)) == (1, 1), "the attempt is on record although nobody knows its outcome"
    assert at.post(seconds_since=5).result is Result.ALREADY_PRESENT
    assert len(system.written) == 1


def test_a_busy_system_is_asked_again_after_a_look(system: WritableNetSuite, at: Desk) -> None:
    system.faults = [Fault(Reply(429, b"{}", {"Retry-After": "2"}), only=RECORD), Fault(Reply(400, b"WS_REQUEST_BLOCKED"), only=RECORD)]
    assert at.post().result is Result.CREATED
    order = ["write" if a.method == "PUT" else "look" for a in system.asked]
    assert order == ["look", "write", "look", "write", "look", "write", "look"]


def test_the_hash_is_over_all_that_would_be_sent(at: Desk) -> None:
    before = at.gateway.prepare(ENTRY).fingerprint
    assert at.gateway.prepare(ENTRY).fingerprint == before
    changes: list[dict[str, object]] = [{"posting_date": NEXT}, {"event_id": "A-78"}, {"text": "because"}, {"lines": ENTRY.lines[::-1]}]
    assert before not in {at.gateway.prepare(replace(ENTRY, **c)).fingerprint for c in changes}  # type: ignore[arg-type]
