"""`tieout post` over whole books: shown, prepared, approved by another, sent once, and seen by the next close, which closes the break."""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from assets.workspace import Workspace
from connectors.http.client import Client
from core.errors import UsageFault
from tests.posting.adjustments import secrets
from tests.posting.posted_books import D1, D2, D3, approved, books, close, held, post, the, told
from tests.posting.vendors import OPEN
from tests.system.small_books import breaks, drop, event
from tests.system.system_books import copy_books, tieout
from tieout.standins.netsuite import SECRETS
from tieout.standins.netsuite_writes import WritableNetSuite
from tieout.standins.server import Fault, Reply

pytestmark = pytest.mark.minutes


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first day closed, once for all tests."""
    place = tmp_path_factory.mktemp("posted")
    with pytest.MonkeyPatch.context() as patch, OPEN["netsuite"](patch, place, held()) as bench:
        made = books(place / "books", bench.toml(D1, "gl"))
        found = close(made, D1)
    assert [(b["code"], b["business_key"], str(b["difference_amount"])) for b in found] == [("MS-03", "gone", "9.0000")]
    return made


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[WritableNetSuite]:
    with OPEN["netsuite"](monkeypatch, tmp_path, held()) as bench:
        yield bench.system


@pytest.fixture
def folder(closed: Path, system: WritableNetSuite, tmp_path: Path) -> Path:
    """Those books, their source being this test's system."""
    made = copy_books(closed, tmp_path / "books")
    toml = made / "tieout.toml"
    toml.write_text(re.sub(r'url = "http[^"]*"', f'url = "{system.url}"', toml.read_text()))
    return made


def acts(folder: Path) -> list[tuple[str, str]]:
    return [(a.body["what"], a.person) for a in Workspace(folder).store.acts.rows("posting")]


def writes(system: WritableNetSuite) -> int:
    return len([a for a in system.asked if a.method == "PUT"])


def test_a_dry_run_shows_what_would_be_sent_and_sends_nothing(folder: Path, system: WritableNetSuite) -> None:
    done = tieout("post", D1.isoformat(), "--json", books=folder)
    entry = told(done.stdout)
    assert (done.returncode, entry["state"], entry["approved"], entry["objections"]) == (0, "proposed", False, [])
    assert [(n["account"], n["debit"], n["credit"], n["points"]) for n in entry["lines"]] == [("2100", "0", "9", "-900"), ("6000", "9", "0", "")]
    assert '"credit": 9.00' in entry["requests"][0]["body"]
    assert len(entry["hash"]) == 64
    assert "Nothing was sent" in tieout("post", D1.isoformat(), books=folder).stdout
    assert (system.asked, acts(folder)) == ([], [])


def test_the_next_close_shows_the_entry_and_closes_the_break(folder: Path, system: WritableNetSuite) -> None:
    for step in (("--prepare", "--by", "Ann"), ("--approve", "--by", "Bob", "--why", "looked at the order"), ("--send", "--by", "Cid")):
        done = tieout("post", D1.isoformat(), *step, "--json", books=folder)
        assert done.returncode == 0, done.stderr
    entry = told(done.stdout)
    assert (entry["state"], entry["prepared_by"], entry["approved_by"], entry["seen_on"]) == ("created", "Ann", "Bob", None)
    assert acts(folder) == [("prepared", "Ann"), ("approved", "Bob"), ("attempt", "Cid"), ("taken", "Cid"), ("outcome", "Cid")]
    assert tieout("close", D2.isoformat(), books=folder).returncode == 0
    assert [b for b in breaks(folder, D2) if b["pair"] == "event_ledger"] == []
    entry = told(json.dumps(post(folder, D1).as_dict()))
    assert entry["seen_on"] == D2.isoformat()
    assert Workspace(folder).store.verify() == []
    kept = sorted(p.name for p in (folder / "lake" / "postings" / "erp" / entry["key"]).iterdir())
    assert kept == ["001.answer", "001.request", "entry.json"]
    everything = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    assert not [v for k, v in SECRETS.items() if k != "account" and v.encode() in everything]


def test_preparer_and_approver_are_two_people_and_an_approval_is_of_what_stands(folder: Path, system: WritableNetSuite) -> None:
    def refused(action: str, person: str, why: str = "") -> str:
        with pytest.raises(UsageFault) as told:
            post(folder, D1, action, person, why, (key,))
        return told.value.what

    key = the(post(folder, D1)).entry.key
    assert "nobody has prepared it" in refused("approve", "Bob")
    assert "the name is empty" in refused("prepare", " ")
    post(folder, D1, "prepare", "Ann")
    assert "ann prepared it and cannot approve it" in refused("approve", " ann ")
    assert "begins with =" in refused("approve", "=Bob")
    post(folder, D1, "approve", "Bob")
    toml = folder / "tieout.toml"
    toml.write_text(toml.read_text().replace('"6000" = ', '"6000" = "99", "6001" = '))
    item = the(post(folder, D1, "send", "Cid"))
    assert (item.said, item.state) == ("not approved as it stands, nothing is sent", "approved")
    assert "it has changed since; prepare it again" in refused("approve", "Bob")
    toml.write_text(toml.read_text().replace('"6000" = "99", "6001" = ', '"6000" = '))
    assert "needs a reason" in refused("withdraw", "Bob")
    post(folder, D1, "withdraw", "Bob", "wrong month")
    item = the(post(folder, D1, "send", "Cid"))
    assert (item.state, writes(system)) == ("proposed", 0)


def test_who_may_prepare_and_approve_is_policy(folder: Path) -> None:
    toml = folder / "tieout.toml"
    toml.write_text(toml.read_text().replace("posting = { ", 'posting = { preparers = ["Ann"], approvers = ["Bob"], '))
    with pytest.raises(UsageFault, match="Bob is not one of the preparers"):
        post(folder, D1, "prepare", "Bob")
    post(folder, D1, "prepare", "Ann")
    with pytest.raises(UsageFault, match="Cid is not one of the approvers"):
        post(folder, D1, "approve", "Cid")


def test_a_process_that_dies_between_call_and_outcome_leaves_unknown_and_posts_once(
    folder: Path, system: WritableNetSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(folder, D1)
    write = Client.write

    def dies(client: Client, *arguments: object) -> object:
        write(client, *arguments)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(Client, "write", dies)
    with pytest.raises(KeyboardInterrupt):
        post(folder, D1, "send", "Cid")
    monkeypatch.undo()
    secrets(monkeypatch, SECRETS)
    item = the(post(folder, D1))
    assert item.state == "unknown"
    sent = post(folder, D1, "send", "Cid")
    assert (the(sent).state, sent.exit_code, writes(system), len(system.written)) == ("already_present", 0, 1, 1)
    before = len(system.asked)
    assert the(post(folder, D1, "send", "Cid")).said == "it is done, nothing is sent"
    assert len(system.asked) == before
    assert close(folder, D2) == []


def test_a_refusal_and_an_unknown_outcome_leave_with_code_3(folder: Path, system: WritableNetSuite) -> None:
    approved(folder, D1)
    system.closed_before = D2
    done = tieout("post", D1.isoformat(), "--send", "--by", "Cid", books=folder)
    assert (done.returncode, "not within the date range" in done.stdout) == (3, True)
    system.closed_before = date.min
    system.faults = [Fault(Reply(500, b"{}"), only="journalEntry")]
    sent = post(folder, D1, "send", "Cid")
    assert (the(sent).state, sent.exit_code) == ("unknown", 3)
    sent = post(folder, D1, "send", "Cid")
    assert (the(sent).state, sent.exit_code, len(system.written)) == ("created", 0, 1)


def test_a_changed_difference_waits_until_the_ledger_shows_what_was_posted(folder: Path, system: WritableNetSuite) -> None:
    """Closing the day again with other points would ask for the whole difference once more."""
    approved(folder, D1)
    post(folder, D1, "send", "Cid")
    drop(folder, D1, [event("e1", 100, D1), event("gone", 950, D1)], [])
    (folder / "inbox" / "erp" / f"ledger_line_{D1}.csv").unlink()
    close(folder, D1)
    item = the(post(folder, D1))
    assert [o for o in item.objections if "about the same difference is created and the ledger as of 2017-01-30 does not show it" in o]
    (left,) = close(folder, D2)
    assert (left["code"], str(left["difference_amount"])) == ("AM-01", "0.5000")
    item = the(post(folder, D2))
    assert item.objections == ()
    approved(folder, D2)
    system.today = D3
    assert the(post(folder, D2, "send", "Cid")).state == "created"
    assert close(folder, D3) == []


def test_what_the_ledger_has_under_our_key_holds_back_another_entry_about_the_same(folder: Path, system: WritableNetSuite) -> None:
    """It was taken and reads back otherwise: refused as it stands, and in the ledger all the same."""
    approved(folder, D1)
    look_up = "externalid ="
    otherwise = Fault(mutate=lambda answer: re.sub(rb'("(?:debit|credit)"\s*:\s*"?)\d', rb"\g<1>7", answer), only=look_up)
    system.faults = [Fault(mutate=lambda answer: answer, only=look_up), *[otherwise] * 3]
    sent = the(post(folder, D1, "send", "Cid"))
    assert (sent.state, len(system.written)) == ("rejected", 1)
    assert "something else under our key" in sent.said
    system.faults = []
    drop(folder, D1, [event("e1", 100, D1), event("gone", 950, D1)], [])
    (folder / "inbox" / "erp" / f"ledger_line_{D1}.csv").unlink()
    close(folder, D1)
    assert [o for o in the(post(folder, D1)).objections if "about the same difference is rejected and the ledger" in o]


def test_what_a_later_close_does_not_show_is_told(folder: Path, system: WritableNetSuite) -> None:
    """The system said yes, and the next extract does not have it."""
    approved(folder, D1)
    post(folder, D1, "send", "Cid")
    for table in ("transactionline", "transactionaccountingline"):
        system._rows.execute(f'delete from {table} where "transaction" in (select id from "transaction" where externalid is not null)')
    (left,) = close(folder, D2)
    assert left["code"] == "MS-03"
    shown = post(folder, D1)
    assert "the close of 2017-01-31 does not show it" in the(shown).said
    assert shown.exit_code == 3
    assert the(post(folder, D2)).state == "created", "the same difference has the same key, and is not posted again"


def test_an_unknown_outcome_outlives_a_changed_body(folder: Path, system: WritableNetSuite) -> None:
    """Nobody is stuck: prepared and approved anew, it is looked up first."""
    approved(folder, D1)
    system.faults = [Fault(Reply(500, b"{}"), only="journalEntry")]
    assert the(post(folder, D1, "send", "Cid")).state == "unknown"
    toml = folder / "tieout.toml"
    toml.write_text(toml.read_text() + '\n[sources.erp.fields]\nevent_id = "custcol_loyalty_event"\nbatch_id = "custcol_x"\npoints = "custcol_loyalty_batch"\n')
    sent = post(folder, D1, "send", "Cid")
    assert (the(sent).state, sent.exit_code, the(sent).said) == ("unknown", 3, "not approved as it stands, nothing is sent")
    approved(folder, D1)
    assert the(post(folder, D1, "send", "Cid")).state == "created"
    assert len(system.written) == 1


def test_an_unknown_outcome_is_looked_up_even_where_it_may_not_be_sent_any_more(folder: Path, system: WritableNetSuite) -> None:
    approved(folder, D1)
    system.faults = [Fault(drops=True, only="journalEntry/eid"), *(Fault(Reply(403, b"{}"), only="externalid") for _ in range(2))]
    system.faults.insert(0, Fault(only="externalid"))
    sent = post(folder, D1, "send", "Cid")
    assert (the(sent).state, sent.exit_code, len(system.written)) == ("unknown", 3, 1)
    assert [(u.key, u.day) for u in post(folder, D1, entries=()).unresolved] == [], "it is listed itself"
    toml = folder / "tieout.toml"
    toml.write_text(toml.read_text().replace('"6000" = ', '"6000" = "99", "6001" = '))
    system.faults = []
    assert (the(post(folder, D1, "send", "Cid")).state, writes(system)) == ("already_present", 1)


def test_an_unknown_outcome_of_another_day_is_not_forgotten(folder: Path, system: WritableNetSuite) -> None:
    approved(folder, D1)
    system.faults = [Fault(Reply(500, b"{}"), only="journalEntry/eid")]
    key = the(post(folder, D1, "send", "Cid")).entry.key
    drop(folder, D1, [event("e1", 100, D1)], [])
    (folder / "inbox" / "erp" / f"ledger_line_{D1}.csv").unlink()
    close(folder, D1)
    assert [(u.source, u.key, u.day) for u in post(folder, D1).unresolved] == [("erp", key, D1)]
    assert [u.key for u in post(folder, D1, "send", "Cid").unresolved] == [key], "it is looked up, and is not there"


def test_what_arrived_without_an_answer_is_found_although_it_is_no_longer_proposed(folder: Path, system: WritableNetSuite) -> None:
    approved(folder, D1)
    system.faults = [Fault(only="externalid"), Fault(drops=True, only="journalEntry/eid"), Fault(Reply(403, b"{}"), only="externalid")]
    assert the(post(folder, D1, "send", "Cid")).state == "unknown"
    drop(folder, D1, [event("e1", 100, D1)], [])
    (folder / "inbox" / "erp" / f"ledger_line_{D1}.csv").unlink()
    close(folder, D1)
    assert len(post(folder, D1).unresolved) == 1
    assert post(folder, D1, "send", "Cid").unresolved == []
    assert acts(folder)[-1] == ("outcome", "Cid")
    assert (writes(system), len(system.written)) == (1, 1)


def test_doctor_says_where_entries_would_go(folder: Path) -> None:
    from tieout.commands.doctor import run as doctor

    def told() -> tuple[bool, str]:
        return next((e.is_well, e.finding) for e in doctor(folder).examinations if e.name == "posting to erp")

    assert told() == (True, "takes entries of gl")
    toml = folder / "tieout.toml"
    toml.write_text(toml.read_text().replace("posting = { ", 'posting = { settings = { nothing = "1" }, '))
    assert told()[0] is False


def test_what_is_not_named_is_not_posted(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="has not been closed"):
        post(folder, D3)
    with pytest.raises(UsageFault, match="is not the key of one entry"):
        post(folder, D1, entries=("abc",))
    toml = folder / "tieout.toml"
    toml.write_text(toml.read_text().replace('"ledgers" = ["gl"]', '"ledgers" = ["gl", "other"]'))
    assert the(post(folder, D1)).objections == ("no source takes entries of ledger (none named)",)
    toml.write_text(re.sub("(?m)^posting = .*$", "", toml.read_text()))
    with pytest.raises(UsageFault, match="no source takes entries"):
        post(folder, D1)
