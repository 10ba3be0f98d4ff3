"""What a session runs, and when: a rule that several steps share runs once, and anew for another day's session or other parameters."""

from pathlib import Path

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
