"""Oracle Fusion by FBDI file: one archive for each entry, by position, the same bytes every time, never written over."""

import csv
import io
import zipfile
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from connectors.posting.protocol import Result
from tests.posting.adjustments import ENTRY, Desk, another, desk

PLATFORM = """title = "Oracle Fusion, read by files"
auth = ["none"]
mutability = "window"
[streams.line]
transport = "file"
files = "line_{as_of}.csv"
fields = ["a"]
"""
IDS = {"account": {"0021550000": "01-000-21550-0000", "400000": "01-000-40000-0000"}}


@pytest.fixture
def at(tmp_path: Path) -> Desk:
    """Books with a platform of their own that writes as Oracle Fusion does."""
    folder = tmp_path / "platforms" / "our_oracle"
    folder.mkdir(parents=True)
    (folder / "platform.toml").write_text(PLATFORM, encoding="utf-8")
    (folder / "post.toml").write_text('like = "oracle_fusion"\n', encoding="utf-8")
    settings = {"oracle_ledger_id": "300000046975971", "journal_source": "tieout"}
    return desk("our_oracle", "", {"kind": "none"}, tmp_path, {"ids": IDS, "settings": settings})


def archive(tmp_path: Path) -> Path:
    (found,) = (tmp_path / "outbox" / "erp").glob("*.zip")
    return found


def test_columns_stand_where_the_template_has_them(at: Desk, tmp_path: Path) -> None:
    made = at.post()
    assert (made.result, made.document) == (Result.CREATED, "GlInterface_0123456789abcdef01234567.zip")
    assert "handed over as a file" in made.detail
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


def test_an_account_needs_its_combination_and_a_group_is_a_number_oracle_holds(at: Desk) -> None:
    prepared = at.gateway.prepare(another(1, lines=(replace(ENTRY.lines[0], account="999"), ENTRY.lines[1])))
    assert prepared.objections == ("the system's id of account 999 is not named (posting.ids.account)",)
    assert all(len(at.gateway.prepare(another(n)).values["number"]) <= 18 for n in range(50))


def test_extracts_and_reports_are_written_alike() -> None:
    text = (resources.files("connectors") / "platforms" / "oracle_bicc" / "post.toml").read_text(encoding="utf-8")
    assert 'like = "oracle_fusion"' in text
