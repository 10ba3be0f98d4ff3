"""Oracle Fusion by FBDI file: one archive for each entry, by position, the same bytes every time, never written over."""

import csv
import io
import zipfile
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from connectors.posting.protocol import Before, Result
from core.errors import UsageFault
from tests.posting.adjustments import ENTRY, NEXT, Desk, another, desk

PLATFORM = """title = "Oracle Fusion, read by files"
auth = ["none"]
mutability = "window"
[streams.line]
transport = "file"
files = "line_{as_of}.csv"
fields = ["a"]
"""
IDS = {"account": {"0021550000": "01-000-21550-0000", "400000": "01-000-40000-0000"}}


SETTINGS = {"oracle_ledger_id": "300000046975971", "journal_source": "tieout"}


@pytest.fixture
def at(tmp_path: Path) -> Desk:
    """Books with a platform of their own that writes as Oracle Fusion does."""
    folder = tmp_path / "platforms" / "our_oracle"
    folder.mkdir(parents=True)
    (folder / "platform.toml").write_text(PLATFORM, encoding="utf-8")
    (folder / "post.toml").write_text('like = "oracle_fusion"\n', encoding="utf-8")
    return desk("our_oracle", "", {"kind": "none"}, tmp_path, {"ids": IDS, "settings": SETTINGS})


def archive(tmp_path: Path) -> Path:
    (found,) = (tmp_path / "outbox" / "erp").glob("*.zip")
    return found


def cells(content: bytes) -> list[dict[int, str]]:
    """What a row has, by its columns from 1."""
    return [{n: v for n, v in enumerate(row, start=1) if v} for row in csv.reader(io.StringIO(content.decode()))]


def test_columns_stand_where_the_template_has_them(at: Desk, tmp_path: Path) -> None:
    made = at.post()
    assert (made.result, made.document) == (Result.CREATED, "GlInterface_0123456789abcdef01234567.zip")
    assert "a file that is handed over, in no ledger yet" in made.detail
    with zipfile.ZipFile(archive(tmp_path)) as packed:
        assert packed.namelist() == ["GlInterface.csv"]
        rows = list(csv.reader(io.StringIO(packed.read("GlInterface.csv").decode())))
    assert [len(r) for r in rows] == [150, 150]
    credit, debit = ({n: v for n, v in enumerate(r, start=1) if v} for r in rows)
    assert credit == {
        1: "NEW", 2: "300000046975971", 3: "2026/03/31", 4: "tieout", 5: "Adjustment", 6: "USD", 7: "2026/03/31", 8: "A", 9: "01", 10: "000", 11: "21550",
        12: "0000", 40: "9.10", 43: "tieout 0123456789abcdef01234567", 44: ENTRY.text, 46: "tieout 0123456789abcdef01234567", 47: ENTRY.text,
        52: "tieout 0123456789abcdef01234567 MS-03 A-77", 53: "A-77", 63: "-910", 67: str(int("0123456789abcd", 16)), 150: "END",
    }  # fmt: skip
    assert (debit[11], debit[39], debit.get(40), debit.get(63)) == ("40000", "9.10", None, None), "one of debit and credit is blank"


def test_the_same_entry_is_the_same_file_and_is_handed_over_once(at: Desk, tmp_path: Path) -> None:
    at.post()
    first = archive(tmp_path).read_bytes()
    assert at.post().result is Result.ALREADY_PRESENT
    done = tmp_path / "outbox" / "erp" / "done"
    done.mkdir()
    archive(tmp_path).rename(done / "GlInterface_0123456789abcdef01234567.zip")
    assert at.post().result is Result.ALREADY_PRESENT, "what was taken is not handed over again"
    next(done.iterdir()).unlink()
    at.post()
    assert archive(tmp_path).read_bytes() == first
    assert at.notes.attempts == 2


def test_a_file_with_other_content_is_never_overwritten(at: Desk, tmp_path: Path) -> None:
    at.post()
    before = archive(tmp_path).read_bytes()
    larger = replace(ENTRY, lines=tuple(replace(n, debit=n.debit * 2, credit=n.credit * 2) for n in ENTRY.lines))
    assert at.post(larger).result is Result.REJECTED
    archive(tmp_path).write_bytes(b"not a zip")
    assert at.post().result is Result.REJECTED
    archive(tmp_path).write_bytes(before)
    assert at.post().result is Result.ALREADY_PRESENT


def test_an_account_needs_its_combination_and_a_group_is_a_number_oracle_holds(at: Desk, tmp_path: Path) -> None:
    prepared = at.gateway.prepare(another(1, lines=(replace(ENTRY.lines[0], account="999"), ENTRY.lines[1])))
    assert prepared.objections == ("the system's id of account 999 is not named (posting.ids.account)",)
    blank = desk("our_oracle", "", {"kind": "none"}, tmp_path, {"ids": {"account": {**IDS["account"], "400000": " -- "}}, "settings": SETTINGS})
    assert blank.gateway.prepare(ENTRY).objections == ("the system's id of account 400000 is not named (posting.ids.account)",)
    assert all(len(at.gateway.prepare(another(n)).values["number"]) <= 18 for n in range(50))


def test_extracts_and_reports_are_written_alike() -> None:
    text = (resources.files("connectors") / "platforms" / "oracle_bicc" / "post.toml").read_text(encoding="utf-8")
    assert 'like = "oracle_fusion"' in text


def test_the_event_stands_where_this_company_reads_it(at: Desk, tmp_path: Path) -> None:
    """REFERENCE21 is REFERENCE_1 of the posted line; a flexfield's attributes begin at column 69."""
    posting = {"ids": IDS, "settings": SETTINGS}
    fields = {"event_id": "attribute2", "member_id": "reference_4"}
    (credit, _) = cells(desk("our_oracle", "", {"kind": "none"}, tmp_path, posting, fields=fields).gateway.prepare(ENTRY).drafts[0].body)
    assert (credit.get(53), credit[70], credit[56], credit[63]) == (None, "A-77", "M000077", "-910")
    bicc = {"event_id": "GlJeLinesReference3", "points": "GlJeLinesStatAmount"}
    (credit, _) = cells(desk("our_oracle", "", {"kind": "none"}, tmp_path, posting, fields=bicc).gateway.prepare(ENTRY).drafts[0].body)
    assert (credit.get(53), credit[55], credit[63]) == (None, "A-77", "-910")
    lost = desk("our_oracle", "", {"kind": "none"}, tmp_path, posting, fields={"event_id": "our_event"}).gateway.prepare(ENTRY)
    assert lost.objections == ("GlInterface.csv has no column for our_event, which [fields] names",)


def test_a_text_of_several_lines_stays_one_row(at: Desk) -> None:
    prepared = at.gateway.prepare(replace(ENTRY, text='one,\r\n"two"\n=three'))
    assert prepared.drafts[0].body.count(b"\n") == 2
    assert cells(prepared.drafts[0].body)[0][44] == 'one, "two" =three'


def test_entries_of_two_ledgers_do_not_go_into_one(at: Desk, tmp_path: Path) -> None:
    posting = {"ids": IDS, "ledgers": ["main", "ifrs"]}
    with pytest.raises(UsageFault, match="entries of main and ifrs would all go into the one ledger that oracle_ledger_id names"):
        desk("our_oracle", "", {"kind": "none"}, tmp_path, {**posting, "settings": SETTINGS})
    each = desk("our_oracle", "", {"kind": "none"}, tmp_path, {**posting, "settings": {**SETTINGS, "oracle_ledger_id": "{ledger_id}"}})
    assert [cells(each.gateway.prepare(replace(ENTRY, ledger_id=n)).drafts[0].body)[0][2] for n in ("main", "ifrs")] == ["main", "ifrs"]


def test_a_file_of_another_day_is_ours_and_a_lost_attempt_is_not_made_good_by_another_file(at: Desk, tmp_path: Path) -> None:
    """Whoever takes files leaves nothing behind: what an attempt left unknown stays unknown until somebody says that nothing was taken."""
    at.post()
    later = replace(ENTRY, posting_date=NEXT)
    assert at.post(later, earlier=(ENTRY,), seconds_since=5).result is Result.ALREADY_PRESENT
    assert at.gateway.look_up(at.gateway.prepare(later), [at.gateway.prepare(ENTRY)]).result is Result.ALREADY_PRESENT  # type: ignore[union-attr]
    archive(tmp_path).unlink()
    for seconds in (0, 100_000):
        lost = at.post(seconds_since=seconds)
        assert (lost.result, lost.taken, lost.document) == (Result.UNKNOWN, True, "GlInterface_0123456789abcdef01234567.zip")
    assert not list((tmp_path / "outbox" / "erp").iterdir())


def test_what_was_refused_and_withdrawn_is_another_file_of_another_group(at: Desk, tmp_path: Path) -> None:
    """Rows that an import refused stay in the interface table: in the same group they would be imported together with the new ones."""
    at.post()
    again = at.gateway.prepare(ENTRY, 1)
    waiting = at.gateway.post(again, at.notes, before=Before())
    assert (waiting.result, "was withdrawn and lies in the outbox" in waiting.detail) == (Result.REJECTED, True)
    done = tmp_path / "outbox" / "erp" / "done"
    done.mkdir()
    archive(tmp_path).rename(done / "GlInterface_0123456789abcdef01234567.zip")
    made = at.gateway.post(again, at.notes, before=Before())
    assert (made.result, made.document) == (Result.CREATED, "GlInterface_0123456789abcdef01234567_2.zip")
    first, second = cells(at.gateway.prepare(ENTRY).drafts[0].body)[0], cells(again.drafts[0].body)[0]
    assert {n for n in first if first[n] != second[n]} == {67}
