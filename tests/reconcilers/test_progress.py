"""Whoever listens to a close hears which pair is being compared."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from assets import steps
from assets.progress import listen
from core.kinds import Pair
from core.sql import Limits, Session
from reconcilers import reconcile

DAY = date(2026, 3, 10)


def test_every_pair_is_named_before_it_is_compared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[str] = []

    def compares(pair: Pair) -> Callable[[Session, date], None]:
        return lambda session, day: seen.append(f"compared {pair}")

    monkeypatch.setattr(reconcile, "PAIRS", tuple((pair, compares(pair)) for pair, _ in reconcile.PAIRS))
    monkeypatch.setattr(reconcile, "gather", lambda session, pairs: None)
    monkeypatch.setattr(reconcile, "register", lambda session, day: None)
    stop = listen(lambda step, day: seen.append(step))
    try:
        with Session(Limits((tmp_path,))) as session:
            steps.RECONCILIATION.run(session, DAY)
    finally:
        stop()
    assert seen == [word for pair in Pair for word in (f"compares {pair}", f"compared {pair}")]
