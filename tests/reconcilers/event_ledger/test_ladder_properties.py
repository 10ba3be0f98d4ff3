"""Random days of lines without event: the ladder agrees with the plain-Python oracle, loses no row, uses none twice, and does not care for order or threads."""

import random
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reconcilers.event_ledger.ladder_oracle import Earned, Loose, judge
from tests.reconcilers.event_ledger.ledger_books import Closed, LedgerBooks, codes

DAY = date(2026, 3, 10)
Rows = tuple[list[Earned], list[Loose]]


def draw_rows(seed: int) -> Rows:
    """Few members, orders and sizes, so that rows meet often; one member with more events than are searched."""
    draw = random.Random(seed)
    events = [
        Earned(
            f"e{n}",
            f"m{draw.randrange(4)}",
            draw.choice(["", "o1", "o2", "o3"]),
            draw.choice([100, 100, 200, 300, -100]),
            DAY - timedelta(days=draw.randrange(2)),
        )
        for n in range(18)
    ]
    events += [Earned(f"x{n}", "crowd", "", 1000 + n, DAY) for n in range(draw.choice([11, 12, 13]))]
    lines = [Loose("dx", "crowd", "", 2003, 200_300, DAY)]
    for n in range(14):
        e = draw.choice(events[:18])
        units = sum(o.units for o in events if (o.member, o.order) == (e.member, e.order)) if draw.random() < 0.3 else e.units * draw.choice([1, 1, 1, 2])
        money = units * 100 + draw.choice([0, 0, 0, 1, 500])
        lines.append(Loose(f"d{n}", e.member, draw.choice(["", e.order]), draw.choice([units, units, None]), money, e.on + timedelta(days=draw.randrange(2))))
    return events, lines


def close(rows: Rows, window: int, *, threads: int = 2, shuffle: int | None = None) -> Closed:
    events, lines = list(rows[0]), list(rows[1])
    if shuffle is not None:
        random.Random(shuffle).shuffle(events)
        random.Random(shuffle).shuffle(lines)
    books = LedgerBooks(windows={"posting_days": window}, threads=threads)
    for e in events:
        books.event(e.id, str(e.units), e.on, member=e.member, order_id=e.order or None, late=DAY)
    for x in lines:
        owed, points = str(Decimal(x.cents100).scaleb(-4)), None if x.units is None else str(x.units)
        books.line(x.document, owed, x.on, points=points, late=DAY, member_id=x.member, global_id=x.member, order_id=x.order or None)
    return books.close(DAY)


slow = settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@slow
@given(seed=st.integers(0, 100_000), window=st.integers(0, 1))
def test_the_ladder_agrees_with_the_oracle(seed: int, window: int) -> None:
    rows = draw_rows(seed)
    closed = close(rows, window)
    assert codes(closed) == judge(DAY, window, *rows)
    # every row in one bucket with sums that add back, no row in two matches, differences add up: the room's own proofs
    assert closed["violations"] == []
    refs = [r for m in closed["match"] for r in m["right_refs"].split(";")]
    assert len(refs) == len(set(refs))
    counted = {
        t: sum(d["row_count"] for d in closed["disposition"] if d["pair"] == "event_ledger" and d["table"] == t) for t in ("loyalty_event", "ledger_line")
    }
    assert counted == {"loyalty_event": len(rows[0]), "ledger_line": len(rows[1])}


def test_order_of_rows_and_threads_do_not_matter() -> None:
    rows = draw_rows(11)
    some, other = close(rows, 1), close(rows, 1, threads=1, shuffle=3)
    assert {k: some[k] for k in ("break", "match", "disposition")} == {k: other[k] for k in ("break", "match", "disposition")}


def test_removing_one_confirmed_line_opens_the_events_break_and_no_other() -> None:
    events = [Earned(f"e{n}", f"m{n}", f"o{n}", 100 + n, DAY) for n in range(6)]
    lines = [Loose(f"d{n}", f"m{n}", f"o{n}", 100 + n, (100 + n) * 100, DAY) for n in range(6)]
    assert codes(close((events, lines), 0)) == set()
    for gone in (0, 5):
        assert codes(close((events, [x for n, x in enumerate(lines) if n != gone]), 0)) == {("MS-03", f"e{gone}")}
