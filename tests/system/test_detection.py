"""A small slice of benchmarks/detection: every kind of break planted in a made company is found on its day, and nothing else is named."""

from pathlib import Path

from benchmarks.detection import detect
from core.kinds import BREAK_CODES

NEEDS_MORE_DAYS = {"BL-04"}
"""A drift is told after four days of one sign."""


def test_every_planted_break_is_found_on_its_day_and_no_other(tmp_path: Path) -> None:
    scores = detect(tmp_path / "books", days=4, events=900, times=1)
    assert set(scores) == set(BREAK_CODES)
    assert {c for c, s in scores.items() if not s.planted} == NEEDS_MORE_DAYS
    assert {c: s for c, s in scores.items() if s.on_day < s.planted} == {}
    assert {c: s.false for c, s in scores.items() if s.false} == {}
