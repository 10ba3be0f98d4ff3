"""Raw pages: what a system sent, byte for byte, with its hash, request and cursor, before anything parses it.

`lake/extracts/<source>/<day>/<stream>/<slice>/000001-<sha256>.page` beside `000001.json`. A page is on the disk before it has a name; a slice
whose pages are here is read from here, so that a killed extraction resumes. What does not belong here: what pages mean.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.errors import IntegrityFault


@dataclass(frozen=True, slots=True)
class Vault:
    """The pages of one slice of one stream of one day's extraction."""

    folder: Path

    def page(self, number: int) -> bytes | None:
        """An archived page, its hash checked; None if it was never received. Raises IntegrityFault if the bytes have changed."""
        found = sorted(self.folder.glob(f"{number:06d}-*.page"))
        if not found or not (self.folder / f"{number:06d}.json").is_file():
            return None
        content = found[0].read_bytes()
        if hashlib.sha256(content).hexdigest() != found[0].stem.partition("-")[2]:
            raise IntegrityFault(
                "an archived page has other bytes than when it arrived", str(found[0]), "the books must be provable from it", "restore the file"
            )
        return content

    def keep(self, number: int, content: bytes, request: Mapping[str, object]) -> None:
        """Archive a page as received. `request` says how it was asked for, without credentials."""
        self.folder.mkdir(parents=True, exist_ok=True)
        sha256 = hashlib.sha256(content).hexdigest()
        write_durably(self.folder / f"{number:06d}-{sha256}.page", content)
        facts = {"page": number, "sha256": sha256, "bytes": len(content), "received_at": datetime.now(tz=UTC).isoformat(), "request": dict(request)}
        write_durably(self.folder / f"{number:06d}.json", json.dumps(facts, indent=1, sort_keys=True).encode())

    @property
    def is_complete(self) -> bool:
        return (self.folder / "complete.json").is_file()

    def complete(self, pages: int, records: int) -> None:
        """Say that the slice has all its pages."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_durably(self.folder / "complete.json", json.dumps({"pages": pages, "records": records}).encode())

    def forget(self) -> None:
        """Set an unfinished slice aside, where its cursor does not outlive the connection; what was received is kept."""
        if self.folder.is_dir() and any(self.folder.iterdir()):
            attempts = len(list(self.folder.parent.glob(f"{self.folder.name}.attempt*")))
            self.folder.replace(self.folder.parent / f"{self.folder.name}.attempt{attempts + 1}")


def write_durably(path: Path, content: bytes) -> None:
    """A file that is whole or not there."""
    temporary = path.with_name(f".{path.name[:40]}.{os.getpid()}.tmp")
    with temporary.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)


_UNPROVEN_KEPT = 3
"""Readings of one day that came to nothing, kept to find out why. A system that fails every night would fill the disk with them."""


def set_aside(folder: Path, record: str) -> None:
    """Keep an earlier extraction of the same day as evidence and make room for a new one. What was delivered has a `record` and is kept for good; of
    readings that came to nothing the latest."""
    if not folder.is_dir():
        return
    earlier = {int(p.name.rpartition(".superseded")[2]): p for p in folder.parent.glob(f"{folder.name}.superseded*")}
    number = max(earlier, default=0) + 1
    earlier[number] = folder.parent / f"{folder.name}.superseded{number}"
    shutil.move(folder, earlier[number])
    unproven = [path for _, path in sorted(earlier.items()) if not (path / record).is_file()]
    for path in unproven[:-_UNPROVEN_KEPT]:
        shutil.rmtree(path)
