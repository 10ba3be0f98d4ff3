"""QuickBooks Online: what only it does. `requestid` replays an answer, refusals too; the private note carries our key."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.extraction.extract import extract_day
from connectors.posting.protocol import Result
from core.errors import SystemFault
from tests.extraction.erp_books import ENGINE, delivered, place_of
from tests.posting.adjustments import DAY, ENTRY, NEXT, another, desk
from tests.posting.vendors import OPEN, Bench, Held, memo_of


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bench]:
    with OPEN["quickbooks_online"](monkeypatch, tmp_path, Held()) as made:
        yield made


def test_the_body_is_what_quickbooks_takes(bench: Bench) -> None:
    bench.desk.post()
    (sent,) = [a for a in bench.system.asked if bench.write in a.target]
    assert sent.target == "/v3/company/9130/journalentry?requestid=0123456789abcdef01234-0&minorversion=75&include=allowduplicatedocnum"
    assert b'"Amount": 9.10' in sent.body
    body = json.loads(sent.body)
    assert (body["DocNumber"], body["PrivateNote"][:30]) == ("A-77", "tieout 0123456789abcdef01234: ")
    assert [n["JournalEntryLineDetail"]["PostingType"] for n in body["Line"]] == ["Credit", "Debit"]


def test_a_refusal_is_not_replayed_once_its_reason_is_gone(bench: Bench) -> None:
    bench.shut(NEXT)
    assert bench.desk.post().result is Result.REJECTED
    bench.shut(DAY)
    assert bench.desk.post().result is Result.REJECTED, "the vendor answers the same requestid with the same words"
    assert bench.desk.post(rejections=1).result is Result.CREATED


def test_an_event_id_that_does_not_fit_is_refused_and_never_cut(bench: Bench) -> None:
    prepared = bench.desk.gateway.prepare(another(2, event_id="A-" + "7" * 20))
    assert [o for o in prepared.objections if "doc_number 'A-77777777777777777777' is longer than the 21" in o]
    assert bench.desk.gateway.prepare(replace(ENTRY, text="x" * 5000)).objections == (), "an explanation is cut"


def test_a_day_with_more_entries_than_one_answer_holds_is_not_guessed(bench: Bench) -> None:
    bench.system.entries = [{"Id": str(n), "TxnDate": DAY.isoformat(), "PrivateNote": "of others", "Line": []} for n in range(1000)]  # type: ignore[attr-defined]
    with pytest.raises(SystemFault, match="there may be more"):
        bench.desk.post()
    assert bench.writes() == 0


def test_where_the_memo_is_the_events_the_entry_is_written_as_it_is_read(bench: Bench, tmp_path: Path) -> None:
    """The event is the line's memo, our key the document's number, and the next close finds both without another setting."""
    about = bench.source = {**bench.source, "settings": {**bench.source["settings"], "event_in": "memo"}}
    made = desk("quickbooks_online", about["url"], about["credentials"], tmp_path, about["posting"], settings=about["settings"])
    assert made.post().result is Result.CREATED
    (entry,) = bench.system.entries  # type: ignore[attr-defined]
    assert (entry["DocNumber"], {n["Description"] for n in entry["Line"]}) == ("0123456789abcdef01234", {"A-77"})
    assert made.post().result is Result.ALREADY_PRESENT
    extract_day("erp", bench.reading(DAY), place_of(tmp_path), NEXT, ENGINE)
    rows = [r for r in delivered(place_of(tmp_path), "erp", NEXT) if memo_of(r["text"] or "")]
    assert [(r["event_id"], memo_of(r["text"])) for r in rows] == [("A-77", "0123456789abcdef01234")] * 2
