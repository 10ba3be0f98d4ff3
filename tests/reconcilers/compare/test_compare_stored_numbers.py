"""compare on numbers as files store them: decimals of any scale, integers, text, in Parquet against Parquet and CSV; the same classes as their text gives."""

import os
from pathlib import Path

import duckdb
import pytest

from core.errors import UsageFault
from reconcilers import compare_files
from tieout.commands.compare import Options, run

ROWS = (
    # key, left amount, left points, right amount, right points, class of the key
    ("a", "1.10", "5", "1.1000", "5", "equal"),
    ("b", "1.10", None, "1.1000", "0", "equal"),
    ("c", None, "5", "0.0000", "5", "unreadable"),
    ("d", "-100.00", "1", "-99.9900", "1", "within_tolerance"),
    ("e", "100.00", "1", "-100.0000", "1", "amount_differs"),
    ("f", "0.00", "7", "0.0000", "8", "points_differ"),
    ("g", "90071992547409.93", "1", "90071992547409.9300", "1", "equal"),
    ("h", None, None, None, None, "unreadable"),
)


def _file(path: Path, side: int, amount: str, points: str) -> Path:
    """One side of ROWS, its numbers stored as the given types."""
    cells = [(r[0], *(f"'{v}'" if v is not None else "null" for v in r[1 + 2 * side : 3 + 2 * side])) for r in ROWS]
    rows = ", ".join(f"('{k}', {a}::{amount}, {p}::{points})" for k, a, p in cells)
    how = "format csv, header" if path.suffix == ".csv" else "format parquet"
    duckdb.execute(f"copy (select * from (values {rows}) as t (id, amount, points)) to '{path}' ({how})")
    return path


@pytest.mark.parametrize("exact", [False, True], ids=["checksums", "every key"])
@pytest.mark.parametrize(
    ("suffix", "amount", "points"),
    [
        *(("parquet", "decimal(18, 4)", "bigint"), ("parquet", "decimal(38, 2)", "decimal(9, 3)"), ("parquet", "varchar", "integer")),
        *(("parquet", "decimal(38, 20)", "utinyint"), ("csv", "varchar", "varchar")),
    ],
)
def test_numbers_are_the_same_however_they_are_stored(tmp_path: Path, suffix: str, amount: str, points: str, exact: bool) -> None:
    left = _file(tmp_path / "left.parquet", 0, "decimal(18, 2)", "bigint")
    right = _file(tmp_path / f"right.{suffix}", 1, amount, points)
    out = tmp_path / "differences.csv"
    found = run(left, right, Options("id", "amount", "points", out=out, exact=exact, quiet=True)).found
    told = dict(duckdb.execute(f"select id, status from read_csv('{out}', all_varchar = true)").fetchall())
    assert told == {r[0]: r[5] for r in ROWS if r[5] != "equal"}
    assert (found.left_rows, found.right_rows) == (len(ROWS), len(ROWS))
    assert found.classes["equal"].keys == 3


def test_a_key_is_its_text_whatever_its_type(tmp_path: Path) -> None:
    for name, kind in (("left", "bigint"), ("right", "varchar")):
        duckdb.execute(f"copy (select 7::{kind} as id, 1.00::decimal(9, 2) as amount) to '{tmp_path / name}.parquet' (format parquet)")
    found = run(tmp_path / "left.parquet", tmp_path / "right.parquet", Options("id", "amount", quiet=True)).found
    assert (found.breaks, found.certified_keys) == (0, 1)


def test_a_file_that_changes_while_it_is_compared_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("left", "right"):
        duckdb.execute(f"copy (select 'k' as id, 1.00::decimal(9, 2) as amount) to '{tmp_path / name}.parquet' (format parquet)")
    compare = compare_files.compare_files

    def while_somebody_writes(*words: object, **named: object) -> compare_files.CompareResult:
        os.utime(tmp_path / "right.parquet", ns=(1, 1))
        return compare(*words, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(compare_files, "compare_files", while_somebody_writes)
    with pytest.raises(UsageFault, match="changed while it was compared"):
        run(tmp_path / "left.parquet", tmp_path / "right.parquet", Options("id", "amount", quiet=True))
