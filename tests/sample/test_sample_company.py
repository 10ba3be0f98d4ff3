"""The sample company: the same seed gives the same bytes, every table is delivered, and the truth names every implemented kind of break."""

import csv
import hashlib
from pathlib import Path

from core.kinds import BREAK_CODES
from core.schema import INPUTS
from tieout.sample.files import write_company

PLANTED = {
    *("AM-01", "AM-02", "AM-03", "AM-04", "AM-07", "AM-08", "BL-01", "BL-02", "CL-01", "CL-02", "DQ-01", "DQ-02", "DQ-03", "DQ-04", "DQ-05", "DQ-06"),
    *("DU-01", "DU-02", "FR-01", "MS-01", "MS-02", "MS-03", "MS-04", "MS-05", "MS-06", "MS-07", "RV-01", "RV-02", "RV-03"),
}


def _bytes(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_same_seed_same_company(tmp_path: Path) -> None:
    write_company(tmp_path / "a", 7, 400, 7)
    write_company(tmp_path / "b", 7, 400, 7)
    write_company(tmp_path / "c", 7, 400, 8)
    assert _bytes(tmp_path / "a") == _bytes(tmp_path / "b")
    assert _bytes(tmp_path / "a") != _bytes(tmp_path / "c")


def test_a_week_delivers_every_table_and_plants_every_kind(tmp_path: Path) -> None:
    write_company(tmp_path, 7, 2000, 7)
    delivered = {p.name.rsplit("_2026", 1)[0] for p in (tmp_path / "inbox").rglob("*.csv")}
    assert delivered == {t.name for t in INPUTS}
    with (tmp_path / "truth.csv").open(encoding="utf-8", newline="") as handle:
        codes = {row["code"] for row in csv.DictReader(handle)}
    assert codes == PLANTED
    assert codes <= set(BREAK_CODES)
