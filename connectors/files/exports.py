"""A stream from export files: lists, table downloads and extracts that people or jobs drop into `exports/<source>/`.

What belongs here: finding the day's file, or the files a manifest lists, checked by its checksums. What does not: taking a file apart
(`export_table`), what fields mean.
"""

import hashlib
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from connectors.extraction.definition import Stream
from connectors.extraction.records import Drift, Page
from connectors.extraction.template import fill
from connectors.files.delivery import Control, read_control
from connectors.files.export_table import table_page
from connectors.files.naming import CONTROL_SUFFIX, is_passed_over, stem_of
from core.errors import UsageFault
from core.policy import Source

_CHECKSUMS = {32: "md5", 64: "sha256"}
"""By the length of their hexadecimal form."""


class NotYet(Exception):
    """The day's export has not arrived: a delivery that is missing, not a fault."""


class ExportFiles:
    """Reads exports of one source. A stream with a manifest has it as its first page, then every file it lists."""

    resumes = True

    def __init__(self, name: str, source: Source, books: Path) -> None:
        self._name, self._dialect, self._folder = name, source.dialect, books / "exports" / name
        self._named = frozenset(source.fields.values())
        self._listed: dict[str, list[tuple[str, str]]] = {}

    def fetch(self, stream: Stream, values: Mapping[str, str]) -> tuple[bytes, dict[str, object]]:
        if values.get("link"):
            return self._beside_manifest(stream, values)
        pattern = fill(stream.manifest or stream.files, values)
        found = sorted(p for p in self._folder.glob(pattern) if p.is_file() and _is_export(p.name)) if self._folder.is_dir() else []
        if not found and stream.is_optional:
            return b"", {"file": "none"}
        if not found:
            raise NotYet(f"exports/{self._name}/{pattern}")
        if len(found) > 1:
            names = ", ".join(p.name for p in found)
            raise UsageFault(f"two exports for one day: {names}", str(self._folder), "which one counts is not guessed", "leave one of them")
        return self._announced(stream, found[0]), {"file": found[0].name}

    def parse(self, stream: Stream, content: bytes, names: Mapping[str, str]) -> Page:
        if not content:
            return Page({}, 0)
        must = self._named & names.keys() if stream.manifest else frozenset[str]()
        if not stream.manifest:
            return table_page(stream, content, self._dialect, names)
        waiting = self._listed.pop(stream.files, None)
        if waiting is None:
            waiting, page = listed(stream, content), Page({}, 0)
        else:
            _check(content, *waiting.pop(0))
            page = table_page(stream, content, self._dialect, names, must)
        if waiting:
            self._listed[stream.files] = waiting
            page.next = waiting[0][0]
        return page

    def _beside_manifest(self, stream: Stream, values: Mapping[str, str]) -> tuple[bytes, dict[str, object]]:
        folder = PurePosixPath(fill(stream.manifest, values)).parent
        path = self._folder / folder / values["link"]
        if not path.is_file():
            raise NotYet(f"exports/{self._name}/{folder / values['link']}, which the manifest lists")
        return self._announced(stream, path), {"file": path.name}

    def _announced(self, stream: Stream, path: Path) -> bytes:
        """The bytes of an export, held against the control file beside it where there is one. Raises Drift."""
        content, control = path.read_bytes(), path.with_name(stem_of(path.name) + CONTROL_SUFFIX)
        if not content:
            raise Drift(f"{path.name} is empty, 0 bytes, not even a header: export it again")

        def rows() -> int:
            page = table_page(stream, content, self._dialect, {})
            return page.count - sum(level is not None for level in page.columns.get("sum_level", ()))

        problem = _not_as_announced(path.name, content, read_control(control.read_bytes()), rows) if control.is_file() else ""
        if problem:
            raise Drift(problem)
        return content


def listed(stream: Stream, content: bytes) -> list[tuple[str, str]]:
    """(file, checksum) of the manifest's lines `file;document id;checksum` whose file is of this stream. Raises Drift."""
    found = []
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
        if not line.strip():
            continue
        cells = [c.strip() for c in line.split(";")]
        if len(cells) < 3 or len(cells[-1]) not in _CHECKSUMS or not cells[0] or "/" in cells[0] or "\\" in cells[0]:
            raise Drift(f"line {number} of the manifest is not file;document;checksum")
        if fnmatchcase(cells[0].lower(), stream.files.lower()):
            found.append((cells[0], cells[-1].lower()))
    if not found and not stream.is_optional:
        raise Drift(f"the manifest lists no file like {stream.files}: the extract was made without it")
    return found


def _is_export(name: str) -> bool:
    return not is_passed_over(name) and not name.endswith(CONTROL_SUFFIX)


def _not_as_announced(name: str, content: bytes, control: Control, rows: Callable[[], int]) -> str:
    """What an export's control file says otherwise; empty if nothing."""
    if control.problem:
        return f"the control file of {name} cannot be used: {control.problem}"
    if control.sums or (control.rows is None and control.sha256 is None):
        return f"the control file of {name} has to state rows or sha256; sums are not judged for exports: documents balance, and a list has its own"
    if control.sha256 and hashlib.sha256(content).hexdigest() != control.sha256:
        return f"{name} has another sha256 than its control file says: it is cut off or another file"
    if control.rows is not None and rows() != control.rows:
        return f"{name} has {rows()} rows where its control file says {control.rows}"
    return ""


def _check(content: bytes, name: str, checksum: str) -> None:
    if hashlib.new(_CHECKSUMS[len(checksum)], content, usedforsecurity=False).hexdigest() != checksum:
        raise Drift(f"{name} has another checksum than its manifest says: it is cut off or another file")
