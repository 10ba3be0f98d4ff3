"""The pack of a day: six files, the same bytes every time, believable numbers, no secrets where none belong."""

import json
import re
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from report_sample import DAY, GROCERY, HOSTILE, MEMBER, breaks, broken, day, empty_day, facts, sample_day

from reports.pack import FILES, render
from reports.words import break_sentence


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    with day() as session:
        return render(session, facts())


def test_gives_exactly_the_six_files(files: dict[str, bytes]) -> None:
    assert sorted(files) == sorted(FILES)


def test_same_tables_give_the_same_bytes_whatever_threads_and_row_order(files: dict[str, bytes]) -> None:
    shuffled = {name: list(reversed(rows)) for name, rows in sample_day().items()}
    with day(shuffled, threads=1) as session:
        again = render(session, facts())
        assert render(session, facts()) == again
    assert {n: again[n] == files[n] for n in FILES} == dict.fromkeys(FILES, True)


def test_a_day_on_which_nothing_happened_has_reports_too() -> None:
    with day(empty_day()) as session:
        files = render(session, facts(programmes=(), previous_close=None))
    assert files["digest.txt"].decode().startswith("2026-11-21 RECONCILED\n")
    assert "No open break." in files["daily.html"].decode()


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"break": []}, "RECONCILED"),
        ({}, "5 BREAKS"),
        ({"control_total": [{"source": "s", "table": "payment", "file": "f", "rows_read": 3, "status": "refused"}]}, "NOT COMPLETE"),
    ],
)
def test_verdict(change: dict[str, list[dict[str, object]]], verdict: str) -> None:
    with day({**sample_day(), **change}) as session:
        files = render(session, facts())
    assert files["digest.txt"].decode().splitlines()[0] == f"{DAY} {verdict}"
    assert json.loads(files["manifest.json"])["verdict"] == verdict


def test_a_missing_feed_makes_the_day_incomplete_and_is_named() -> None:
    tables = sample_day()
    missing = {**tables["break"][0], "break_id": "f" * 24, "code": "DQ-01", "business_key": "erp/ledger_balance", "pair": "delivery"}
    with day({**tables, "break": [*tables["break"], missing]}) as session:
        text = render(session, facts())["digest.txt"].decode()
    assert text.startswith(f"{DAY} NOT COMPLETE\n")
    assert "LATE OR MISSING FEEDS\n  erp/ledger_balance" in text


def test_digest_says_what_a_reviewer_needs_and_names_no_member(files: dict[str, bytes]) -> None:
    text = files["digest.txt"].decode()
    for expected in (
        "Grocery Rewards: 17,580.99 USD (+65.36 USD)",
        "Voyage Club: 3,708.38 EUR (-171.62 EUR)",
        "20 open (5 block sign-off), 16 new, 1 resolved",
        "TOP 5",
        facts().close_id,
    ):
        assert expected in text
    members = [MEMBER, *{str(r["global_id"]) for r in sample_day()["lot"]}]
    assert not [m for m in members if m in text]
    assert "R-100200" not in text


class _Tags(HTMLParser):
    """Collects the tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_page_is_self_contained_and_under_a_strict_policy(files: dict[str, bytes]) -> None:
    html = files["daily.html"].decode()
    tags = _Tags()
    tags.feed(html)
    policies = [a["content"] for t, a in tags.found if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"]
    assert [a for t, a in tags.found if t == "script"] == [{"type": "application/json", "id": "tieout-report"}]
    assert not [t for t, _ in tags.found if t in ("link", "iframe", "img", "object", "embed", "form", "base")]
    assert not [a for _, a in tags.found if any(k in ("src", "href", "action") or k.startswith("on") for k in a)]
    assert not re.search(r"https?://|url\(|@import", html)


def test_page_tables_have_captions_or_labels_and_scopes(files: dict[str, bytes]) -> None:
    tags = _Tags()
    tags.feed(files["daily.html"].decode())
    assert all(a.get("scope") in ("col", "row") for t, a in tags.found if t == "th")
    assert sum(t == "svg" for t, _ in tags.found) == sum(t == "desc" for t, _ in tags.found) > 0


def test_page_shows_breaks_first_new_ones_first_and_escapes_hostile_texts(files: dict[str, bytes]) -> None:
    html = files["daily.html"].decode()
    assert html.index("New since yesterday (16)") < html.index("Came back (1)") < html.index("Known before (3)") < html.index('id="roll"')
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in html
    assert "a\\x01b\\u202ec" in html
    assert "The ledger is 13.70 USD higher than our sub-ledger" in html


def test_one_wrong_file_hides_no_other_break_from_the_page() -> None:
    """A break of every member, each heavier than the rest: the page still shows every kind, says how many there are, and nothing of the register is lost."""
    many = [broken(5000 + i, "AM-02", "member_balance", f"{GROCERY}/M-{i}", f"{9000 + i}.00", "0") for i in range(300)]
    with day({**sample_day(), "break": [*breaks(), *many]}) as session:
        page = render(session, facts())["daily.html"].decode()
    heads = re.findall(r"<h3>([^<]*)</h3>", page)
    open_before = [b for b in breaks() if b["status"] == "open"]
    new_before = [b for b in open_before if b["first_seen"] == DAY]
    assert re.search(rf"^New since yesterday \(\d+ of {len(new_before) + 300}\)$", heads[0])
    assert {b["code"] for b in open_before} == set(re.findall(r'<span class="code">([A-Z]{2}-\d\d)</span>', page))
    assert page.count('<li><details><summary><span class="code">') == 200
    assert f"200 of {len(open_before) + 300} are shown here" in page


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("redemption R1 is not in the ledger", "Redemption R1 is not in the ledger."),
        ("fx_rate of treasury has not arrived; it was due at 06:00", "fx_rate of treasury has not arrived; it was due at 06:00."),
        ("payment_2026-03-01.csv is used, but 390 rows are stated", "payment_2026-03-01.csv is used, but 390 rows are stated."),
        ("2 documents carry accrual A1.", "2 documents carry accrual A1."),
    ],
)
def test_an_explanation_reads_as_a_sentence(told: str, shown: str) -> None:
    assert break_sentence({"explanation": told}) == shown


def test_page_carries_the_day_as_exact_json(files: dict[str, bytes]) -> None:
    html = files["daily.html"].decode()
    found = re.search(r'<script type="application/json" id="tieout-report">(.*?)</script>', html, re.S)
    assert found is not None
    body = json.loads(found[1])
    closing = sum(Decimal(r["closing_amount"]) for r in body["roll_forward"] if r["measure"] == "deferred" and r["currency"] == "USD")
    assert closing == Decimal("17580.99")


def test_manifest_names_inputs_counts_and_hashes(files: dict[str, bytes]) -> None:
    import hashlib

    body = json.loads(files["manifest.json"])
    assert body["files"] == {n: {"bytes": len(c), "sha256": hashlib.sha256(c).hexdigest()} for n, c in files.items() if n != "manifest.json"}
    assert body["tables"]["match"]["rows"] == 400
    assert body["tables"]["match"]["sums"]["points"] == "40000.0000"
    assert [i["file"] for i in body["inputs"]] == ["ledger_line_2026-11-21.csv", "loyalty_event_2026-11-21.csv"]
    assert files["manifest.json"].decode() == json.dumps(body, sort_keys=True, ensure_ascii=False, indent=1) + "\n"


def test_input_file_hashes_stand_only_where_they_may(files: dict[str, bytes]) -> None:
    assert "ab" * 32 not in files["daily.html"].decode() + files["digest.txt"].decode()
    assert len(HOSTILE) == 12
