"""What a session runs, and when: a rule that several steps share runs once, and anew for another day's session or other parameters."""

from decimal import Decimal
from pathlib import Path

import pytest

from core.schema import TABLES
from core.sql import Limits, Session


def _breaks(session: Session, *pairs: str) -> None:
    rows = [{"business_date": "2026-03-01", "pair": p, "status": "open", "business_key": str(n)} for n, p in enumerate(pairs)]
    session.rows("prior_break", TABLES["break"], rows, prefix=("business_date",))


def test_a_shared_rule_runs_once_until_a_sweep_or_other_parameters() -> None:
    def standing(pair: str) -> int:
        session.rule_once("reconcilers", "delivery_standing", pair=pair)
        return int(session.value("select count(*) from delivery_standing"))

    with Session(Limits(folders=(Path("/nonexistent"),))) as session:
        _breaks(session, "order_event")
        assert standing("order_event") == 1
        _breaks(session, "order_event", "order_event")
        assert standing("order_event") == 1, "it has run"
        assert standing("event_ledger") == 0, "other parameters"
        assert standing("order_event") == 2, "it was another table in between"
        session.sweep(set())
        _breaks(session, "order_event", "order_event", "order_event")
        assert standing("order_event") == 3, "a swept session is as good as new"


@pytest.mark.parametrize(("said", "meant"), [("4GB", 3_333_333_333), ("1.5GiB", 1_342_177_280), ("512 MB", 426_666_666), ("100KiB", 85_333)])
def test_the_database_gets_five_sixths_of_the_memory_allowed(said: str, meant: int) -> None:
    limits = Limits(folders=(), memory=said)
    assert limits.memory_bytes == meant
    with Session(limits) as session:
        told = session.value("select current_setting('memory_limit')")
    size, unit = str(told).split()
    step = 1024 ** (1 + ["KiB", "MiB", "GiB"].index(unit))
    assert abs(Decimal(size) * step - meant) <= step // 10, "it tells one decimal place"


def test_memory_that_is_no_amount_is_refused() -> None:
    with pytest.raises(ValueError, match="write 4GB"):
        Session(Limits(folders=(), memory="plenty"))
