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


@pytest.mark.parametrize(("said", "meant"), [("4GB", 4_000_000_000), ("1.5GiB", 1_610_612_736), ("512 MB", 512_000_000), ("100KiB", 102_400)])
def test_memory_is_said_as_the_engine_reads_it(said: str, meant: int) -> None:
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


def test_a_column_that_older_files_lack_is_empty_there(tmp_path: Path) -> None:
    declared = TABLES["account_difference"]
    with Session(Limits((tmp_path,))) as session:
        session.rows("now", declared, [{"ledger_id": "gl", "within_amount": "1"}], prefix=("business_date",))
        new = session.write("select date '2026-03-02' as business_date, * exclude (business_date) from now", declared.key, tmp_path, "new")
        old = session.write("select date '2026-03-01' as business_date, * exclude (business_date, within_amount) from now", declared.key, tmp_path, "old")
        session.view("prior_account_difference", declared, [old.path, new.path])
        assert session.fetch("select ledger_id, within_amount from prior_account_difference order by business_date") == [
            {"ledger_id": "gl", "within_amount": None},
            {"ledger_id": "gl", "within_amount": Decimal(1)},
        ]
        session.view("prior_account_difference", declared, [old.path])
        assert session.value("select count(within_amount) from prior_account_difference") == 0
