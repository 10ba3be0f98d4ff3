"""NetSuite by SuiteQL against a stand-in that runs the queries: exact, complete, resumable, loud."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.extraction.extract import extract_day
from core.errors import SystemFault
from core.policy import Source
from tests.extraction.erp_books import DAY, ENGINE, delivered, line_of, place_of, small_ledger, source_of
from tieout.standins.netsuite import ACCOUNT, SECRETS, NetSuite
from tieout.standins.server import Fault, Reply


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets in the environment, and no real waiting."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(f"STANDIN_NETSUITE_{name.upper()}", value)
    monkeypatch.setattr(time, "sleep", lambda _: None)


@pytest.fixture
def netsuite() -> Iterator[NetSuite]:
    with NetSuite(small_ledger(600)) as standing:
        yield standing


def _source(netsuite: NetSuite, **more: object) -> Source:
    return source_of("netsuite", netsuite.url, "oauth1_tba", SECRETS, settings={"account": ACCOUNT, "document_key": "tranid"}, **more)


def test_every_line_arrives_once_and_exact(netsuite: NetSuite, tmp_path: Path) -> None:
    place = place_of(tmp_path)
    found = extract_day("ns", _source(netsuite), place, DAY, ENGINE)
    rows = delivered(place, "ns", DAY)
    assert len(rows) == 1200
    assert found.facts["lines"] == {"read": 1200, "delivered": 1200, "late": 0, "changed": 0}
    by_key = {(r["document_id"], r["line_id"]): r for r in rows}
    first = by_key["0000000007", "1"]
    assert (first["account"], first["amount"], first["points"], first["event_id"], first["posting_date"]) == ("0021550000", "-7.1", "-7", "A-7", "2026-03-31")
    assert sum(Decimal(r["amount"]) for r in rows) == 0
    assert len([a for a in netsuite.asked if b"ORDER BY tal.transaction" in a.body]) == 5, "four days of pages of a thousand"


def test_pages_are_kept_as_they_came_and_no_secret_is_in_any_file(netsuite: NetSuite, tmp_path: Path) -> None:
    place = place_of(tmp_path)
    extract_day("ns", _source(netsuite), place, DAY, ENGINE)
    pages = sorted(place.folder("ns", DAY).glob("line/*/*.page"))
    assert len(pages) == 5
    assert json.loads(pages[-1].read_bytes())["items"]
    everything = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert not [name for name, value in SECRETS.items() if name != "account" and value.encode() in everything]


def test_a_day_that_was_read_stands(netsuite: NetSuite, tmp_path: Path) -> None:
    place, source = place_of(tmp_path), _source(netsuite)
    extract_day("ns", source, place, DAY, ENGINE)
    asked, before = len(netsuite.asked), (place.inbox / "ns" / f"ledger_line_{DAY}.parquet").read_bytes()
    assert not extract_day("ns", source, place, DAY, ENGINE).is_new
    assert len(netsuite.asked) == asked
    extract_day("ns", source, place, DAY, ENGINE, again=True)
    assert (place.inbox / "ns" / f"ledger_line_{DAY}.parquet").read_bytes() == before, "the same ledger gives the same bytes"


def test_a_busy_system_is_asked_again(netsuite: NetSuite, tmp_path: Path) -> None:
    netsuite.faults = [
        Fault(Reply(429, b"{}", {"Retry-After": "1"})),
        Fault(Reply(400, b'{"o:errorDetails":[{"o:errorCode":"WS_REQUEST_BLOCKED"}]}')),
        Fault(Reply(503, b"busy")),
        Fault(drops=True),
        Fault(Reply(429, b"{}", {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})),
    ]
    place = place_of(tmp_path)
    extract_day("ns", _source(netsuite, deliver=["line"]), place, DAY, ENGINE)
    assert len(delivered(place, "ns", DAY)) == 1200
    netsuite.faults = [Fault(Reply(503, b"busy")) for _ in range(6)]
    with pytest.raises(SystemFault, match="no answer after 6 attempts"):
        extract_day("ns", _source(netsuite), place, DAY, ENGINE, again=True)


@pytest.mark.parametrize(
    ("mutate", "said"),
    [
        (lambda b: b.replace(b'"credit": "234.10"', b'"credit": "234,10"'), "not readable"),
        (lambda b: b.replace(b'"credit": "234.10"', b'"credit": "235.10"'), "documents balance"),
        (lambda b: b.replace(b'"credit": "234.10"', b'"credot": "234.10"'), "not asked for: credot"),
        (lambda b: b.replace(b'"items"', b'"entries"'), "no items"),
        (lambda b: b[: len(b) // 2], "cut off"),
        (lambda b: b.replace(b'"hasMore": true', b'"hasMore": false'), "control totals"),
        (lambda b: b.replace(b'"trandate": "2026-03-31"', b'"trandate": "31.03.2026"', 1), "a date is not readable"),
        (lambda b: b.replace(b'"hasMore": true', b'"hasMore": NaN'), "not readable as JSON"),
        (lambda b: b.replace(b'"hasMore"', b'"has_more"'), "whether there is more"),
    ],
    ids=["decimal comma", "amount changed", "field renamed", "list renamed", "cut off", "pages lost", "date format", "not a number", "more renamed"],
)
def test_a_changed_answer_is_loud_and_delivers_nothing(netsuite: NetSuite, tmp_path: Path, mutate: Callable[[bytes], bytes], said: str) -> None:
    netsuite.faults = [Fault(mutate=mutate, only="ORDER BY tal.transaction, tal.transactionline") for _ in range(5)]
    place = place_of(tmp_path)
    with pytest.raises(SystemFault, match=said) as told:
        extract_day("ns", _source(netsuite), place, DAY, ENGINE)
    assert told.value.exit_code == 3
    assert not list(place.inbox.rglob("*.parquet"))
    assert list(place.folder("ns", DAY).rglob("*.page")), "what was received is kept as evidence"


def test_a_killed_reading_resumes_where_it_was(netsuite: NetSuite, tmp_path: Path) -> None:
    place, source = place_of(tmp_path), _source(netsuite, deliver=["line"])
    lines = "ORDER BY tal.transaction, tal.transactionline"
    netsuite.faults = [*(Fault(only=lines) for _ in range(4)), Fault(Reply(403, b"{}"), only=lines)]
    with pytest.raises(SystemFault, match="did not let us in"):
        extract_day("ns", source, place, DAY, ENGINE)
    pages = len(list(place.folder("ns", DAY).glob("line/*/*.page")))
    asked = len(netsuite.asked)
    extract_day("ns", source, place, DAY, ENGINE)
    assert len(delivered(place, "ns", DAY)) == 1200
    again = [a for a in netsuite.asked[asked:] if b"ORDER BY tal.transaction, tal.transactionline" in a.body]
    assert pages > 3
    assert len(again) == 5 - pages


def test_late_and_changed_lines_are_seen_in_the_overlap(netsuite: NetSuite, tmp_path: Path) -> None:
    place, source = place_of(tmp_path), _source(netsuite, deliver=["line"])
    extract_day("ns", source, place, DAY, ENGINE)
    following = DAY + timedelta(days=1)
    for line, account, amount in ((1, "0021550000", "-5.55"), (2, "400000", "5.55")):
        netsuite.post(following, line_of(9001, line, account, Decimal(amount), DAY))
        netsuite.post(following, line_of(9002, line, account, Decimal(amount), following))
    netsuite.correct("0000000003", "memo", "looked at again")
    found = extract_day("ns", source, place, following, ENGINE)
    assert found.facts["lines"] == {"read": 1204, "delivered": 6, "late": 2, "changed": 2}
    assert {r["document_id"] for r in delivered(place, "ns", following)} == {"0000009001", "0000009002", "0000000003"}


def test_what_is_dated_ahead_is_delivered_on_the_day_it_is_entered(netsuite: NetSuite, tmp_path: Path) -> None:
    """Ten days later it lies outside of every window of changes: whoever waits for its date never reads it."""
    place, source = place_of(tmp_path), _source(netsuite, deliver=["line"], start=DAY)
    ahead = DAY + timedelta(days=10)
    for line, account, amount in ((1, "0021550000", "-5.55"), (2, "400000", "5.55")):
        netsuite.post(DAY, line_of(9001, line, account, Decimal(amount), ahead))
    extract_day("ns", source, place, DAY, ENGINE)
    extract_day("ns", source, place, ahead, ENGINE)
    days = [d for d in (DAY, ahead) for r in delivered(place, "ns", d) if r["document_id"] == "0000009001"]
    assert days == [DAY, DAY]


def test_accounts_limit_the_reading_and_say_so(netsuite: NetSuite, tmp_path: Path) -> None:
    place = place_of(tmp_path)
    found = extract_day("ns", _source(netsuite, accounts=["0021550000"]), place, DAY, ENGINE)
    assert len(delivered(place, "ns", DAY)) == 600
    assert str(found.facts["gates"]["documents balance"]).startswith("not applicable")  # type: ignore[index]
    balance = delivered(place, "ns", DAY, "ledger_balance")
    assert [(b["account"], b["amount"]) for b in balance] == [("0021550000", "-180360")]


def test_a_wrong_key_is_told_without_showing_it(netsuite: NetSuite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDIN_NETSUITE_TOKEN_SECRET", "canary-7f3a")
    with pytest.raises(SystemFault) as told:
        extract_day("ns", _source(netsuite), place_of(tmp_path), DAY, ENGINE)
    assert "did not let us in" in str(told.value)
    assert "canary-7f3a" not in str(told.value) + repr(told.value) + str(told.value.as_dict())
    monkeypatch.delenv("STANDIN_NETSUITE_TOKEN_SECRET")
    with pytest.raises(Exception, match="STANDIN_NETSUITE_TOKEN_SECRET"):
        extract_day("ns", _source(netsuite), place_of(tmp_path / "2"), DAY, ENGINE)
