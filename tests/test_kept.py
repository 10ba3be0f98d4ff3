"""Small stored tables are read once and kept: what a session sees is always exactly the rows of the files it was shown."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from core import kept as module
from core.kept import Kept
from core.schema import TABLES
from core.sql import Limits, Session

RATE = TABLES["fx_rate"]
ONE, TWO, THREE = (date(2026, 3, n) for n in (1, 2, 3))


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session(Limits((tmp_path,))) as session:
        yield session


def stored(session: Session, folder: Path, day: date, rate: str) -> list[Path]:
    """One stored file of a day with a single rate."""
    row = {"business_date": day, "rate_date": day, "from_currency": "EUR", "to_currency": "USD", "rate": rate}
    session.rows("made", RATE, [row], prefix=("business_date",))
    return [session.write("select * from made", ("business_date",), folder, f"{day}").path]


def seen(session: Session, name: str) -> list[str]:
    return [f"{r['business_date'].day}:{r['rate'].normalize()}" for r in session.fetch(f"select * from {name} order by business_date, rate")]


def test_days_are_added_and_windows_are_kept_apart(session: Session, tmp_path: Path) -> None:
    kept, files = Kept(session), {d: stored(session, tmp_path, d, f"1.{d.day}") for d in (ONE, TWO, THREE)}
    kept.show("prior_fx_rate", RATE, {ONE: files[ONE]}, (date.min, ONE))
    kept.show("fx_rate", RATE, {TWO: files[TWO]}, (TWO, TWO))
    assert (seen(session, "prior_fx_rate"), seen(session, "fx_rate")) == (["1:1.1"], ["2:1.2"])
    session.sweep(kept.names)
    kept.show("fx_rate", RATE, files, (date.min, THREE))
    kept.show("prior_fx_rate", RATE, {ONE: files[ONE], TWO: files[TWO]}, (date.min, TWO))
    assert (seen(session, "prior_fx_rate"), seen(session, "fx_rate")) == (["1:1.1", "2:1.2"], ["1:1.1", "2:1.2", "3:1.3"])


def test_a_day_made_again_replaces_what_was_kept(session: Session, tmp_path: Path) -> None:
    kept, old = Kept(session), {d: stored(session, tmp_path, d, "1.1") for d in (ONE, TWO)}
    kept.show("fx_rate", RATE, old, (date.min, TWO))
    kept.show("fx_rate", RATE, {**old, TWO: stored(session, tmp_path, TWO, "1.5")}, (date.min, TWO))
    assert seen(session, "fx_rate") == ["1:1.1", "2:1.5"]
    kept.show("fx_rate", RATE, {TWO: old[TWO]}, (date.min, TWO))
    assert seen(session, "fx_rate") == ["2:1.1"]


def test_what_is_shown_already_does_not_change_when_another_day_is_replaced(session: Session, tmp_path: Path) -> None:
    kept, files = Kept(session), {d: stored(session, tmp_path, d, "1.1") for d in (ONE, TWO)}
    kept.show("prior_fx_rate", RATE, {ONE: files[ONE]}, (date.min, ONE))
    kept.show("fx_rate", RATE, {TWO: files[TWO]}, (TWO, TWO))
    kept.show("prior_fx_rate", RATE, {ONE: stored(session, tmp_path, ONE, "1.7")}, (date.min, ONE))
    assert (seen(session, "prior_fx_rate"), seen(session, "fx_rate")) == (["1:1.7"], ["2:1.1"])


def test_nothing_stored_is_an_empty_table_of_the_same_shape(session: Session) -> None:
    kept = Kept(session)
    kept.show("fx_rate", RATE, {}, (date.min, ONE))
    assert [r["column_name"] for r in session.fetch("describe fx_rate")] == ["business_date", *RATE.names]
    assert seen(session, "fx_rate") == []


def test_a_large_table_stays_a_view_of_its_files(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, files = Kept(session), {d: stored(session, tmp_path, d, "1.1") for d in (ONE, TWO)}
    kept.show("prior_fx_rate", RATE, {ONE: files[ONE]}, (date.min, ONE))
    monkeypatch.setattr(module, "LARGEST", 1)
    kept.show("fx_rate", RATE, files, (date.min, TWO))
    assert seen(session, "prior_fx_rate") == ["1:1.1"]
    assert seen(session, "fx_rate") == ["1:1.1", "2:1.1"]


def test_forgetting_gives_everything_back(session: Session, tmp_path: Path) -> None:
    kept = Kept(session)
    kept.show("fx_rate", RATE, {ONE: stored(session, tmp_path, ONE, "1.1")}, (date.min, ONE))
    kept.forget()
    session.sweep(set())
    assert session.names() == set()


def test_rows_just_written_are_kept_as_their_file_has_them(session: Session, tmp_path: Path) -> None:
    kept, first = Kept(session), stored(session, tmp_path, ONE, "1.1")
    written = stored(session, tmp_path, TWO, "1.2")
    kept.keep(RATE, TWO, written[0], "select * from made")
    written[0].unlink()  # it is not read again
    kept.show("fx_rate", RATE, {ONE: first, TWO: written}, (date.min, TWO))
    assert seen(session, "fx_rate") == ["1:1.1", "2:1.2"]


def test_a_day_written_again_replaces_what_was_kept_of_it(session: Session, tmp_path: Path) -> None:
    kept = Kept(session)
    kept.keep(RATE, ONE, stored(session, tmp_path, ONE, "1.1")[0], "select * from made")
    again = stored(session, tmp_path, ONE, "1.9")
    kept.keep(RATE, ONE, again[0], "select * from made")
    kept.show("fx_rate", RATE, {ONE: again}, (ONE, ONE))
    assert seen(session, "fx_rate") == ["1:1.9"]


def test_what_is_too_large_is_not_kept_and_never_shown_stale(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept(session)
    kept.keep(RATE, ONE, stored(session, tmp_path, ONE, "1.1")[0], "select * from made")
    again = stored(session, tmp_path, ONE, "1.9")
    monkeypatch.setattr(module, "LARGEST", 1)
    kept.keep(RATE, ONE, again[0], "select * from made")
    kept.show("fx_rate", RATE, {ONE: again}, (ONE, ONE))
    assert seen(session, "fx_rate") == ["1:1.9"]
