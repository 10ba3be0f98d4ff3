"""The record of what people did: one chain, only ever added to, and what was done to it behind our back is noticed."""

from datetime import date
from threading import Thread

import pytest
import sqlalchemy as sa

from store import Store
from store.acts import Draft, fingerprint
from store.decisions import Decision, record, table_rows

D1, D2 = date(2017, 1, 30), date(2017, 1, 31)


def drafts(count: int, person: str = "ann") -> list[Draft]:
    return [Draft("decision", f"b{n}", D1, person, {"action": "noted", "reason": f"naïve – 'quoted' {n}"}) for n in range(count)]


def decision(break_id: str, on: date) -> Decision:
    return Decision(break_id, "accepted", on, "ann", "why", "event_ledger", "MS-01", "e1", until=D2, difference_amount="1234567890123456789012.3456")


def test_acts_are_read_back_in_order_and_chained(store: Store) -> None:
    first = store.acts.append(drafts(2))
    second = store.acts.append(drafts(1, "bob"))
    assert store.acts.rows() == [*first, *second]
    assert [a.previous_hash for a in store.acts.rows()] == ["", first[0].entry_hash, first[1].entry_hash]
    assert [a.recorded_at for a in store.acts.rows()] == sorted({a.recorded_at for a in store.acts.rows()})
    assert store.acts.rows("period") == []
    assert store.acts.findings() == []


def test_all_or_none(store: Store) -> None:
    good = drafts(2)
    with pytest.raises(TypeError):
        store.acts.append([*good, Draft("decision", "b9", D1, "ann", {"reason": object()})])
    assert store.acts.rows() == []


@pytest.mark.parametrize("verb", ["update act set person = 'eve'", "delete from act"])
def test_the_database_itself_refuses_to_change_an_act(store: Store, verb: str) -> None:
    store.acts.append(drafts(2))
    with pytest.raises(sa.exc.DBAPIError, match="only ever added"), store._engine.begin() as connection:
        connection.execute(sa.text(verb))
    assert len(store.acts.rows()) == 2


def forge(store: Store, statement: str) -> None:
    """What somebody with the database's own rights could do."""
    with store._engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("drop trigger act_is_only_added on act"))
        else:
            connection.execute(sa.text("drop trigger act_is_never_updated"))
            connection.execute(sa.text("drop trigger act_is_never_deleted"))
        connection.execute(sa.text(statement))


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("update act set person = 'eve' where sequence = 2", "act 2 (decision of b1) was changed"),
        ("update act set body = replace(body, 'noted', 'accepted') where sequence = 1", "act 1 (decision of b0) was changed"),
        ("update act set effective_date = '2017-02-01' where sequence = 3", "act 3 (decision of b2) was changed"),
        ("delete from act where sequence = 2", "act 2 of the record of people's decisions is missing"),
        ("delete from act where sequence = 1", "act 1 of the record"),
        ("update act set previous_hash = 'x' where sequence = 3", "act 3 (decision of b2) does not follow"),
    ],
)
def test_what_was_done_behind_our_back_is_noticed(store: Store, statement: str, says: str) -> None:
    store.acts.append(drafts(3))
    forge(store, statement)
    assert says in store.acts.findings()[0]


def test_two_writers_at_once_make_one_chain(store: Store) -> None:
    writers = [Thread(target=lambda: [store.acts.append(drafts(2)) for _ in range(5)]) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [a.sequence for a in store.acts.rows()] == list(range(1, 31))
    assert store.acts.findings() == []


def test_decisions_come_back_as_rows_by_the_day_they_hold_from(store: Store) -> None:
    record(store.acts, [decision("b2", D2), decision("b1", D1)])
    known = table_rows(store.acts.rows("decision"))
    assert {d: [(r["break_id"], r["sequence"], str(r["difference_amount"])) for r in rows] for d, rows in known.items()} == {
        D2: [("b2", 1, "1234567890123456789012.3456")],
        D1: [("b1", 2, "1234567890123456789012.3456")],
    }
    acts = store.acts.rows()
    assert fingerprint([], D2) == fingerprint(acts, date(2017, 1, 1)) == ""
    assert len({fingerprint(acts, D1), fingerprint(acts, D2), ""}) == 3
