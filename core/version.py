"""Which code this is: the version and a hash of every rule and module, so that a changed rule is a changed close."""

import hashlib
from functools import cache
from importlib import metadata, resources
from pathlib import Path

ROOMS = ("core", "connectors", "reconcilers", "ledgers", "reports", "store", "assets")


@cache
def code_version() -> str:
    """`<version>+<hash>`; the hash is over the .py and .sql files of the rooms that make results, by relative name."""
    digest = hashlib.sha256()
    for room in ROOMS:
        with resources.as_file(resources.files(room)) as folder:
            for path in sorted(p for p in Path(folder).rglob("*") if p.suffix in {".py", ".sql"}):
                digest.update(f"{room}/{path.relative_to(folder).as_posix()}\0".encode())
                digest.update(path.read_bytes())
    try:
        version = metadata.version("tieout")
    except metadata.PackageNotFoundError:
        version = "0"
    return f"{version}+{digest.hexdigest()[:12]}"
