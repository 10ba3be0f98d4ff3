"""The inbox: find what was dropped, keep its bytes, parse each new content once.

What belongs here: discovery, the raw archive, and knowing what is unchanged. What does not: judging deliveries (`verdicts`), days (`intake`).
The archive `raw/<source>/<file name>/<seq>-<sha256>` is in arrival order and is never rewritten; `index.json` in `parsed/` only saves
hashing again, and may be deleted at any time.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from connectors.files import parsing
from connectors.files.delivery import Control, Delivery, fingerprints, read_control
from connectors.files.naming import CONTROL_SUFFIX, FileName, is_passed_over, read_name, stem_of
from core.policy import Books, Source
from core.schema import table
from core.sql import Limits, Session

_RACE_NS = 2_000_000_000
"""A file changed this shortly before the index was written may change again without its times showing it."""
_CHUNK = 1 << 20
_NOTHING_STATED = b"null"
"""What stands in the archive where a control file had gone from the inbox when its data file came anew."""
_NOTHING_STATED_SHA256 = hashlib.sha256(_NOTHING_STATED).hexdigest()


@dataclass(frozen=True, slots=True)
class Version:
    """The latest archived version of a file of the inbox."""

    source: str
    name: str
    seq: int
    sha256: str
    path: Path


@dataclass(slots=True)
class _Index:
    """What was hashed before: file -> size, times and content. Times later than the index itself are not trusted."""

    path: Path
    seen: dict[str, list[object]] = field(default_factory=dict)
    written_ns: int = 0
    changed: bool = False

    def load(self) -> None:
        try:
            self.written_ns = self.path.stat().st_mtime_ns
            self.seen = json.loads(self.path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            self.seen, self.written_ns = {}, 0  # only a saving: without it everything is hashed again

    def knows(self, key: str, stat: os.stat_result, latest: Version) -> bool:
        fresh = max(stat.st_mtime_ns, stat.st_ctime_ns) >= self.written_ns - _RACE_NS
        return not fresh and self.seen.get(key) == [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, latest.sha256]

    def note(self, key: str, stat: os.stat_result, latest: Version) -> None:
        self.seen[key], self.changed = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, latest.sha256], True

    def store(self) -> None:
        if self.changed:
            temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.tmp")
            temporary.write_text(json.dumps(self.seen, sort_keys=True), encoding="utf-8")
            temporary.replace(self.path)


def collect(inbox: Path, raw: Path, parsed: Path, books: Books) -> list[Delivery]:
    """Everything ever delivered, in order of delivery: the latest version of each file, archived and parsed.

    New and changed files are archived byte for byte before anything reads them; their control files too. A file that has gone from the
    inbox still counts: what was delivered was delivered, and only a new version of the same name replaces it. A new version that came
    without a control file is not held against that of the version before. Files whose name does not fit, or whose table is unknown, come
    back refused; hidden and temporary files are passed over. Wrong data never raises.
    """
    raw.mkdir(parents=True, exist_ok=True)
    parsed.mkdir(parents=True, exist_ok=True)
    index = _Index(parsed / "index.json")
    index.load()
    versions, here = _archived(raw), list(_dropped(inbox))
    dropped = {(source, path.name) for source, path in here}
    for source, path in here:
        latest, control = versions.get((source, path.name)), versions.get((source, stem_of(path.name) + CONTROL_SUFFIX))
        if _is_archived(source, path, latest, index):
            continue
        if control is not None and latest is not None and (source, control.name) not in dropped:
            # before the new version is there: a process killed in between must not leave it held against the old control file
            versions[(source, control.name)] = _set_aside(raw, control)
        versions[(source, path.name)] = _archive(raw, source, path, latest, index)
    index.store()
    controls = {(v.source, stem_of(v.name)): v for v in versions.values() if v.name.endswith(CONTROL_SUFFIX) and v.sha256 != _NOTHING_STATED_SHA256}
    data = [v for v in versions.values() if not v.name.endswith(CONTROL_SUFFIX)]
    with _Parser(raw, parsed, books) as parser:
        deliveries = [_delivery(v, controls.get((v.source, stem_of(v.name))), parser) for v in data]
    announced = {(v.source, stem_of(v.name)) for v in data}
    deliveries += [_announced(v) for key, v in controls.items() if key not in announced]
    return sorted(deliveries, key=lambda d: d.order)


# ------------------------------------------------------------------------------------------------------------------- archive


def _dropped(inbox: Path) -> Iterator[tuple[str, Path]]:
    """(source, file) of every file of the inbox, sorted; a file outside a source folder belongs to source ''."""
    if not inbox.is_dir():
        return
    for path in sorted(inbox.rglob("*")):
        inside = path.relative_to(inbox).parts
        if path.is_file() and not path.is_symlink() and not any(is_passed_over(p) for p in inside):
            yield (inside[0] if len(inside) > 1 else ""), path


def _archived(raw: Path) -> dict[tuple[str, str], Version]:
    """The latest version of every file in the archive."""
    latest: dict[tuple[str, str], Version] = {}
    for source in sorted(p for p in raw.iterdir() if p.is_dir()):
        for folder in sorted(source.iterdir()):
            found = [_version(source.name, folder.name, p) for p in folder.iterdir() if not p.name.startswith(".")]
            if found:
                last = max(found, key=lambda v: v.seq)
                latest[(last.source, last.name)] = last
    return latest


def _version(source: str, name: str, path: Path) -> Version:
    seq, _, sha256 = path.name.partition("-")
    return Version("" if source == _NO_SOURCE else source, name, int(seq), sha256, path)


_NO_SOURCE = "~inbox"
"""Archive folder of files dropped outside a source folder; no source folder can be called so."""


def _is_archived(source: str, path: Path, latest: Version | None, index: _Index) -> bool:
    """Whether the bytes of a dropped file are those of its latest version."""
    key, found = f"{source}/{path.name}", path.stat()
    if latest is None:
        return False
    if index.knows(key, found, latest):
        return True
    if _hashed(path) != latest.sha256:
        return False
    index.note(key, found, latest)
    return True


def _archive(raw: Path, source: str, path: Path, latest: Version | None, index: _Index) -> Version:
    """A new version of a dropped file."""
    found = path.stat()
    version = _copied(raw, source, path, latest)
    index.note(f"{source}/{path.name}", found, version)
    return version


def _set_aside(raw: Path, control: Version) -> Version:
    """The control file stated another version of its data: from now on nothing is stated."""
    if control.sha256 == _NOTHING_STATED_SHA256:
        return control
    folder = raw / (control.source or _NO_SOURCE) / control.name
    version = Version(control.source, control.name, control.seq + 1, _NOTHING_STATED_SHA256, folder / f"{control.seq + 1:06d}-{_NOTHING_STATED_SHA256}")
    temporary = folder / f".{os.getpid()}.tmp"
    with temporary.open("wb") as ours:
        ours.write(_NOTHING_STATED)
        ours.flush()
        os.fsync(ours.fileno())
    temporary.replace(version.path)
    return version


def _hashed(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _copied(raw: Path, source: str, path: Path, latest: Version | None) -> Version:
    """A new version in the archive, on the disk before it has a name."""
    folder = raw / (source or _NO_SOURCE) / path.name
    folder.mkdir(parents=True, exist_ok=True)
    temporary, digest = folder / f".{os.getpid()}.tmp", hashlib.sha256()
    with path.open("rb") as theirs, temporary.open("wb") as ours:
        while chunk := theirs.read(_CHUNK):
            digest.update(chunk)
            ours.write(chunk)
        ours.flush()
        os.fsync(ours.fileno())
    seq, sha256 = 1 if latest is None else latest.seq + 1, digest.hexdigest()
    version = Version(source, path.name, seq, sha256, folder / f"{seq:06d}-{sha256}")
    temporary.replace(version.path)
    return version


# ---------------------------------------------------------------------------------------------------------------- deliveries


class _Parser:
    """Parses archived files in one calculator that is opened only if something is new."""

    def __init__(self, raw: Path, parsed: Path, books: Books) -> None:
        self._raw, self._parsed, self._books = raw, parsed, books
        self._session: Session | None = None

    def __enter__(self) -> "_Parser":
        return self

    def __exit__(self, *_: object) -> None:
        if self._session is not None:
            self._session.close()

    def parse(self, version: Version, name: FileName) -> parsing.Parsed:
        declared, suffix = table(name.table), version.name.rpartition(".")[2]
        dialect = self._books.file.sources.get(version.source, Source()).dialect_of(name.table)
        folder = self._parsed / parsing.parse_key(version.sha256, name.table, suffix, dialect, self._books)
        if (folder / "meta.json").is_file():
            return parsing.load(folder)
        if self._session is None:
            engine = self._books.file.engine
            self._session = Session(Limits((self._raw, self._parsed), memory=engine.memory, threads=engine.most_threads))
        return parsing.parse(self._session, version.path, suffix, declared, dialect, self._books, folder)


def _delivery(version: Version, control: Version | None, parser: _Parser) -> Delivery:
    name = read_name(version.name)
    stated = read_control(control.path.read_bytes()) if control else None
    problem = name.problem or (None if version.source else "the file lies outside a source folder; move it to inbox/<source>/")
    if problem:
        return _refused(version, name, problem, stated, control)
    p = parser.parse(version, name)
    return Delivery(
        version.source, name.table, name.file_date, name.part, version.name, version.sha256, version.seq, version.path,
        rows=p.rows, quarantine=p.quarantine, row_count=p.row_count, bad_count=p.bad_count, problems=p.problems,
        content=p.content or version.sha256, sums=p.sums,
        first_date=p.first_date, last_date=p.last_date, extra_columns=p.extra_columns, refused=p.refused, control=stated,
        control_sha256=control.sha256 if control else "",
    )  # fmt: skip


def _announced(control: Version) -> Delivery:
    """A control file without its data file: announced, not arrived."""
    return _refused(control, read_name(control.name), "announced by its control file, but the file itself has not arrived; deliver it", None, None)


def _refused(version: Version, name: FileName, problem: str, stated: Control | None, control: Version | None) -> Delivery:
    known_date: date = name.file_date
    return Delivery(
        version.source, name.table, known_date, name.part, version.name, version.sha256, version.seq, version.path,
        refused=problem, control=stated, control_sha256=control.sha256 if control else "",
    )  # fmt: skip


__all__ = ["Control", "Delivery", "Version", "collect", "fingerprints"]
