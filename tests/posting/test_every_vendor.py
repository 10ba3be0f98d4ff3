"""What must hold of every system that takes entries: created once, found by our key, never twice, refused in words, unknown where nobody knows."""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.extraction.extract import extract_day
from connectors.posting.protocol import Result
from core.errors import SystemFault
from tests.extraction.erp_books import ENGINE, delivered, place_of
from tests.posting.adjustments import DAY, ENTRY, NEXT, D, another
from tests.posting.vendors import LIABILITY, OPEN, OTHER, Bench, Held, memo_of
from tieout.standins.server import Fault, Reply


@pytest.fixture(params=sorted(OPEN))
def bench(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bench]:
    with OPEN[request.param](monkeypatch, tmp_path, Held()) as made:
        yield made


def test_created_once_then_already_present(bench: Bench) -> None:
    first = bench.desk.post()
    assert (first.result, bool(first.document), first.detail) == (Result.CREATED, True, bench.desk.gateway.then), first
    writes = bench.writes()
    again = bench.desk.post()
    assert (again.result, again.document, bench.writes(), bench.documents()) == (Result.ALREADY_PRESENT, first.document, writes, 1)
    assert again.detail == bench.desk.gateway.then
    assert bench.desk.post(another(3, event_id="A-78")).result is Result.CREATED
    assert bench.documents() == 2
    bench.finish()
    assert bench.desk.post().detail == "", "nothing is left to do in the system"


def test_what_was_posted_is_in_the_next_extract(bench: Bench, tmp_path: Path) -> None:
    bench.desk.post()
    bench.finish()
    place = place_of(tmp_path)
    extract_day("erp", bench.reading(DAY), place, NEXT, ENGINE)
    rows = [r for r in delivered(place, "erp", NEXT) if memo_of(r["text"] or "")]
    assert sorted((r["account"], Decimal(r["amount"]), r["posting_date"]) for r in rows) == [
        (LIABILITY, D("-9.1"), "2026-03-31"),
        (OTHER, D("9.1"), "2026-03-31"),
    ]
    assert {memo_of(r["text"]) for r in rows} == {bench.desk.gateway.reference(ENTRY.key)}
    (line,) = [r for r in rows if r["account"] == LIABILITY]
    assert {k: line[k] for k in bench.row} == bench.row
    assert [Decimal(r["points"] or 0) for r in rows if r["account"] == OTHER] == [0], "points stand on the liability line only"


def test_a_lost_answer_makes_no_second_document(bench: Bench) -> None:
    """C11: the system took it, its answer did not arrive."""
    bench.system.faults = [Fault(drops=True, only=bench.write)]
    first = bench.desk.post()
    assert (first.result, bench.documents()) == (Result.CREATED, 1)
    assert "found by our key" in first.detail
    assert bench.desk.gateway.then in first.detail, "what is left to do is told however it came about"
    assert (bench.desk.post(seconds_since=1).result, bench.documents()) == (Result.ALREADY_PRESENT, 1)


def test_what_was_not_taken_is_unknown_until_a_look_up_that_can_be_believed(bench: Bench) -> None:
    bench.system.faults = [Fault(Reply(503, b"busy"), only=bench.write)]
    assert (bench.desk.post().result, bench.documents()) == (Result.UNKNOWN, 0)
    soon = bench.desk.post(seconds_since=1)
    assert soon.result is (Result.UNKNOWN if bench.settles else Result.CREATED)
    later = bench.desk.post(seconds_since=100_000)
    assert (later.result, bench.documents()) == (Result.CREATED if bench.settles else Result.ALREADY_PRESENT, 1)


@pytest.mark.parametrize("status", [400, 500])
def test_the_systems_own_words_reach_whoever_has_to_act(bench: Bench, status: int) -> None:
    """A fault of SOAP, its text in a language; an error in JSON; or a page of somebody in between: never just a number."""
    fault = (
        b"<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><e:Fault><faultcode>e:Server</faultcode>%s</e:Fault></e:Body></e:Envelope>"
    )
    told = b"<faultstring xml:lang='en'>Ledger is locked by AUDIT</faultstring>"
    for body in (fault % told, b'{"error": {"message": "Ledger is locked by AUDIT"}}', b"<html>Ledger is locked by AUDIT</html>"):
        bench.system.faults = [Fault(Reply(status, body), only=bench.write)]
        said = bench.desk.post()
        assert (said.result in (Result.UNKNOWN, Result.REJECTED), bench.documents()) == (True, 0)
        assert f"{status}" in said.detail or said.result is Result.REJECTED
        assert "Ledger is locked by AUDIT" in said.detail, body


def test_a_busy_system_is_looked_at_before_it_is_asked_again(bench: Bench) -> None:
    bench.system.faults = [Fault(Reply(429, b"{}", {"Retry-After": "2"}), only=bench.write) for _ in range(2)]
    assert (bench.desk.post().result, bench.documents()) == (Result.CREATED, 1)
    order = "".join("w" if a.method in ("PUT", "POST") and bench.write in a.target + a.body.decode() else "l" for a in bench.system.asked)
    assert re.match("l+wl+wl+w", order), order


def test_a_refusal_says_why_and_can_be_tried_again(bench: Bench) -> None:
    bench.shut(NEXT)
    refused = bench.desk.post()
    assert (refused.result, bench.documents()) == (Result.REJECTED, 0)
    assert "period" in refused.detail
    bench.shut(DAY)
    assert bench.desk.post(rejections=1).result is Result.CREATED


def test_another_entry_under_our_key_is_never_overwritten(bench: Bench) -> None:
    bench.desk.post()
    writes = bench.writes()
    larger = replace(ENTRY, lines=tuple(replace(n, debit=n.debit * 2, credit=n.credit * 2) for n in ENTRY.lines))
    found = bench.desk.post(larger)
    assert (found.result, bench.writes()) == (Result.REJECTED, writes)
    assert f"{LIABILITY} -9.10" in found.detail


def test_an_answer_that_cannot_be_read_is_not_taken_for_an_outcome(bench: Bench) -> None:
    bench.system.faults = [Fault(mutate=lambda b: b"{" if b else b"<", only=bench.write)]
    found = bench.desk.post()
    assert found.result is (Result.CREATED if bench.is_wordless else Result.UNKNOWN)
    assert bench.documents() == 1
    assert bench.desk.post(seconds_since=1).result is Result.ALREADY_PRESENT


def test_nothing_is_sent_where_nobody_can_look(bench: Bench) -> None:
    bench.desk.post(another(5))
    asked = len(bench.system.asked)
    bench.system.faults = [Fault(Reply(503, b"")) for _ in range(20)]
    with pytest.raises(SystemFault):
        bench.desk.post()
    assert bench.documents() == 1
    assert len(bench.system.asked) > asked


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"currency": "EUR"}, "its currency EUR is not one of the ledger's"),
        ({"event_id": "x" * 301}, "characters the system has room for"),
        ({"lines": ENTRY.lines[:1]}, "debits and credits are not equal"),
        ({"lines": (replace(ENTRY.lines[0], credit=D("9.105")), replace(ENTRY.lines[1], debit=D("9.105")))}, "9.105 has more than 2 decimals"),
        ({"lines": (ENTRY.lines[0], replace(ENTRY.lines[1], account="unassigned:sales"))}, "line 2 has no account"),
    ],
)
def test_what_a_ledger_should_not_take_never_leaves(bench: Bench, changed: dict[str, object], said: str) -> None:
    prepared = bench.desk.gateway.prepare(another(1, **changed))
    assert [o for o in prepared.objections if said in o], prepared.objections
    assert prepared.drafts == ()
    assert bench.system.asked == []


def test_what_was_sent_for_another_day_is_found_before_it_is_sent_again(bench: Bench) -> None:
    """The same difference is proposed every day, with that day's date; some systems find a key only among the entries of a day."""
    first = bench.desk.post()
    writes = bench.writes()
    again = bench.desk.post(replace(ENTRY, posting_date=NEXT), seconds_since=100_000, earlier=[ENTRY])
    assert (again.result, again.document) == (Result.ALREADY_PRESENT, first.document)
    assert (bench.writes(), bench.documents()) == (writes, 1)


def test_what_the_system_says_it_took_is_not_sent_again(bench: Bench) -> None:
    """It numbered the document anew, or the reader may not see it: the key is never found. Only a key of the vendor's own makes a repeat harmless."""
    said = bench.desk.post(seconds_since=100_000, taken=True)
    assert (said.result, said.taken) == ((Result.UNKNOWN, True) if bench.settles else (Result.CREATED, False))
    assert bench.documents() == (0 if bench.settles else 1)
    if bench.settles:
        assert (said.document, "it is not sent again unless it is withdrawn" in said.detail) == ("4711", True)
