"""Certificates over whole books: issued day after day, never at a period's end, withdrawn when what they were about changes, sampled by people."""

from datetime import date
from pathlib import Path

import pytest

from assets.workspace import Workspace
from core.errors import UsageFault
from tests.system.small_books import close, drop, event, fill, line, make
from tieout.commands.certify import is_outstanding, perform_again, run, sample

pytestmark = pytest.mark.minutes
POLICY = '\n[certification]\nversion = "1"\napproved_by = "Cid"\napproved_on = 2017-01-01\npairs = ["delivery", "event_ledger"]\n'
D1, D2, D3 = date(2017, 1, 29), date(2017, 1, 30), date(2017, 1, 31)


def test_the_life_of_certificates(tmp_path: Path) -> None:
    books = make(tmp_path / "books", POLICY)
    fill(books, D1, 3)
    close(books, D1, D3)
    unjudged = {"order_event", "member_balance", "control_account", "ledger_roll", "balance_events"}
    second = run(books, D2)
    assert second.refused["event_ledger"] == ["day_before_unsigned"]
    first = run(books, D1)
    assert first.refused["event_ledger"] == first.refused["day"] == []
    assert run(books, D2).refused["day"] == []
    assert {p for p, codes in first.refused.items() if codes == ["not_compared"]} - {"day"} == unjudged, "also where neither side was delivered"
    shown = (books / "reports" / D1.isoformat() / "digest.txt").read_text()
    assert "Can be certified?" in shown
    assert "period_end" in (books / "reports" / D3.isoformat() / "digest.txt").read_text()
    assert "period_end" in run(books, D3).refused["day"]
    issued = Workspace(books).store.acts.rows("certificate")
    assert {a.body["policy"]["approved_by"] for a in issued} == {"Cid"}
    assert run(books, D1).refused["event_ledger"] == []
    assert len(Workspace(books).store.acts.rows("certificate")) == len(issued)

    drop(books, D1, [event("more", 5, D1)], [line("more", 5, D1)], part="_2")
    assert "input_changed" in run(books, D1).refused["event_ledger"]
    close(books, D1, D3)
    withdrawn = [a for a in Workspace(books).store.acts.rows("certificate") if a.body["what"] == "withdrawn"]
    assert {(a.effective_date, a.body["scope"]) for a in withdrawn} == {(a.effective_date, a.body["scope"]) for a in issued}
    assert "what was delivered or decided" in withdrawn[0].body["changed"]

    assert sample(books, "2017-01").days == {D1: "", D2: ""}
    assert perform_again(books, D1, "Ann", "counted by hand").days == {D1: "Ann", D2: ""}
    assert not is_outstanding(Workspace(books), D2), "the sample of a month is drawn from months before"
    assert is_outstanding(Workspace(books), date(2017, 2, 1))
    assert is_outstanding(Workspace(books), date(2017, 3, 1)), "a month in which nothing is certified does not end the wait"
    perform_again(books, D2, "Ann", "counted by hand")
    assert not is_outstanding(Workspace(books), date(2017, 3, 1))
    toml = books / "tieout.toml"
    toml.write_text(toml.read_text().replace('version = "1"', 'version = "2"'))
    assert sample(books, "2017-01").days == {D1: "Ann", D2: "Ann"}
    assert run(books, D1).refused["day"] == ["configuration_changed"], "what was closed under another policy is closed again first"
    close(books, D1, D3, again=True)
    assert run(books, D1).refused["day"] == [], "closed again and in order, so certified again"
    assert sample(books, "2017-01").days == {D1: "", D2: "Ann"}, "what was performed again were other figures"
    with pytest.raises(UsageFault, match="not in the sample"):
        perform_again(books, D3, "Ann", "counted by hand")
    with pytest.raises(UsageFault, match="is no period"):
        sample(books, "2017-P01")


def test_a_certificate_falls_with_the_rules_it_was_made_under(tmp_path: Path) -> None:
    books = make(tmp_path / "books", POLICY)
    fill(books, D1, 2)
    close(books, D1, D2)
    for day in (D1, D2):
        assert run(books, day).refused["day"] == []
    rules = books / "match_rules" / "member_balance.toml"
    rules.write_text(rules.read_text().replace('version = "1"', 'version = "2"'))
    assert "configuration_changed" in run(books, D2).refused["day"], "nobody has closed the day under these rules"
    assert _withdrawn(books) == {D2}, "and the certificate it had is withdrawn"
    close(books, D2, again=True)
    assert _withdrawn(books) == {D1, D2}, "a close under other rules leaves no certificate of an earlier day standing"
    assert run(books, D2).refused["day"] == ["day_before_unsigned"]
    close(books, D1, D2, again=True)
    assert [run(books, day).refused["day"] for day in (D1, D2)] == [[], []]


def _withdrawn(books: Path) -> set[date]:
    acts = [a for a in Workspace(books).store.acts.rows("certificate") if a.body["what"] == "withdrawn"]
    assert all(any("rules" in words for words in a.body["changed"]) for a in acts)
    return {a.effective_date for a in acts}


def test_without_an_approved_policy_nothing_is_certified(tmp_path: Path) -> None:
    books = make(tmp_path / "books")
    fill(books, D1, 1)
    close(books, D1)
    with pytest.raises(UsageFault, match="no certification policy"):
        run(books, D1)
    assert "Can be certified?" not in (books / "reports" / D1.isoformat() / "digest.txt").read_text()
