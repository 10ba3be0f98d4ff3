"""Every command of the contract in a process of its own: exit codes, machine-readable results, and errors that say what, where, why and next."""

import csv
import errno
import io
import json
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import polars
import pytest

from core.errors import UsageFault
from core.schema import OUTPUTS, TABLES
from core.sql import Limits, Session
from tests.system.small_books import fill, make
from tests.system.system_books import closes, copy_books, query, tieout
from tieout.commands.export import run as export_table
from tieout.failing import environment, on_the_same_books
from tieout.reading import EXPORTED

pytestmark = pytest.mark.minutes
HEAVY = ("dagster", "duckdb", "pyiceberg", "great_expectations", "polars", "pyarrow", "pandas", "sqlalchemy")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company, two days, made and closed by `tieout demo`."""
    folder = tmp_path_factory.mktemp("demo") / "books"
    done = tieout("demo", folder, "--days", "2", "--members", "30", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["closed"] == ["2026-03-01", "2026-03-02"]
    assert told["planted"] > 5
    assert [Path(p).is_dir() for p in told["reports"]] == [True, True]
    assert {"business_date", "close_id", "events", "matched", "breaks", "blocking", "liability", "tie_out", "unattributed"} <= told["days"][0].keys()
    return folder


def refused(done: subprocess.CompletedProcess[str], code: int = 2) -> str:
    """The message of a command that was refused: it says what, where, why and the next command."""
    assert done.returncode == code, done.stdout + done.stderr
    for words in ("tieout: ", "\n  where: ", "\n  why:   ", "\n  next:  "):
        assert words in done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


# ------------------------------------------------------------------------------------------------------------------ start-up
def test_help_imports_nothing_heavy() -> None:
    program = f"""
import sys
import tieout.main
sys.argv = ["tieout", "--help"]
try:
    tieout.main.main()
except SystemExit:
    print([h for h in {HEAVY!r} if h in sys.modules])
"""
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines()[-1] == "[]"
    for command in ("demo", "init", "close", "backfill", "compare", "export", "trace", "explain", "verify", "attest", "doctor"):
        assert f"  {command} " in shown


# -------------------------------------------------------------------------------------------------------------- init, doctor
def test_init_writes_books_ready_to_run_and_never_overwrites(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    done = tieout("init", folder, "--json")
    assert done.returncode == 0
    assert "tieout close" in json.loads(done.stdout)["next"][-1]
    written = {"tieout.toml", "programmes", "chart_of_accounts.toml", "tax_rules.csv", "tax_rates.csv", "match_rules", "inbox"}
    assert {p.name for p in folder.iterdir()} >= written
    before = (folder / "tieout.toml").read_bytes()
    assert "never overwrites" in refused(tieout("init", folder))
    assert (folder / "tieout.toml").read_bytes() == before
    examined = tieout("doctor", "--books", folder, "--json")
    assert examined.returncode == 0, examined.stdout + examined.stderr
    assert json.loads(examined.stdout)["well"] is True


def test_a_misspelt_key_is_named_with_its_nearest(tmp_path: Path) -> None:
    folder = tmp_path / "books"
    tieout("init", folder)
    path = next((folder / "programmes").glob("*.toml"))
    path.write_text(path.read_text(encoding="utf-8").replace("\nvalue_per_point", "\nvalue_per_pont", 1), encoding="utf-8")
    message = refused(tieout("close", "2026-03-01", "--books", folder))
    assert path.name in message
    assert "value_per_pont" in message
    assert "value_per_point" in message.replace("value_per_pont", "", 1)


def test_a_bare_float_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "books"
    tieout("init", folder)
    path = next((folder / "programmes").glob("*.toml"))
    lines = [("value_per_point = 0.01" if ln.startswith("value_per_point") else ln) for ln in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert "value_per_point" in refused(tieout("close", "2026-03-01", "--books", folder))


# -------------------------------------------------------------------------------------------------------------- bad commands
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("close", "31.03.2026"), "YYYY-MM-DD"),
        (("close", "2025-01-01"), "nothing has been delivered"),
        (("close", "2090-01-01"), "2090-01-01 has not begun"),
        (("export", "brake"), "there is no table brake"),
        (("export", "break", "--format", "pdf"), "there is no format pdf"),
        (("export", "break", "--format", "xlsx"), "--out"),
        (("export", "break", "--date", "2026-04-01"), "has not been closed"),
        (("export", "break", "--as-of", "2026-03-31T18:00:00"), "no offset"),
        (("trace", "no-such-event"), "no event no-such-event"),
        (("explain", "no-such-break"), "no break no-such-break"),
        (("attest", "--since", "2030-01-01"), "since 2030-01-01"),
        (("verify", "2030-01-01"), "has not been closed"),
        (("backfill", "2026-03-02", "2026-03-01"), "2026-03-02 is after 2026-03-01"),
        (("export", "break", "--from", "2026-03-02", "--to", "2026-03-01"), "2026-03-02 is after 2026-03-01"),
        (("export", "break", "--date", "2026-03-02", "--from", "2026-03-01"), "both a day and a range"),
        (("export", "break", "--out", "nowhere/break.csv"), "mkdir -p nowhere"),
        (("export", "break", "--out", "."), "is a folder"),
    ],
)
def test_a_bad_command_is_refused_in_words(demo: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in refused(tieout(*arguments, books=demo))


def test_days_that_were_delivered_ahead_can_be_closed(tmp_path: Path) -> None:
    first = date(2090, 1, 1)
    folder = make(tmp_path / "books")
    fill(folder, first, 2)
    # a mistyped year beside them: its file waits, and nothing else does
    (folder / "inbox" / "loyalty" / "loyalty_event_9999-12-31.csv").write_text("event_id\n", encoding="utf-8")
    said = tieout("backfill", "2090-01-01", "2090-01-02", "--json", books=folder)
    assert (said.returncode, json.loads(said.stdout)["closed"]) == (0, ["2090-01-01", "2090-01-02"])


@pytest.mark.parametrize("arguments", [("clsoe", "2026-03-01"), ("close",), ("close", "2026-03-01", "--nonsense"), ("demo", "--days", "0")])
def test_misuse_is_refused_in_words_and_under_json_as_json(arguments: tuple[str, ...]) -> None:
    assert "--help" in refused(tieout(*arguments))
    assert json.loads(tieout(*arguments, "--json").stdout)["exit_code"] == 2


def test_a_path_that_cannot_be_is_no_bug_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert str(tmp_path / "file") in refused(tieout("init", tmp_path / "file" / "books"))


def test_a_full_disk_is_a_system_that_failed_wherever_it_shows(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError) as full, sqlite3.connect(tmp_path / "small.db") as small:
        small.execute("pragma max_page_count = 2")
        small.executescript("create table a (x); create table b (x); create table c (x)")
    wrapped = RuntimeError("while saving")
    wrapped.__cause__ = full.value
    for failure in (wrapped, OSError(errno.ENOSPC, "No space left on device", "file")):
        fault = environment(failure)
        assert fault is not None
        assert fault.exit_code == 3
    assert environment(OSError(errno.ENOENT, "No such file or directory", "file")) is None, "a file we lost is a bug of ours"


def test_too_little_memory_is_said_with_what_to_change() -> None:
    with Session(Limits((), "16MB")) as session, pytest.raises(duckdb.OutOfMemoryException) as failure:
        session.statement("create table t as select list(repeat('x', 1000) || range order by range) as texts from range(100000)")
    fault = environment(failure.value)
    assert fault is not None
    assert fault.exit_code == 2
    assert "memory" in fault.where


@pytest.mark.parametrize(
    ("advice", "typed", "shown"),
    [
        ("tieout close 2026-03-01", ["verify", "--books", "my books"], "tieout close 2026-03-01 --books 'my books'"),
        ("tieout verify, for every closed day", ["verify", "--books=b"], "tieout verify --books b, for every closed day"),
        ("tieout close DATE", ["export"], "tieout close DATE"),
        ("tieout compare --help", ["close", "--books", "b"], "tieout compare --help"),
        ("name one or more columns", ["close", "--books", "b"], "name one or more columns"),
    ],
)
def test_the_next_command_names_the_books_that_the_failed_one_named(advice: str, typed: list[str], shown: str) -> None:
    assert on_the_same_books(UsageFault("what", "where", "why", advice), typed).next_step == shown


def test_books_may_lie_where_people_put_them(demo: Path, tmp_path: Path) -> None:
    folder = copy_books(demo, tmp_path / "Bob's books (März)")
    for form in ("csv", "json", "parquet"):
        done = tieout("export", "break", "--format", form, "--out", tmp_path / f"Bob's breaks.{form}", books=folder)
        assert done.returncode == 0, done.stderr
    done = tieout("init", folder)
    assert f"--books '{folder}'".replace("Bob's", "Bob'\"'\"'s") in refused(done)  # as a shell takes it


def test_a_folder_without_books_is_refused(tmp_path: Path) -> None:
    refused(tieout("close", "2026-03-01", "--books", tmp_path / "nowhere"))


def test_an_error_under_json_is_json(demo: Path) -> None:
    done = tieout("trace", "no-such-event", "--json", books=demo)
    assert done.returncode == 2
    told = json.loads(done.stdout)
    assert told["exit_code"] == 2
    assert {"what", "where", "why", "next"} <= told.keys()


def test_the_demo_leaves_other_folders_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    refused(tieout("demo", tmp_path))
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"


# --------------------------------------------------------------------------------------------------------------------- close
def test_strict_says_that_breaks_block_sign_off(demo: Path) -> None:
    done = tieout("backfill", "2026-03-01", "2026-03-02", "--strict", "--json", books=demo)
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert told["closed"] == [], "every day stands on current input"
    assert sum(d["blocking"] for d in told["days"]) > 0
    assert tieout("backfill", "2026-03-01", "2026-03-02", books=demo).returncode == 0


def test_an_earlier_close_can_be_read_as_it_was(demo: Path, tmp_path: Path) -> None:
    books = copy_books(demo, tmp_path / "books")
    before = tieout("export", "disposition", books=books).stdout
    then = datetime.now(tz=UTC).isoformat()
    events = books / "inbox" / "loyalty" / "loyalty_event_2026-03-01.csv"
    with events.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    late = {**next(r for r in rows if r["kind"] == "accrual"), "event_id": "LATE-1", "order_id": "LATE-ORDER"}
    with events.with_stem(f"{events.stem}_9").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(late))
        writer.writeheader()
        writer.writerow(late)
    done = tieout("close", "2026-03-02", "--json", books=books)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["closed"] == ["2026-03-01", "2026-03-02"]
    assert tieout("export", "disposition", "--as-of", then, books=books).stdout == before
    assert tieout("export", "disposition", books=books).stdout != before
    assert "LATE-1" in tieout("export", "loyalty_event", "--date", "2026-03-01", books=books).stdout
    assert "LATE-1" not in tieout("export", "loyalty_event", "--date", "2026-03-01", "--as-of", then, books=books).stdout
    supersedes = [c.supersedes for c in closes(books).values()]
    assert supersedes == [c.close_id for c in closes(demo).values()]


# -------------------------------------------------------------------------------------------------------------------- export
@pytest.mark.parametrize("table", sorted(EXPORTED))
def test_every_table_leaves_in_every_format_with_the_same_rows(demo: Path, tmp_path: Path, table: str) -> None:
    paths = {form: tmp_path / f"{table}.{form}" for form in ("csv", "parquet", "json", "xlsx")}
    for form, path in paths.items():
        export_table(demo, table, None, None, form, path, None)
    columns = ["business_date", "close_id", *TABLES[table].names]
    with paths["csv"].open(encoding="utf-8", newline="") as handle:
        header, *rows = list(csv.reader(handle))
    assert header == columns
    assert [r[0] for r in rows] == sorted(r[0] for r in rows)
    frame = polars.read_parquet(paths["parquet"])
    assert (frame.columns, frame.height) == (columns, len(rows))
    assert len(json.loads(paths["json"].read_text(encoding="utf-8"))) == len(rows)
    book = openpyxl.load_workbook(paths["xlsx"], read_only=True)
    assert sum(1 for _ in book.worksheets[0].iter_rows()) >= len(rows) + 1
    if table in ("break", "match", "lot", "allocation", "tax_entry", "journal_line", "roll_forward", "tie_out", "control_total", "disposition", "close"):
        assert rows, f"the sample company has rows in {table}"


def test_every_table_of_the_contract_can_be_exported() -> None:
    assert {t.name for t in OUTPUTS} <= set(EXPORTED)


def test_lots_of_a_day_add_up_to_what_members_hold(demo: Path) -> None:
    done = tieout("export", "lot", "--date", "2026-03-02", books=demo)
    assert done.returncode == 0, done.stderr
    lots = list(csv.DictReader(io.StringIO(done.stdout)))
    held = query(demo, "select sum(points) as held from loyalty_event", "loyalty_event")[0]["held"]
    assert sum(Decimal(r["remaining_points"]) for r in lots) == held
    assert any(r["ledger_ref"] for r in lots)


def test_a_range_is_the_days_of_it(demo: Path) -> None:
    whole = tieout("export", "break", books=demo).stdout
    assert tieout("export", "break", "--from", "2026-03-01", "--to", "2026-03-02", books=demo).stdout == whole
    days = {r["business_date"] for r in csv.DictReader(io.StringIO(tieout("export", "break", "--date", "2026-03-02", books=demo).stdout))}
    assert days == {"2026-03-02"}


# ------------------------------------------------------------------------------------------------------------ trace, explain
def test_a_redemption_is_followed_to_its_lots_entries_and_taxes_and_back(demo: Path) -> None:
    chosen = query(demo, "select event_id, lot_id from allocation where status = 'complete' and tax_entry_id <> '' order by event_id limit 1", "allocation")[0]
    done = tieout("trace", str(chosen["event_id"]), "--json", books=demo)
    assert done.returncode == 0, done.stderr
    assert {"allocation", "lot", "ledger entry", "ledger tax line", "tax entry"} <= _kinds(json.loads(done.stdout))
    shown = tieout("trace", str(chosen["event_id"]), books=demo).stdout
    assert str(chosen["lot_id"]) in shown
    back = json.loads(tieout("trace", str(chosen["lot_id"]), "--json", books=demo).stdout)
    assert back["kind"] == "accrual" or back["ref"] == chosen["lot_id"]
    assert str(chosen["event_id"]) in json.dumps(back)


def _kinds(node: dict[str, object]) -> set[str]:
    follows = node["follows"]
    assert isinstance(follows, list)
    return {str(node["kind"])}.union(*(_kinds(f) for f in follows))


def test_a_break_is_explained(demo: Path) -> None:
    chosen = query(demo, "select break_id, business_key, code from break where pair = 'event_ledger' and status = 'open' order by break_id limit 1", "break")[0]
    done = tieout("explain", str(chosen["break_id"]), "--json", books=demo)
    assert done.returncode == 0, done.stderr
    assert str(chosen["business_key"]) in done.stdout
    assert json.loads(done.stdout)
    assert str(chosen["code"]) in tieout("explain", str(chosen["break_id"]), books=demo).stdout


# ------------------------------------------------------------------------------------------------------------ verify, attest
def test_a_flipped_byte_is_found(demo: Path) -> None:
    assert tieout("verify", books=demo).returncode == 0
    path = demo / "lake" / next(f.path for f in next(iter(closes(demo).values())).files if f.table == "break")
    whole = path.read_bytes()
    try:
        path.write_bytes(whole[:99] + bytes([whole[99] ^ 1]) + whole[100:])
        done = tieout("verify", "--json", books=demo)
        assert done.returncode == 4
        assert path.name in " ".join(json.loads(done.stdout)["findings"])
        assert tieout("verify", "2026-03-02", books=demo).returncode == 0, "the other day holds"
    finally:
        path.write_bytes(whole)


def test_a_changed_report_is_found(demo: Path) -> None:
    page = demo / "reports" / "2026-03-01" / "daily.html"
    whole = page.read_bytes()
    try:
        page.write_bytes(whole + b" ")
        done = tieout("verify", "2026-03-01", books=demo)
        assert done.returncode == 4
        assert "daily.html" in done.stdout
    finally:
        page.write_bytes(whole)


def test_a_changed_seal_is_found_and_moved_books_are_told(demo: Path, tmp_path: Path) -> None:
    books = copy_books(demo, tmp_path / "books")
    moved = tieout("verify", books=books)
    assert (moved.returncode, "every file, report and seal holds" in moved.stdout) == (0, True)
    assert "the books were copied or moved" in moved.stdout, "tables for other engines still point to where the books were"
    with sqlite3.connect(books / "tieout.db") as database:
        database.execute("update close set output_hash = 'x' || substr(output_hash, 2) where business_date = '2026-03-01'")
    done = tieout("verify", "2026-03-01", books=books)
    assert done.returncode == 4
    assert "seal is not that of its pins" in done.stdout


def test_attest_names_what_changed(demo: Path) -> None:
    told = json.loads(tieout("attest", "--since", "2026-03-01", "--json", books=demo).stdout)
    assert (told["closes"], told["unchanged"]) == (2, True)


def test_attest_names_what_no_close_has_used_yet(demo: Path, tmp_path: Path) -> None:
    books = copy_books(demo, tmp_path / "books")
    rates = books / "tax_rates.csv"
    rates.write_text(rates.read_text(encoding="utf-8").replace("0.0", "0.1", 1), encoding="utf-8")
    told = json.loads(tieout("attest", "--since", "2026-03-01", "--json", books=books).stdout)
    assert [(c["day"], c["what"]) for c in told["changes"]] == [("next close", "configuration")]


# ------------------------------------------------------------------------------------------------------------------- compare
def test_compare_needs_no_books(tmp_path: Path) -> None:
    left, right = tmp_path / "left.csv", tmp_path / "right.csv"
    left.write_text("id,amount\na,10000.00\nb,5.00\nc,1.00\n", encoding="utf-8")
    right.write_text("id,amount\na,9999.00\nb,5.01\n", encoding="utf-8")
    environment = {"TIEOUT_BOOKS": str(tmp_path / "none")}
    done = tieout("compare", left, right, "--on", "id", "--amount", "amount", "--json", environment=environment)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["breaks"], told["net_difference"]) == (2, "1.990000000000"), "a differs by exactly the tolerance, which is within"
    same = json.loads(tieout("compare", left, left, "--on", "id", "--amount", "amount", "--json", environment=environment).stdout)
    assert same["measures"]["amount"]["gross_difference"].strip("0.") == "", "a zero has no exponent"
    assert tieout("compare", left, right, "--on", "id", "--amount", "amount", "--strict").returncode == 1
    assert tieout("compare", left, left, "--on", "id", "--amount", "amount", "--strict").returncode == 0
    assert "no column" in refused(tieout("compare", left, right, "--on", "key", "--amount", "amount"))
    refused(tieout("compare", left, tmp_path / "absent.csv", "--on", "id", "--amount", "amount"))
    for form in ("csv", "json", "parquet", "xlsx"):
        out = tmp_path / f"difference.{form}"
        assert tieout("compare", left, right, "--on", "id", "--amount", "amount", "--out", out).returncode == 0
        assert out.stat().st_size > 0


def test_what_a_command_prints_is_clean_when_piped(demo: Path) -> None:
    """Progress and colours are for terminals only."""
    done = tieout("backfill", "2026-03-01", "2026-03-02", books=demo, environment={"NO_COLOR": "", "TERM": os.environ.get("TERM", "dumb")})
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
