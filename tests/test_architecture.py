"""The shape of the house: who imports whom, what a rule's header promises, what may never be written in SQL."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.schema import TABLES
from core.sql import Limits, Session

ROOT = Path(__file__).resolve().parents[1]
RULES = sorted(p for room in ("connectors", "reconcilers", "ledgers", "reports") for p in (ROOT / room / "sql").glob("*.sql"))
RULES += sorted((ROOT / "connectors" / "platforms").glob("*/*.sql"))
HEADER = re.compile(r"^-- (purpose|reads|writes|parameters|invariant): (.+)$")
PROMISES = {"purpose", "reads", "writes", "parameters", "invariant"}
PURE = ("core", "reconcilers", "ledgers", "reports")
CLOCKS = {("datetime", "now"), ("datetime", "today"), ("date", "today"), ("time", "time"), ("os", "environ"), ("os", "getenv")}


def test_rooms_import_only_what_the_law_allows() -> None:
    done = subprocess.run([str(Path(sys.executable).parent / "lint-imports")], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kept" in done.stdout, done.stdout


@pytest.mark.parametrize("path", RULES, ids=lambda p: f"{p.parent.parent.name}/{p.stem}")
def test_a_rule_says_what_it_does_and_does_what_it_says(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    header, key = {}, ""
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        found = HEADER.match(line)
        if found:
            key = found.group(1)
            header[key] = found.group(2).strip()
        elif key:
            header[key] += " " + line.removeprefix("--").strip()
    assert set(header) >= PROMISES, f"{path.name} lacks {sorted(PROMISES - set(header))}"
    assert header["writes"] == path.stem
    body = "\n".join(line for line in text.splitlines() if not line.strip().startswith("--"))
    declared = set() if header["parameters"] in ("none", "-") else set(re.findall(r"\$\w+", header["parameters"]))
    assert declared == set(re.findall(r"\$[a-z_]\w*", body)), f"{path.name}: parameters of header and body differ"
    with Session(Limits((tmp_path,))) as session:
        read = session.table_names(re.sub(r"\$[a-z_]\w*", "null", body))
    promised = {n.strip() for n in header["reads"].split(",") if n.strip() not in ("none", "-")}
    assert {n.strip('"') for n in read} == promised, f"{path.name}: header says {sorted(promised)}, body reads {sorted(read)}"


@pytest.mark.parametrize("path", RULES, ids=lambda p: f"{p.parent.parent.name}/{p.stem}")
def test_a_rule_is_one_statement_without_floats_and_clocks(path: Path) -> None:
    body = "\n".join(line.split("--")[0] for line in path.read_text(encoding="utf-8").splitlines())
    assert ";" not in re.sub(r"'[^']*'", "", body), f"{path.name} holds more than one statement"
    for banned in (r"\bdouble\b", r"\bfloat\b", r"\breal\b", r"\bavg\s*\(", r"\bnow\s*\(", r"current_date", r"current_timestamp", r"\brandom\s*\("):
        assert not re.search(banned, body, re.IGNORECASE), f"{path.name} uses {banned}"
    assert not re.search(r"(?<!/)/(?![/*])", re.sub(r"'[^']*'|\"[^\"]*\"", "", body)), f"{path.name} divides with /, which gives DOUBLE; use div_half_up"


@pytest.mark.parametrize("room", PURE)
def test_pure_rooms_read_no_clock_and_no_environment(room: str) -> None:
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert (node.value.id, node.attr) not in CLOCKS, f"{path.relative_to(ROOT)}:{node.lineno} reads {node.value.id}.{node.attr}"


def test_no_money_goes_through_float() -> None:
    for room in (*PURE, "connectors", "store", "assets"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
                    line = path.read_text(encoding="utf-8").splitlines()[node.lineno - 1]
                    assert "# display" in line, f"{path.relative_to(ROOT)}:{node.lineno} calls float(); only what is drawn may, saying '# display'"


def test_no_room_is_a_bucket() -> None:
    banned = {"utils", "helpers", "common", "misc"}
    assert not [p for p in ROOT.rglob("*.py") if p.stem in banned and ".venv" not in p.parts]


def test_keys_name_columns() -> None:
    for table in TABLES.values():
        allowed = {*table.names, "business_date"}
        assert set(table.key) <= allowed, table.name
        assert len(set(table.names)) == len(table.names), table.name
