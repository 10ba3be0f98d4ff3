"""What a session runs, and when: a rule that several steps share runs once, and anew for another day's session or other parameters."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from core.schema import TABLES, Table
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


@pytest.mark.parametrize("days", [("2026-01-31",), ("2026-01-31", "2026-02-01")])
def test_days_closed_before_a_column_was_declared_are_read_with_it_empty(tmp_path: Path, days: tuple[str, ...]) -> None:
    now = TABLES["event_value"]
    before = replace(now, columns=tuple(c for c in now.columns if c.name != "cost_amount"))

    def stored(session: Session, declared: Table, day: str) -> Path:
        session.rows("event_value", declared, [{"event_id": day, "face_amount": "1.5", "cost_amount": "2"}])
        return session.write(f"select date '{day}' as business_date, * from event_value", ["event_id"], tmp_path, f"event_value-{day}").path

    with Session(Limits(folders=(tmp_path,))) as session:
        files = [stored(session, before if day == days[0] else now, day) for day in days]
        session.view("prior_event_value", now, files)
        session.empty("added", now, prefix=("business_date",))
        session.add("added", now, files)
        for name in ("prior_event_value", "added"):
            found = session.fetch(f"select event_id, face_amount, cost_amount from {name} order by event_id")
            assert [tuple(r.values()) for r in found] == [(d, Decimal("1.5"), None if d == days[0] else Decimal(2)) for d in days]
