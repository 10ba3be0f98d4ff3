"""Spec of the rule files: what each pass of event_ledger's ladder does with a line, and what a file can change.

One point is worth 0.01; amounts are owed (+)."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.errors import UsageFault
from core.match_rules import MODELS, read_match_rules, shipped_match_rules, shipped_text
from tests.reconcilers.event_ledger.ledger_books import LedgerBooks, codes
from tests.spec.test_event_ledger import posted

MON, TUE, FRI = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 6)
NEXT_MON, NEXT_TUE = date(2026, 3, 9), date(2026, 3, 10)
Found = set[tuple[str, str]]


def loose(books: LedgerBooks, document: str, owed: str, on: date = MON, points: str | None = None, member: str | None = "m1", **more: Any) -> str:
    """A line that names neither an event nor a batch."""
    return books.line(document, owed, on, points=points, member_id=member, global_id=member, **more)


def matched(closed: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(r["rule_id"], r["rung"], r["cardinality"]) for r in closed["match"]}


# ------------------------------------------------------------------------------------------------------------------------ files
def test_what_is_shipped_is_what_books_without_files_do(tmp_path: Path) -> None:
    for pair in MODELS:
        (tmp_path / f"{pair}.toml").write_text(shipped_text(pair), encoding="utf-8")
    assert read_match_rules(tmp_path) == shipped_match_rules() == read_match_rules(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("event_ledger", "[suggestion]\nmax_item = 3", "unknown key suggestion.max_item; did you mean max_items?"),
        ("event_ledger", "[sugestion]\nmax_items = 3", "unknown key sugestion; did you mean suggestion?"),
        ("member_balance", "[date_lag]\nlater_days = 3", "unknown key date_lag"),
        ("event_ledgers", "", "event_ledgers is no pair; did you mean event_ledger?"),
        ("member_balance", "[[tolerance.limits]]\nright_higher = 0.01", "write it as a quoted string"),
        ("member_balance", '[[tolerance.limits]]\ncap = "1%"', "a cap is an amount of money"),
        ("member_balance", "[[tolerance.limits]]\n[[tolerance.limits]]", "two limits for one currency"),
        ("member_balance", '[[tolerance.limits]]\nright_lower = "100%"', "finds no difference"),
        ("event_ledger", '[[group_sum]]\nid = "manifest"\nkeys = ["member"]', "manifest is a pass"),
        ("order_event", '[date_lag]\nweekend = ["sonday"]', "did you mean sunday?"),
        ("event_ledger", '[[group_sum]]\nid = "g"\nkeys = []', "one or more of member, order and date"),
        ("event_ledger", '[[group_sum]]\nid = "g"\nkeys = ["member", "member"]', "each once"),
        ("event_ledger", '[[group_sum]]\nid = "g"\nkeys = ["member"]\n[[group_sum]]\nid = "g"\nkeys = ["order"]', "two groups of one id"),
        ("event_ledger", "[date_lag]\nholidays = [2026-13-25]", "event_ledger.toml:4"),
    ],
)
def test_a_file_is_strict(tmp_path: Path, name: str, text: str, says: str) -> None:
    path = tmp_path / f"{name}.toml"
    path.write_text(f'pair = "{name}"\nversion = "1"\n{text}\n', encoding="utf-8")
    with pytest.raises(UsageFault) as fault:
        read_match_rules(tmp_path)
    assert says in str(fault.value)
    assert str(path) in str(fault.value)


def test_the_version_of_a_rule_is_the_hash_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "event_ledger.toml").write_text(shipped_text("event_ledger") + "# a remark\n", encoding="utf-8")
    was, now = ({str(r.pair): r.rule_version for r in rules} for rules in (shipped_match_rules(), read_match_rules(tmp_path)))
    assert {pair for pair in was if was[pair] != now[pair]} == {"event_ledger"}
    books = LedgerBooks(rules={})
    books.event("e1", "100", MON)
    posted(books, on=MON)
    assert {r["rule_version"] for r in books.close(MON)["match"]} == {"changed"}


# -------------------------------------------------------------------------------------------------------------------- tolerance
TOLERANCES: list[tuple[str, list[dict[str, str]], str, str | None]] = [
    # says, limits, what the ledger has for 100.00, code
    ("the programme's, both ways", [], "100.01", "AM-03"),
    ("the programme's, just beyond", [], "100.0101", "AM-02"),
    ("a percentage upwards only: higher", [{"right_higher": "1%", "right_lower": "0%"}], "101.00", "AM-03"),
    ("a percentage upwards only: lower", [{"right_higher": "1%", "right_lower": "0%"}], "99.9999", "AM-02"),
    ("the other direction keeps the programme's", [{"right_higher": "1%"}], "99.99", "AM-03"),
    ("an amount, equality is within", [{"right_higher": "0.05"}], "100.05", "AM-03"),
    ("an amount, one ten-thousandth more", [{"right_higher": "0.05"}], "100.0501", "AM-02"),
    ("a percentage with a cap, below it", [{"right_higher": "1%", "cap": "0.50"}], "100.50", "AM-03"),
    ("a percentage with a cap, above it", [{"right_higher": "1%", "cap": "0.50"}], "100.5001", "AM-02"),
    ("another currency's limit", [{"currency": "EUR", "right_higher": "1%"}], "100.50", "AM-02"),
    ("its currency's limit beats the one for all", [{"right_higher": "0.01"}, {"currency": "USD", "right_higher": "1%"}], "100.50", "AM-03"),
]


@pytest.mark.parametrize(("says", "limits", "owed", "code"), TOLERANCES, ids=[c[0] for c in TOLERANCES])
def test_tolerance(says: str, limits: list[dict[str, str]], owed: str, code: str) -> None:
    books = LedgerBooks(rules={"tolerance": {"limits": limits}})
    books.event("e1", "10000", MON)
    posted(books, points="10000", owed=owed, on=MON)
    assert codes(books.close(MON)) == {(code, "e1")}, says


# ---------------------------------------------------------------------------------------------------------------------- calendars
@pytest.mark.parametrize(
    ("says", "lag", "code"),
    [
        ("calendar days: due on Saturday", {}, "MS-03"),
        ("business days: due on Monday, so open at its close", {"calendar": "business_days"}, "MS-03"),
        ("Monday is a holiday", {"calendar": "business_days", "holidays": [NEXT_MON]}, "TM-01"),
        ("Friday and Saturday are the weekend: due on Sunday", {"calendar": "business_days", "weekend": ["friday", "saturday"]}, "MS-03"),
    ],
)
def test_business_days(says: str, lag: dict[str, Any], code: str) -> None:
    books = LedgerBooks(windows={"posting_days": 1}, rules={"date_lag": lag})
    books.event("e1", "100", FRI)
    days = books.run(FRI, 4)
    assert codes(days[0]) == {("TM-01", "e1")}
    assert codes(days[2]) == {("MS-03" if "calendar" not in lag or lag.get("weekend") else "TM-01", "e1")}, says
    assert codes(days[3]) == {(code, "e1")}, says


def test_a_line_may_come_later_than_the_window_where_the_file_says_so() -> None:
    for later, expected in ((2, {("MS-03", "e1"), ("MS-02", "gl/1000/d1/1")}), (3, set())):
        books = LedgerBooks(rules={"date_lag": {"later_days": later}})
        books.event("e1", "100", FRI)
        loose(books, "d1", "1.00", NEXT_MON, points="100")
        days = books.run(FRI, 5)
        assert codes(days[3]) == codes(days[4]) == expected
        assert matched(days[3]) == ({("date_lag", "date_lag", "1:1")} if not expected else set())


# ---------------------------------------------------------------------------------------------------- composite, groups, suggestions
def test_an_order_can_be_required() -> None:
    for order, expected in (("when_stated", set()), ("required", {("MS-03", "e1"), ("MS-02", "gl/1000/d1/1")})):
        books = LedgerBooks(rules={"composite": {"order": order}})
        books.event("e1", "100", MON, order_id="o1")
        loose(books, "d1", "1.00", points="100")
        assert codes(books.close(MON)) == expected


WED = date(2026, 3, 4)


def test_a_match_of_an_earlier_day_is_not_undone_by_what_fits_as_well() -> None:
    # the same units every day, each posted on its day: the line of Tuesday would also be in time for the event of Monday, which has its own
    books = LedgerBooks(windows={"posting_days": 2})
    for n, day in enumerate((MON, TUE, WED)):
        books.event(f"e{n}", "30", day)
        loose(books, f"d{n}", "0.30", day, points="30")
    days = books.run(MON, 4)
    assert [codes(d) for d in days] == [set()] * 4
    assert [[m["left_refs"] for m in d["match"]] for d in days] == [["e0"], ["e1"], ["e2"], []]
    assert [d["violations"] for d in days] == [[]] * 4


def test_a_second_line_for_a_matched_event_is_the_one_without_event() -> None:
    books = LedgerBooks(windows={"posting_days": 2})
    books.event("e1", "30", MON)
    loose(books, "d1", "0.30", MON, points="30")
    ref = loose(books, "d2", "0.30", TUE, points="30")
    assert [codes(d) for d in books.run(MON, 2)] == [set(), {("MS-02", ref)}]


def test_lines_of_one_day_that_fit_one_event_stay_ambiguous() -> None:
    books = LedgerBooks(windows={"posting_days": 2})
    books.event("e1", "30", MON)
    refs = [loose(books, f"d{n}", "0.30", MON, points="30") for n in range(2)]
    for closed in books.run(MON, 2):
        assert {c for c in codes(closed) if c[0] != "TM-01"} == {("AB-01", r) for r in refs}


def test_a_line_that_names_the_event_comes_before_an_earlier_match() -> None:
    books = LedgerBooks(windows={"posting_days": 2})
    books.event("e1", "30", MON)
    ref = loose(books, "d1", "0.30", MON, points="30")
    books.line("d2", "0.30", TUE, points="30", event_id="e1", member_id="m1", global_id="m1")
    assert [codes(d) for d in books.run(MON, 2)] == [set(), {("MS-02", ref)}]


GROUPS: list[tuple[str, list[dict[str, Any]], list[str], list[tuple[str, str]], set[str], str]] = [
    # says, rules, events of one order (points), lines (points, money), codes, match
    ("1:N two documents make up the event", [], ["100"], [("60", "0.60"), ("40", "0.40")], set(), "1:N"),
    ("N:1 one line for two events", [], ["100", "-30"], [("70", "0.70")], set(), "N:1"),
    ("N:M three events, two lines", [], ["100", "50", "-30"], [("90", "0.90"), ("30", "0.30")], set(), "N:M"),
    ("sums that differ match nothing", [], ["100", "-30"], [("71", "0.71")], {"MS-01", "MS-02", "MS-03"}, ""),
    ("equal units with other money match nothing", [], ["100", "-30"], [("70", "0.71")], {"MS-01", "MS-02", "MS-03"}, ""),
    ("no group is declared", [{}], ["100", "-30"], [("70", "0.70")], {"MS-01", "MS-02", "MS-03"}, ""),
    ("suggested only", [{"id": "g", "keys": ["member", "order"], "outcome": "suggest"}], ["100", "-30"], [("70", "0.70")], {"MS-01", "MS-02", "MS-03"}, ""),
    ("by the day", [{"id": "g", "keys": ["member", "date"]}], ["100", "-30"], [("70", "0.70")], set(), "N:1"),
]


@pytest.mark.parametrize(("says", "groups", "events", "lines", "expected", "cardinality"), GROUPS, ids=[c[0] for c in GROUPS])
def test_group_sum(says: str, groups: list[Any], events: list[str], lines: list[tuple[str, str]], expected: set[str], cardinality: str) -> None:
    books = LedgerBooks(rules={"group_sum": [g for g in groups if g]} if groups else {})
    for n, points in enumerate(events):
        books.event(f"e{n}", points, MON, order_id="o1")
    for n, (points, owed) in enumerate(lines):
        loose(books, f"d{n}", owed, points=points, order_id="o1")
    first, second = books.run(MON, 2)
    assert {c for c, _ in codes(first)} == {c for c, _ in codes(second)} == expected, says
    assert {c for _, rung, c in matched(first) if rung == "group_sum"} == ({cardinality} if cardinality else set())
    assert matched(second) == set()
    assert first["violations"] == second["violations"] == []


def test_a_group_of_an_earlier_day_is_not_undone_by_what_comes_later() -> None:
    for keys in (["member", "order"], ["member", "date"]):
        books = LedgerBooks(windows={"posting_days": 1}, rules={"group_sum": [{"id": "g", "keys": keys}]})
        for n, points in enumerate(("100", "200")):
            books.event(f"e{n}", points, MON, order_id="o1")
        loose(books, "d1", "3.00", points="300", order_id="o1")
        books.event("e3", "50", MON, order_id="o1", late=TUE)
        late = loose(books, "d2", "1.00", TUE, points="100", order_id="o1")
        days = books.run(MON, 3)
        assert matched(days[0]) == {("g", "group_sum", "N:1")}
        assert [codes(d) for d in days[1:]] == [{("MS-03", "e3"), ("MS-02", late)}] * 2, "the new event and the new line look among what is left"
        assert [matched(d) for d in days[1:]] == [set(), set()]
        assert [d["violations"] for d in days] == [[]] * 3


def test_a_group_falls_when_one_of_its_lines_is_reversed() -> None:
    books = LedgerBooks(windows={"posting_days": 0})
    for n, points in enumerate(("100", "200")):
        books.event(f"e{n}", points, MON, order_id="o1")
    for document, points in (("d1", "250"), ("d2", "50")):
        loose(books, document, str(int(points) / 100), points=points, order_id="o1")
    books.line("d3", "-0.50", TUE, points="-50", is_reversal=True, reverses_document_id="d2")
    days = books.run(MON, 2)
    assert codes(days[0]) == set()
    assert codes(days[1]) == {("MS-03", "e0"), ("MS-03", "e1"), ("MS-02", "gl/1000/d1/1")}


def test_a_group_comes_before_a_line_that_is_late() -> None:
    books = LedgerBooks(rules={"date_lag": {"later_days": 3}})
    for n, points in enumerate(("100", "200")):
        books.event(f"e{n}", points, MON, order_id="o1")
    loose(books, "d1", "3.00", points="300", order_id="o1")
    late = loose(books, "d2", "1.00", TUE, points="100", late=MON)
    closed = books.close(MON)
    assert codes(closed) == {("MS-02", late)}
    assert matched(closed) == {("member_order", "group_sum", "N:1")}


def test_what_a_group_took_is_no_second_candidate() -> None:
    books = LedgerBooks()
    for n in (1, 2):
        books.event(f"e{n}", "100", MON, order_id=f"o{n}")
    loose(books, "d1", "1.00", points="100")
    loose(books, "d2", "1.00", points="100", order_id="o2")
    closed = books.close(MON)
    assert codes(closed) == set()
    assert {(m["left_refs"], m["right_refs"]) for m in closed["match"]} == {("e1", "gl/1000/d1/1"), ("e2", "gl/1000/d2/1")}


def test_what_two_passes_find_on_two_days_is_one_match() -> None:
    """On Monday the group takes one of two candidates and the line that is left is settled last; on Tuesday nothing else fits it from the start."""
    books = LedgerBooks(windows={"posting_days": 2})
    for n in (1, 2):
        books.event(f"e{n}", "100", MON, order_id=f"o{n}")
    loose(books, "d1", "1.00", points="100")
    loose(books, "d2", "1.00", points="100", order_id="o2")
    books.event("e3", "70", TUE, order_id="o3")
    loose(books, "d3", "0.70", TUE, points="70", order_id="o3")
    days = books.run(MON, 3)
    assert [codes(d) for d in days] == [set(), set(), set()]
    assert [sorted(m["right_refs"] for m in d["match"]) for d in days] == [["gl/1000/d1/1", "gl/1000/d2/1"], ["gl/1000/d3/1"], []]


def test_a_group_without_member_takes_the_days_sum() -> None:
    books = LedgerBooks(rules={"group_sum": [{"id": "by_day", "keys": ["date"]}]})
    for n in range(3):
        books.event(f"e{n}", "100", MON, member=f"m{n}")
    loose(books, "d1", "3.00", points="300", member=None)
    days = books.run(MON, 3)
    assert [codes(d) for d in days] == [set(), set(), set()]
    assert matched(days[0]) == {("by_day", "group_sum", "N:1")}


def test_a_sum_of_events_is_suggested_and_never_confirmed() -> None:
    books = LedgerBooks()
    for n, points in enumerate(("100", "250", "40")):
        books.event(f"e{n}", points, MON)
    ref = loose(books, "d1", "2.90", points="290")
    closed = books.close(MON)
    assert codes(closed) == {("MS-03", "e0"), ("MS-03", "e1"), ("MS-03", "e2"), ("MS-02", ref)}
    (row,) = [r for r in closed["break"] if r["code"] == "MS-02"]
    assert (row["left_ref"], "suggested" in row["explanation"]) == ("e1;e2", True)
    assert closed["match"] == []


def test_two_sums_that_fit_are_ambiguous() -> None:
    books = LedgerBooks()
    for n, points in enumerate(("100", "200", "150", "150")):
        books.event(f"e{n}", points, MON)
    ref = loose(books, "d1", "3.00", points="300")
    assert ("AB-01", ref) in codes(books.close(MON))


@pytest.mark.parametrize(("events", "bounds", "code"), [(12, {}, "MS-02"), (13, {}, "AB-02"), (3, {"max_items": 2}, "AB-02"), (3, {"max_lines": 0}, "AB-02")])
def test_what_was_not_searched_is_visible(events: int, bounds: dict[str, int], code: str) -> None:
    books = LedgerBooks(rules={"suggestion": bounds})
    for n in range(events):
        books.event(f"e{n:02}", "100", MON)
    ref = loose(books, "d1", "0.50", points="50")
    closed = books.close(MON)
    assert {c for c in codes(closed) if c[1] == ref} == {(code, ref)}
    assert closed["violations"] == []
