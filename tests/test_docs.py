"""Docs that cannot rot: generated pages are current, links lead somewhere, every command and dependency is documented."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
sys.path.insert(0, str(ROOT / "docs"))


def test_generated_pages_are_current() -> None:
    from generate import PAGES as GENERATED  # type: ignore[import-not-found]

    for name, page in GENERATED.items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == page(), f"docs/{name} is stale: make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_paths_named_in_docs_exist(page: Path) -> None:
    rooms = r"(?:core|connectors|reconcilers|ledgers|reports|store|assets|dagster_project|tieout|tests|docs|benchmarks)"
    for path in re.findall(rf"`({rooms}/[\w./-]*)`", page.read_text(encoding="utf-8")):
        assert (ROOT / path.rstrip("/")).exists(), f"{page.name} names {path}"


def test_every_dependency_is_explained() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in [*project["dependencies"], *(r for extra in project["optional-dependencies"].values() for r in extra)]:
        name = re.split(r"[\[><=]", requirement)[0]
        assert name in page, f"docs/dependencies.md does not say why {name} is here"


def test_every_command_has_help_and_is_in_the_changelog() -> None:
    shown = subprocess.run([sys.executable, "-m", "tieout", "--help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    commands = re.findall(r"^  (\w+)  +\S", shown.split("Commands:")[1], re.MULTILINE)
    assert {"demo", "init", "close", "backfill", "compare", "export", "trace", "explain", "verify", "attest", "doctor"} <= set(commands)
    assert not [c for c in commands if c not in changelog]


def test_the_reading_path_is_one_screen() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 60


def test_nothing_names_a_workplace() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    banned = re.compile(r"/(?:ro" + r"ot|wo" + r"rk|ho" + r"me)/\w|/t" + r"mp/\w")
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".py", ".sql", ".md", ".toml", ".csv", ".yaml", ".lock", ""} and path.is_file() and path.stat().st_size < 1_000_000:
            found = banned.search(path.read_text(encoding="utf-8", errors="replace"))
            assert not found, f"{name} names {found.group(0) if found else ''}"
