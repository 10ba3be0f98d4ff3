"""Business Central: what an earlier attempt left in the journal is never posted along with an entry that was prepared anew."""

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.posting.protocol import Result
from tests.posting.adjustments import ENTRY, NEXT
from tests.posting.vendors import OPEN, Held
from tieout.standins.server import Fault, Reply

_REFUSED = Reply(400, b'{"error": {"message": "the account is blocked"}}')


def test_lines_with_other_accounts_are_not_posted_along(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with OPEN["business_central"](monkeypatch, tmp_path, Held()) as bench:
        bench.system.faults = [Fault(_REFUSED, only=bench.write)]
        refused = bench.desk.post()
        assert (refused.result, refused.detail) == (Result.REJECTED, "post: the account is blocked")
        first, second = ENTRY.lines
        turned = replace(ENTRY, lines=(replace(first, account=second.account), replace(second, account=first.account)))
        writes = bench.writes()
        found = bench.desk.post(turned, rejections=1)
        assert (found.result, bench.documents(), bench.writes()) == (Result.REJECTED, 0, writes)
        assert "what would be posted is not this entry, correct it in the system" in found.detail


def test_lines_of_another_day_are_not_posted_instead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with OPEN["business_central"](monkeypatch, tmp_path, Held()) as bench:
        bench.system.faults = [Fault(_REFUSED, only=bench.write)]
        bench.desk.post()
        found = bench.desk.post(replace(ENTRY, posting_date=NEXT), rejections=1)
        assert (found.result, bench.documents()) == (Result.REJECTED, 0)
        assert "is dated 2026-03-31, ours 2026-04-01" in found.detail
