"""Publishing: what readers see, what stays readable, what is refused."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from store_company import TABLES, close_days, close_of, stage_reports, write_day

from core.errors import IntegrityFault, UsageFault
from core.schema import Type, table
from core.sql import Limits, Session
from store import Close, PinnedFile, Store, output_hash
from store.lake import Lake, open_catalogue
from store.prepare import stored_table

D1, D2, D3 = date(2017, 1, 30), date(2017, 1, 31), date(2017, 2, 1)


def lake_of(store: Store) -> Lake:
    return Lake(store.root, store._database_url)


def pinned(store: Store, name: str) -> dict[str, int]:
    return {f.path: f.rows for c in store.closes().values() for f in c.files if f.table == name}


def assert_iceberg_is_pinned(store: Store) -> None:
    lake = lake_of(store)
    for name in TABLES:
        assert lake.live_files(name) == pinned(store, name), name
    assert len(lake.live_files("close")) == len(store.closes())


def test_a_published_day_can_be_read(store: Store, tmp_path: Path) -> None:
    (close,) = close_days(store, tmp_path, [D1], "first")
    assert store.closes() == {D1: close}
    assert store.close(close.close_id) == close
    assert [p.parent.name for p in store.files("lot_issue")] == ["business_date=2017-01-30"]
    assert (tmp_path / "reports" / "2017-01-30" / "digest.txt").read_text() == "digest.txt of 2017-01-30, first"
    assert len(store.files("close")) == 1
    assert_iceberg_is_pinned(store)
    assert store.verify() == []


def test_closing_again_replaces_the_day_and_keeps_the_earlier_close(store: Store, tmp_path: Path) -> None:
    close_days(store, tmp_path, [D1, D2], "first")
    files_then, instant = store.files("lot_issue"), datetime.now(UTC)
    close_days(store, tmp_path, [D2], "second")
    assert [c.close_id for c in store.history(D2)] == ["first-2017-01-31", "second-2017-01-31"]
    assert [c.supersedes for c in store.history(D2)] == [None, "first-2017-01-31"]
    assert store.files("lot_issue") != files_then
    assert store.files("lot_issue", as_of=instant) == files_then
    assert all(p.is_file() for p in files_then)
    assert store.files("lot_issue", as_of=instant - timedelta(days=1)) == []
    assert store.files("lot_issue", last=D1) == files_then[:1]
    assert store.files("lot_issue", first=D2) == store.files("lot_issue")[1:]
    assert_iceberg_is_pinned(store)
    assert store.verify() == []


def test_the_same_close_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    close_days(store, tmp_path, [D1], "first")
    steps: list[str] = []
    close_days(store, tmp_path, [D1], "first", on_step=steps.append)
    assert len(store.history(D1)) == 1
    assert not [s for s in steps if "commit" in s or "record" in s]


def test_going_back_to_an_earlier_outcome_is_a_new_close(store: Store, tmp_path: Path) -> None:
    for flavour in ("a", "b", "a"):
        close_days(store, tmp_path, [D1], flavour)
    assert [c.close_id[0] for c in store.history(D1)] == ["a", "b", "a"]
    assert_iceberg_is_pinned(store)


def test_a_table_that_vanishes_from_a_day_vanishes_from_the_lake(store: Store, tmp_path: Path) -> None:
    close_days(store, tmp_path, [D1], "first")
    close_days(store, tmp_path, [D1], "second", tables=TABLES[:1])
    assert store.files(TABLES[1]) == []
    assert_iceberg_is_pinned(store)


def test_unchanged_tables_are_not_committed(store: Store, tmp_path: Path) -> None:
    pins = write_day(store, D1, "first")
    reports = stage_reports(tmp_path / "s", D1, "first")
    store.publish([close_of(D1, "first", pins, reports)], {D1: tmp_path / "s"})
    again = [*[p for p in pins if p.table != "lot_issue"], *write_day(store, D1, "second", ["lot_issue"])]
    steps: list[str] = []
    store.publish([close_of(D1, "second", again, reports)], {D1: tmp_path / "s"}, steps.append)
    assert [s for s in steps if s.startswith("after: commit")] == ["after: commit lot_issue", "after: commit close"]


def test_a_signed_day_is_never_replaced(store: Store, tmp_path: Path) -> None:
    close_days(store, tmp_path, [D1], "first", status="signed")
    close_days(store, tmp_path, [D1], "first", status="signed")
    with pytest.raises(IntegrityFault, match="signed"):
        close_days(store, tmp_path, [D1, D2], "second")
    assert list(store.closes()) == [D1]
    assert store.closes()[D1].status == "signed"


def refuse(store: Store, tmp_path: Path, pins: list[PinnedFile], match: str) -> None:
    reports = stage_reports(tmp_path / "s", D1, "x")
    with pytest.raises(IntegrityFault, match=match):
        store.publish([close_of(D1, "x", pins, reports)], {D1: tmp_path / "s"})
    assert store.closes() == {}


def test_files_that_are_not_what_the_close_pins_are_refused(store: Store, tmp_path: Path) -> None:
    first, *rest = write_day(store, D1, "x")
    other = write_day(store, D2, "x")[0]
    moved = store.data_folder(first.table, D1) / "moved.parquet"
    moved.write_bytes((store.root / other.path).read_bytes())
    where = moved.relative_to(store.root).as_posix()
    refuse(store, tmp_path, [PinnedFile(first.table, first.path, first.rows + 1, first.sha256), *rest], "3 rows on disk, 4 pinned")
    refuse(store, tmp_path, [PinnedFile(first.table, first.path + "x", first.rows, first.sha256), *rest], "missing")
    refuse(store, tmp_path, [PinnedFile(first.table, where, 3, other.sha256), *rest], "rows of 2017-01-31 to 2017-01-31 in a file of 2017-01-30")
    refuse(store, tmp_path, [PinnedFile("roll_forward", first.path, first.rows, first.sha256)], "outside its day's folder")
    wrong = store.data_folder("roll_forward", D1) / "wrong.parquet"
    wrong.write_bytes((store.root / first.path).read_bytes())
    refuse(store, tmp_path, [PinnedFile("roll_forward", wrong.relative_to(store.root).as_posix(), 3, first.sha256)], "columns are not those of roll_forward")


def test_seal_and_reports_must_be_those_of_the_close(store: Store, tmp_path: Path) -> None:
    pins, reports = write_day(store, D1, "x"), stage_reports(tmp_path / "s", D1, "x")
    good = close_of(D1, "x", pins, reports)
    broken = Close(**{**{n: getattr(good, n) for n in Close.__slots__}, "output_hash": output_hash(pins[1:], reports)})
    with pytest.raises(IntegrityFault, match="seal"):
        store.publish([broken], {D1: tmp_path / "s"})
    with pytest.raises(IntegrityFault, match="twice"):
        store.publish([good, good], {D1: tmp_path / "s"})
    (tmp_path / "s" / "digest.txt").write_text("other")
    with pytest.raises(IntegrityFault, match=r"digest\.txt"):
        store.publish([good], {D1: tmp_path / "s"})
    assert store.closes() == {}


def test_a_lost_report_folder_is_laid_out_again(store: Store, tmp_path: Path) -> None:
    close_days(store, tmp_path, [D1], "first")
    page = tmp_path / "reports" / "2017-01-30" / "daily.html"
    content = page.read_bytes()
    page.write_bytes(b"torn")
    (page.parent / "stray.txt").write_text("not ours")
    assert len(store.verify(D1)) == 2
    assert store.restore_reports(D1)
    assert page.read_bytes() == content
    assert not store.restore_reports(D1)
    assert store.verify(D1) == []


def test_unknown_close(store: Store) -> None:
    with pytest.raises(UsageFault, match="no close nothing"):
        store.close("nothing")


@pytest.mark.parametrize(
    "name", ["lot_issue", "loyalty_event", "ledger_line", "break", "roll_forward", "tax_entry", "control_total", "lot_schedule", "urr_estimate"]
)
def test_iceberg_readers_see_the_same_values_as_duckdb(tmp_path: Path, name: str) -> None:
    store = Store.open(tmp_path / "lake", f"sqlite:///{tmp_path}/t.db", tmp_path / "reports")
    close_days(store, tmp_path, [D1, D2], "x", tables=[name])
    declared = table(name)
    with Session(Limits((store.root,))) as session:
        session.view("t", declared, store.files(name), prefix=("business_date", "close_id"))
        ours = session.fetch(f"select * from t order by business_date, {', '.join(chr(34) + k + chr(34) for k in declared.key)}")
    scanned = sorted(read_with_pyiceberg(store, name), key=lambda r: (r["business_date"], *(str(r[k]) for k in declared.key)))
    assert sorted(ours, key=lambda r: (r["business_date"], *(str(r[k]) for k in declared.key))) == scanned
    assert len(ours) == 6
    assert store.verify() == []


def read_with_pyiceberg(store: Store, name: str) -> list[dict[str, object]]:
    """As another engine would: pyiceberg's own file access, not ours."""
    from pyiceberg.catalog.sql import SqlCatalog

    catalogue = SqlCatalog("tieout", uri=store._database_url, warehouse=str(store.root))
    rows: list[dict[str, object]] = catalogue.load_table(("books", name)).scan().to_arrow().to_pylist()
    catalogue.engine.dispose()
    return rows


def test_every_type_occurs_in_the_tables_compared_above() -> None:
    names = ["lot_issue", "loyalty_event", "ledger_line", "break", "roll_forward", "tax_entry", "control_total", "lot_schedule", "urr_estimate"]
    assert {c.type for n in names for c in table(n).columns} | {c.type for c in stored_table("close").columns} == set(Type)


def test_a_backfill_commits_each_table_once(store: Store, tmp_path: Path) -> None:
    steps: list[str] = []
    days = [date(2017, 1, 1) + timedelta(days=n) for n in range(31)]
    close_days(store, tmp_path, days, "first", on_step=steps.append)
    assert [s for s in steps if s.startswith("after: commit")] == [f"after: commit {n}" for n in (*sorted(TABLES), "close")]
    catalogue = open_catalogue(store._database_url, store.root / "iceberg")
    loaded = catalogue.load_table(("books", "lot_issue"))
    assert len(loaded.snapshots()) == 1
    assert set(loaded.refs()) == {"main", "month-end-2017-01"}
    catalogue.engine.dispose()
    assert_iceberg_is_pinned(store)


def test_many_closes_keep_few_snapshots_and_the_tagged_one(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "lake", f"sqlite:///{tmp_path}/t.db", tmp_path / "reports")
    close_days(store, tmp_path, [D2], "tagged", tables=["lot_issue"])
    for n in range(60):
        close_days(store, tmp_path, [date(2017, 2, 1) + timedelta(days=n % 20)], f"f{n}", tables=["lot_issue"])
    catalogue = open_catalogue(store._database_url, store.root / "iceberg")
    loaded = catalogue.load_table(("books", "lot_issue"))
    assert len(loaded.snapshots()) <= 23
    tagged = loaded.snapshot_by_name("month-end-2017-01")
    assert tagged is not None
    old = loaded.scan(snapshot_id=tagged.snapshot_id).plan_files()
    assert [t.file.file_path for t in old] == [f"file://{store.files('lot_issue', last=D2)[0]}"]
    catalogue.engine.dispose()
    assert store.verify() == []
    metadata = store.root / "iceberg" / "lot_issue" / "metadata"
    before = len(list(metadata.iterdir()))
    assert store.collect_garbage() > 0
    assert len(list(metadata.iterdir())) < before
    assert store.verify() == []


def test_reading_closes_imports_neither_pyiceberg_nor_alembic_nor_pyarrow(store: Store, tmp_path: Path) -> None:
    close_days(store, tmp_path, [D1], "first")
    script = (
        "import sys; from pathlib import Path; from store import Store\n"
        f"s = Store.open(Path({str(store.root)!r}), {store._database_url!r}, Path({str(tmp_path / 'reports')!r}))\n"
        "assert s.closes() and s.files('lot_issue')\n"
        "print(sorted({'pyiceberg', 'alembic', 'pyarrow', 'pandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.strip() == "[]"


def test_days_of_many_manifests_are_replaced_whatever_the_threads(store: Store, tmp_path: Path) -> None:
    """pyiceberg looks for the files to be deleted from several threads, with an evaluator that holds what it looks at; its threads switch here all the time."""
    days = [date(2017, 1, 1) + timedelta(days=n) for n in range(24)]
    for day in days:
        close_days(store, tmp_path / "staging", [day], "first", tables=TABLES[:1])
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for n in range(12):
            close_days(store, tmp_path / "staging", [days[0], days[12], days[23]], f"again{n}", tables=TABLES[:1])
            assert lake_of(store).live_files(TABLES[0]) == pinned(store, TABLES[0])
    finally:
        sys.setswitchinterval(usual)
