"""Killed at any point, readers see the whole old or the whole new state, and publishing again ends where an undisturbed run ends."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from pathlib import Path

from store_company import TABLES, close_days
from store_killed import publish_apart

from store import Close, Store
from store.lake import Lake

D1 = date(2017, 1, 30)


class Books:
    """One books and its undisturbed twin."""

    def __init__(self, folder: Path, new_database: Callable[[], str], tables: tuple[str, ...]) -> None:
        self.folder, self.twin_folder, self.tables = folder / "books", folder / "twin", tables
        self.url, twin_url = new_database(), new_database()
        self.store = Store.open(self.folder / "lake", self.url, self.folder / "reports")
        self.twin = Store.open(self.twin_folder / "lake", twin_url, self.twin_folder / "reports")
        self.steps: list[str] = []

    def undisturbed(self, days: list[date], flavour: str) -> list[str]:
        self.steps = []
        close_days(self.twin, self.twin_folder / "staging", days, flavour, tables=self.tables, on_step=self.steps.append)
        return self.steps

    def kill(self, days: list[date], flavour: str, *, step: int = -1, rename: int = -1) -> bool:
        """Publish until killed and look at what readers see; returns whether the publication lived to its end."""
        before = seen(self.store)
        after = before | {d: f"{flavour}-{d}" for d in days}
        code = publish_apart(self.folder, self.url, days, flavour, self.tables, step=step, rename=rename)
        assert code in (0, -9)
        assert seen(self.store) in (before, after)
        assert all(p.is_file() for t in self.tables for p in self.store.files(t))
        return code == 0

    def again(self, days: list[date], flavour: str) -> None:
        """Publish again; the result must be the twin's."""
        assert publish_apart(self.folder, self.url, days, flavour, self.tables) == 0
        self.must_equal_twin()

    def must_equal_twin(self) -> None:
        assert [outcome(c) for c in self.store.closes().values()] == [outcome(c) for c in self.twin.closes().values()]
        assert pages(self.folder / "reports") == pages(self.twin_folder / "reports")
        ours, theirs = Lake(self.store.root, self.url), Lake(self.twin.root, self.twin._database_url)
        for name in self.tables:
            live = ours.live_files(name)
            assert live == theirs.live_files(name)
            assert [self.store.root / p for p in sorted(live)] == self.store.files(name)
        assert [self.store.root / p for p in sorted(ours.live_files("close"))] == self.store.files("close")


def seen(store: Store) -> dict[date, str]:
    return {d: c.close_id for d, c in store.closes().items()}


def sqlite_in(folder: Path) -> Callable[[], str]:
    names = count()
    return lambda: f"sqlite:///{folder / str(next(names))}.db"


def outcome(close: Close) -> tuple[object, ...]:
    return (close.business_date, close.close_id, close.supersedes, close.output_hash, close.files, close.reports)


def pages(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_killed_at_every_step_of_a_re_close(new_database: Callable[[], str], tmp_path: Path) -> None:
    books = Books(tmp_path, new_database, TABLES[:2])
    steps = [s for s in books.undisturbed([D1, D1 + timedelta(days=1)], "first") if s]
    assert publish_apart(books.folder, books.url, [D1, D1 + timedelta(days=1)], "first", books.tables) == 0
    # "before" a step is the state "after" the one before it, so the first and every "after" are all there are
    points = [0, *(n for n, s in enumerate(steps) if s.startswith("after"))]
    assert len(points) > 10
    for point in points:
        days, flavour = [D1, D1 + timedelta(days=2 + point)], f"step{point}"
        assert len(books.undisturbed(days, flavour)) == len(steps)
        assert not books.kill(days, flavour, step=point)
        books.again(days, flavour)
    assert books.store.verify() == []


def test_killed_at_every_rename_of_a_re_close(tmp_path: Path) -> None:
    books = Books(tmp_path, sqlite_in(tmp_path), TABLES[:1])
    books.undisturbed([D1], "first")
    assert publish_apart(books.folder, books.url, [D1], "first", books.tables) == 0
    for point in range(100):
        books.undisturbed([D1], f"rename{point}")
        lived = books.kill([D1], f"rename{point}", rename=point)
        books.again([D1], f"rename{point}")
        if lived:
            break
    assert 12 < point < 99
    assert books.store.verify() == []


def test_what_a_killed_publication_left_is_put_right_by_the_next_one_whatever_it_publishes(tmp_path: Path) -> None:
    books = Books(tmp_path, sqlite_in(tmp_path), TABLES[:2])
    days = [D1, D1 + timedelta(days=1)]
    steps = books.undisturbed(days, "first")
    assert publish_apart(books.folder, books.url, days, "first", books.tables) == 0
    # the Iceberg tables already hold the new files, the close rows do not exist; then another day is published instead
    assert not books.kill([*days, D1 + timedelta(days=2)], "dropped", step=steps.index("before: record the closes") + 2)
    assert any("dropped" in str(p) for p in (books.folder / "staging").iterdir())
    assert seen(books.store)[D1] == f"first-{D1}"
    assert books.store.verify() != []
    later = [D1 + timedelta(days=3)]
    books.undisturbed(later, "later")
    books.again(later, "later")
    assert books.store.verify() == []
    assert books.store.collect_garbage() > 0
    assert books.store.verify() == []


def test_recover_lays_out_reports_that_a_kill_left_behind(tmp_path: Path) -> None:
    books = Books(tmp_path, sqlite_in(tmp_path), TABLES[:1])
    steps = books.undisturbed([D1], "first")
    assert not books.kill([D1], "first", step=steps.index("after: record the closes"))
    assert not (books.folder / "reports" / D1.isoformat()).exists()
    assert books.store.recover()
    books.must_equal_twin()
    assert not books.store.recover()
