"""Which code this is: the version and a hash of every rule and module, so that a changed rule is a changed close."""

import hashlib
from functools import cache
from importlib import metadata, resources
from pathlib import Path

ROOMS = ("core", "connectors", "reconcilers", "ledgers", "reports", "store", "assets")


@cache
def code_version() -> str:
    """`<version>+<hash>`; the hash is over every file of the rooms that make results, by relative name."""
    digest = hashlib.sha256()
    for room in ROOMS:
        with resources.as_file(resources.files(room)) as folder:
            for path in sources(Path(folder)):
                digest.update(f"{room}/{path.relative_to(folder).as_posix()}\0".encode())
                digest.update(path.read_bytes())
    try:
        version = metadata.version("tieout")
    except metadata.PackageNotFoundError:
        version = "0"
    return f"{version}+{digest.hexdigest()[:12]}"


def sources(folder: Path) -> list[Path]:
    """Every file of a room: modules, rules in SQL, and the shipped match rules and platforms, which decide results as much."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
