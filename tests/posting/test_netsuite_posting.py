"""NetSuite by REST: one upsert by our key, found again by it, whatever happens on the way."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.extraction.extract import extract_day
from connectors.posting.protocol import Result
from core.errors import SystemFault
from core.policy import Source
from tests.extraction.erp_books import ENGINE, delivered, place_of, small_ledger
from tests.posting.adjustments import DAY, ENTRY, NEXT, D, Desk, another, desk, secrets
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
    assert sent.target == "/services/rest/record/v1/journalEntry/eid:0123456789abcdef01234567"
    assert b'"credit": 9.10' in sent.body, "the amount in its own digits"
    lines = json.loads(sent.body)["line"]["items"]
    assert [(n.get("custcol_loyalty_event"), n.get("custcol_loyalty_points")) for n in lines] == [("A-77", "-910"), ("A-77", None)]


def test_what_was_posted_is_in_the_next_extract(system: WritableNetSuite, at: Desk, tmp_path: Path) -> None:
    at.post()
    place = place_of(tmp_path)
    source = Source.model_validate({
        "kind": "netsuite", "url": system.url, "credentials": {"kind": "oauth1_tba"}, "settings": {"account": ACCOUNT, "document_key": "tranid"},
        "deliver": ["line"], "start": DAY,
    })  # fmt: skip
    extract_day("erp", source, place, NEXT, ENGINE)
    rows = [r for r in delivered(place, "erp", NEXT) if r["document_id"] == "JE-01234567"]
    assert [(r["account"], Decimal(r["amount"]), r["event_id"], r["points"], r["member_id"], r["posting_date"]) for r in rows] == [
        ("0021550000", D("-9.1"), "A-77", "-910", "M000077", "2026-03-31"), ("400000", D("9.1"), "A-77", None, "M000077", "2026-03-31"),
    ]  # fmt: skip
    assert {r["text"] for r in rows} == {"tieout 0123456789abcdef01234567 MS-03 A-77"}


@pytest.mark.parametrize("lost", [Fault(drops=True, only=RECORD), Fault(Reply(503, b"busy"), only=RECORD)], ids=["after it took it", "before it took it"])
def test_a_lost_answer_is_looked_up_and_never_posted_twice(system: WritableNetSuite, at: Desk, lost: Fault) -> None:
    took_it = lost.drops
    system.faults = [lost]
    first = at.post()
    assert first.result == (Result.CREATED if took_it else Result.UNKNOWN)
    assert at.post(seconds_since=1).result == (Result.ALREADY_PRESENT if took_it else Result.CREATED)
    assert len(system.written) == 1


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


def test_a_refusal_says_why_and_leaves_nothing(system: WritableNetSuite, at: Desk) -> None:
    system.closed_before = NEXT
    refused = at.post()
    assert refused.result is Result.REJECTED
    assert "not within the date range" in refused.detail
    system.closed_before = DAY
    assert at.post().result is Result.CREATED


def test_another_entry_under_our_key_is_never_overwritten(system: WritableNetSuite, at: Desk) -> None:
    at.post()
    larger = replace(ENTRY, lines=tuple(replace(n, debit=n.debit * 2, credit=n.credit * 2) for n in ENTRY.lines))
    found = at.post(larger)
    assert found.result is Result.REJECTED
    assert "has 0021550000 -9.10; 400000 9.10" in found.detail
    assert writes(system) == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"currency": "EUR"}, "its currency EUR is not one of the ledger's"),
        ({"company_id": "2000"}, "the system's id of company 2000 is not named"),
        ({"event_id": "x" * 301}, "longer than the 300 characters"),
        ({"lines": ENTRY.lines[:1]}, "debits and credits are not equal"),
        ({"lines": (replace(ENTRY.lines[0], credit=D("9.105")), replace(ENTRY.lines[1], debit=D("9.105")))}, "9.105 has more than 2 decimals"),
        ({"lines": (ENTRY.lines[0], replace(ENTRY.lines[1], account="unassigned:sales"))}, "line 2 has no account"),
    ],
)
def test_what_a_ledger_should_not_take_never_leaves(system: WritableNetSuite, at: Desk, changed: dict[str, object], said: str) -> None:
    prepared = at.gateway.prepare(another(1, **changed))
    assert [o for o in prepared.objections if said in o]
    assert prepared.drafts == ()
    assert system.asked == []


def test_the_hash_is_over_all_that_would_be_sent(at: Desk) -> None:
    before = at.gateway.prepare(ENTRY).fingerprint
    assert at.gateway.prepare(ENTRY).fingerprint == before
    changes: list[dict[str, object]] = [{"posting_date": NEXT}, {"event_id": "A-78"}, {"text": "because"}, {"lines": ENTRY.lines[::-1]}]
    assert before not in {at.gateway.prepare(replace(ENTRY, **c)).fingerprint for c in changes}  # type: ignore[arg-type]
