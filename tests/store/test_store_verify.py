"""Verification finds every change of what is stored; garbage collection never takes what a close pins."""

import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from store_company import close_days, write_day

from core.errors import SystemFault, UsageFault
from store import Store
from store.database import MIGRATIONS, REVISION, connect, metadata
from store.lake import Lake

D1, D2 = date(2017, 1, 1), date(2017, 1, 2)


@pytest.fixture
def two_days(store: Store, tmp_path: Path) -> Store:
    close_days(store, tmp_path / "staging", [D1, D2], "first")
    assert store.verify() == []
    return store


def test_a_flipped_byte(two_days: Store) -> None:
    path = two_days.files("lot_issue")[0]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert two_days.verify() == [f"{path}: bytes differ from what the close pins"]
    assert two_days.verify(D2) == []


def test_a_missing_file(two_days: Store) -> None:
    path = two_days.files("lot_issue")[1]
    path.unlink()
    assert two_days.verify(D2) == [f"{path}: missing"]


def test_swapped_files(two_days: Store) -> None:
    first, second = two_days.files("lot_issue")
    a, b = first.read_bytes(), second.read_bytes()
    first.write_bytes(b)
    second.write_bytes(a)
    assert two_days.verify() == [f"{p}: bytes differ from what the close pins" for p in (first, second)]


def test_a_changed_pin_and_a_changed_report(two_days: Store, tmp_path: Path) -> None:
    page = tmp_path / "reports" / "2017-01-01" / "daily.html"
    page.write_text("nicer numbers")
    assert two_days.verify() == [f"{page}: differs from what the close pins"]
    two_days.restore_reports(D1)
    change = """update "close" set files = replace(files, '"rows":3', '"rows":2') where business_date = '2017-01-01'"""
    with two_days._engine.begin() as connection:
        connection.exec_driver_sql(change)
    fresh = Store.open(two_days.root, two_days._database_url, tmp_path / "reports")
    assert "close first-2017-01-01 of 2017-01-01: seal is not that of its pins" in fresh.verify()
    fresh.dispose()


def test_an_earlier_close_is_verified_too(two_days: Store, tmp_path: Path) -> None:
    earlier = two_days.files("lot_issue")[0]
    close_days(two_days, tmp_path / "staging", [D1], "second")
    assert two_days.verify() == []
    earlier.unlink()
    assert two_days.verify() == [f"{earlier}: missing"]


def test_a_table_whose_metadata_is_lost_is_made_again(two_days: Store, tmp_path: Path) -> None:
    shutil.rmtree(two_days.root / "iceberg" / "lot_issue")
    assert [f for f in two_days.verify() if "no metadata here" in f]
    fresh = Store.open(two_days.root, two_days._database_url, tmp_path / "reports")
    close_days(fresh, tmp_path / "staging", [D2], "second")
    assert fresh.verify() == []


def test_copied_books_never_write_to_the_originals(tmp_path: Path) -> None:
    def opened(name: str) -> Store:
        return Store.open(tmp_path / name / "lake", f"sqlite:///{tmp_path / name}/tieout.db", tmp_path / name / "reports")

    (tmp_path / "original").mkdir()
    original = opened("original")
    close_days(original, tmp_path / "staging", [D1, D2], "first")
    original.dispose()
    shutil.copytree(tmp_path / "original", tmp_path / "copy")
    files = sorted(p.relative_to(tmp_path) for p in (tmp_path / "original" / "lake").rglob("*"))
    copy = opened("copy")
    assert copy.verify() == [], "every file, report and seal holds wherever the books are"
    assert "lot_issue" in copy.elsewhere()
    assert copy.collect_garbage() > 0, "metadata of tables that will be made again"
    close_days(copy, tmp_path / "staging", [D2], "second")
    assert copy.elsewhere() == [], "any publication makes every table here"
    assert copy.verify() == []
    assert sorted(p.relative_to(tmp_path) for p in (tmp_path / "original" / "lake").rglob("*")) == files
    assert len(Lake(copy.root, copy._database_url).live_files("lot_issue")) == 2


def test_books_are_read_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address, reports = f"sqlite:///{tmp_path}/tieout.db", tmp_path / "reports"
    store = Store.open(tmp_path / "lake", address, reports)
    close_days(store, tmp_path / "staging", [D1, D2], "first")
    store.dispose()
    with monkeypatch.context() as archive:
        archive.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # as an archive's file system answers, also to root
        read = Store.open(tmp_path / "lake", address, reports)
        assert list(read.closes()) == [D1, D2]
        assert read.verify() == []
        with pytest.raises(sa.exc.OperationalError, match="readonly database"):
            read.set_status(D1, "signed")
        read.dispose()
        (tmp_path / "tieout.db-wal").write_bytes(b"work of a process that was killed")
        with pytest.raises(SystemFault, match="last work is still in its journal"):
            Store.open(tmp_path / "lake", address, reports)


def test_garbage_is_what_no_close_pins(two_days: Store, tmp_path: Path) -> None:
    earlier = two_days.files("lot_issue")
    close_days(two_days, tmp_path / "staging", [D1], "second")
    orphan = two_days.root / write_day(two_days, D2, "never published", ["lot_issue"])[0].path
    torn = orphan.with_name(".lot_issue.1.tmp")
    torn.write_bytes(b"half")
    for old in (orphan, torn):
        os.utime(old, (1_000_000_000, 1_000_000_000))
    with two_days.lease("a running close"):
        young = two_days.root / write_day(two_days, D2, "being written", ["lot_issue"])[0].path
        assert two_days.collect_garbage() >= 2
    assert not orphan.exists()
    assert not torn.exists()
    assert young.exists()
    assert all(p.is_file() for p in (*earlier, *two_days.files("lot_issue")))
    assert two_days.verify() == []


def test_the_code_and_the_migrations_say_the_same(new_database: Callable[[], str], tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == REVISION
    url = new_database()
    Store.open(tmp_path / "lake", url, tmp_path / "reports").dispose()
    engine = connect(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused(new_database: Callable[[], str], tmp_path: Path) -> None:
    url = new_database()
    Store.open(tmp_path / "lake", url, tmp_path / "reports").dispose()
    engine = connect(url)
    with engine.begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))
    engine.dispose()
    with pytest.raises(UsageFault, match="another version of tieout"):
        Store.open(tmp_path / "lake", url, tmp_path / "reports")


def test_an_unusable_address(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="address"):
        Store.open(tmp_path / "lake", "nonsense", tmp_path / "reports")
    with pytest.raises(SystemFault, match="cannot be opened"):
        Store.open(tmp_path / "lake", f"sqlite:///{tmp_path}/no/such/folder/t.db", tmp_path / "reports")
