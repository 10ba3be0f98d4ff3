"""A small slice of benchmarks/detection: every kind of break planted in a made company is found on its day, and nothing else is named."""

from pathlib import Path

from benchmarks.detection import ELSEWHERE, detect
from core.kinds import BREAK_CODES

NEEDS_MORE_DAYS = {"BL-04", "MS-04"}
BEHIND_ANOTHER = {"BL-03"}
"""One break per account and day: items in transit make the account AM-02 here, whose explanation names BL-03."""


def test_every_planted_break_is_found_and_no_other(tmp_path: Path) -> None:
    scores = detect(tmp_path / "books", days=4, events=900, times=1)
    assert {c for c, s in scores.items() if s.found < s.planted} <= BEHIND_ANOTHER
    assert {c: s.false for c, s in scores.items() if s.false} == {}
    assert {c for c, s in scores.items() if not s.planted} <= NEEDS_MORE_DAYS
    assert set(scores) | set(ELSEWHERE) == set(BREAK_CODES)
