"""Oracle's file over whole books: handed over, imported or refused by somebody else, and believed only when a close shows it."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from assets.workspace import Workspace
from core.errors import UsageFault
from store import postings
from tests.posting.posted_books import D1, D2, D3, approved, books, close, post, the

pytestmark = pytest.mark.minutes
SOURCE = f"""
[sources.erp]
kind = "oracle_fbdi"
start = {D1}
deliver = ["line"]
settings = {{ currency = "USD", account_segment = "3", company_key = "segment" }}
[sources.erp.posting]
ledgers = ["gl"]
currencies = ["USD"]
settings = {{ oracle_ledger_id = "gl", journal_source = "tieout" }}
ids = {{ account = {{ "2100" = "1000-000-2100", "6000" = "1000-000-6000" }} }}
"""


def booked(account: str, debit: str, credit: str, event_id: str, points: str) -> list[str]:
    at = {1: "P", 2: "gl", 3: f"{D1:%Y/%m/%d}", 4: "Till", 5: "Sale", 6: "USD", 7: f"{D1:%Y/%m/%d}", 8: "A", 9: "1000", 10: "000", 11: account,
          39: debit, 40: credit, 43: "till", 46: "101", 53: event_id, 63: points, 150: "END"}  # fmt: skip
    return [at.get(n, "") for n in range(1, 151)]


STANDING = [booked("2100", "", "1.00", "e1", "-100"), booked("4000", "1.00", "", "", "")]


def imported(content: bytes) -> list[list[str]]:
    """The rows of a file as the system shows them once they are posted."""
    return [["P", *row[1:]] for row in csv.reader(io.StringIO(content.decode()))]


def shows(folder: Path, day: date, rows: Sequence[Sequence[str]]) -> None:
    """What the system has of a day's reading."""
    exports = folder / "exports" / "erp"
    exports.mkdir(parents=True, exist_ok=True)
    with (exports / f"gl_interface_{day}.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(rows)


def opened(path: Path) -> Path:
    """Books of which the first day is closed and its entry approved."""
    folder = books(path, SOURCE)
    shows(folder, D1, STANDING)
    assert [(b["code"], b["business_key"]) for b in close(folder, D1)] == [("MS-03", "gone")]
    approved(folder, D1)
    return folder


def test_what_the_import_refused_is_withdrawn_and_handed_over_anew(tmp_path: Path) -> None:
    folder = opened(tmp_path / "books")
    sent = the(post(folder, D1, "send", "Cid"))
    key, outbox = sent.entry.key, folder / "outbox" / "erp"
    assert (sent.state, sent.said.startswith("a file that is handed over, in no ledger yet")) == ("created", True)
    shows(folder, D2, STANDING)
    assert [b["code"] for b in close(folder, D2)] == ["MS-03"]
    shown = post(folder, D2)
    assert (shown.exit_code, f"the close of {D2} does not show it: import and post it" in the(shown).said) == (3, True)
    with pytest.raises(UsageFault, match="it is created already"):
        post(folder, D2, "prepare", "Ann", entries=(key,))
    assert the(post(folder, D2, "withdraw", "Ann", "the account is not in the chart", (key,))).state == "proposed"
    approved(folder, D2)
    assert "was withdrawn and lies in the outbox" in the(post(folder, D2, "send", "Cid")).said
    (outbox / f"GlInterface_{key}.zip").unlink()
    assert the(post(folder, D2, "send", "Cid")).state == "created"
    (again,) = outbox.iterdir()
    assert again.name == f"GlInterface_{key}_2.zip"
    with zipfile.ZipFile(again) as packed:
        shows(folder, D3, [*STANDING, *imported(packed.read("GlInterface.csv"))])
    assert close(folder, D3) == []
    assert the(post(folder, D2)).seen == D3
    with pytest.raises(UsageFault, match=f"the close of {D3} shows it"):
        post(folder, D2, "withdraw", "Ann", "once more", (key,))


def test_a_file_that_is_gone_after_a_crash_stays_unknown_until_a_close_shows_it(tmp_path: Path) -> None:
    """Whether it was ever written, or written and taken to be imported, nobody can tell from an empty folder."""
    folder = opened(tmp_path / "books")
    item = the(post(folder, D1))
    assert item.prepared is not None
    postings.record(Workspace(folder).store.acts, postings.ATTEMPT, "erp", item.entry.key, D1, "Cid", step="file", sent_sha256="", hash="")
    lost = post(folder, D1, "send", "Cid")
    assert (the(lost).state, lost.exit_code, (folder / "outbox").exists()) == ("unknown", 3, False)
    shows(folder, D2, [*STANDING, *imported(item.prepared.drafts[0].body)])
    assert close(folder, D2) == []
    found = post(folder, D1, "send", "Cid")
    assert (the(found).state, found.exit_code, the(found).said) == ("already_present", 0, f"the close of {D2} shows it")
