"""One archived file becomes typed rows, set-aside rows and totals, once, in `parsed/<key>/`.

What belongs here: the way from bytes to `rows.parquet`, `quarantine.parquet`, `meta.json`. What does not: anything that depends on other
files or on the day. The folder appears by one rename: a killed parse leaves nothing usable. The key hashes content, reader version,
dialect and the parts of the programmes that decide dates, so that a change of any of them parses again.
"""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from connectors.files.csv_text import Unreadable
from connectors.files.text_rows import to_text
from connectors.files.typed_rows import write_typed
from core.policy import Books, Dialect
from core.schema import Table
from core.sql import Session

READER_VERSION = 1


@dataclass(frozen=True, slots=True)
class Parsed:
    """What parsing one file gave. `refused` files have no rows."""

    folder: Path
    row_count: int = 0
    bad_count: int = 0
    problems: str = ""
    content: str | None = None
    sums: tuple[tuple[str, Decimal], ...] = ()
    first_date: date | None = None
    last_date: date | None = None
    extra_columns: tuple[str, ...] = ()
    refused: str | None = None

    @property
    def rows(self) -> Path | None:
        return None if self.refused else self.folder / "rows.parquet"

    @property
    def quarantine(self) -> Path | None:
        return self.folder / "quarantine.parquet" if self.bad_count and not self.refused else None


def parse_key(sha256: str, table: str, suffix: str, dialect: Dialect, books: Books) -> str:
    """Names the result of parsing one content as one table under one configuration."""
    programmes = [[p.id, p.currency, p.timezone, p.cut_off, str(p.instrument)] for p in sorted(books.programmes, key=lambda p: p.id)]
    settings = json.dumps([READER_VERSION, duckdb.__version__, table, suffix, dialect.model_dump(), programmes], sort_keys=True)
    return f"{sha256[:32]}-{hashlib.sha256(settings.encode()).hexdigest()[:16]}"


def parse(session: Session, raw: Path, suffix: str, declared: Table, dialect: Dialect, books: Books, folder: Path) -> Parsed:
    """Parse one file into `folder`, or return what is there already. Wrong data never raises; a refused file says why."""
    if (folder / "meta.json").is_file():
        return load(folder)
    work = folder.parent / f".tmp-{os.getpid()}-{folder.name}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        header = to_text(session, raw, suffix, declared, dialect, work)
        meta = write_typed(session, header, declared, dialect if suffix == "csv" else Dialect(), books, work)
    except Unreadable as fault:
        meta = {"refused": fault.reason}
    with (work / "meta.json").open("w", encoding="utf-8") as handle:
        json.dump(meta, handle, sort_keys=True)
    if folder.is_dir():
        shutil.rmtree(folder)
    work.replace(folder)
    return load(folder)


def load(folder: Path) -> Parsed:
    """Read what an earlier parse found."""
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    if meta.get("refused"):
        return Parsed(folder, refused=meta["refused"])
    first, last = (date.fromisoformat(meta[k]) if meta[k] else None for k in ("first_date", "last_date"))
    sums = tuple((c, Decimal(v)) for c, v in meta["sums"])
    return Parsed(folder, meta["row_count"], meta["bad_count"], meta["problems"], meta["content"], sums, first, last, tuple(meta["extra_columns"]))
