"""Records of text on their way into files.

What belongs here: a page taken apart, and writing records as text columns. What does not: what a field means (mapping SQL), taking an answer apart.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from core.errors import UnprovenFault

_PART = 50_000
Columns = dict[str, Sequence[str | None] | pl.Series]


class Drift(Exception):
    """An answer that is not what the definition says: never a null, always told."""


@dataclass(slots=True)
class Page:
    """One answer taken apart: columns of text, how many records, and what the pager needs."""

    columns: Columns
    count: int
    records: int = 0
    """Records of the answer; more or fewer than rows where each record has a list of lines."""
    next: str | None = None
    total: int | None = None
    announced: int | None = None
    """Records the whole answer has, where a page says it beside its count of pages."""
    more: bool | None = None
    rest: Mapping[str, str] = field(default_factory=dict)
    """What asks for the rest of this very answer, where it came in pieces."""
    last: dict[str, str] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    said: Mapping[str, str] = field(default_factory=dict)
    """What the answer repeats of its request, by place."""


class RecordFile:
    """Records of one stream on their way into Parquet files of text columns; memory holds some pages, never the stream."""

    def __init__(self, folder: Path, columns: Sequence[str]) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder, self._schema = folder, dict.fromkeys((*columns, "slice"), pl.String)
        self._waiting: list[pl.DataFrame] = []
        self.count, self._parts = 0, 0

    def add(self, page: Page, slice_name: str) -> None:
        if page.count:
            given: Columns = {**dict.fromkeys(self._schema, [None] * page.count), **page.columns, "slice": [slice_name] * page.count}
            self._waiting.append(pl.DataFrame([pl.Series(c, given[c], pl.String) for c in self._schema]))
        self.count += page.count
        if sum(f.height for f in self._waiting) >= _PART:
            self._flush()

    def close(self) -> None:
        if self._waiting or not self._parts:
            self._flush()

    def _flush(self) -> None:
        frame = pl.concat(self._waiting) if self._waiting else pl.DataFrame(schema=self._schema)
        self._parts += 1
        frame.write_parquet(self._folder / f"{self._parts:06d}.parquet", compression="lz4", statistics=False)
        self._waiting = []


def told(drift: Drift, source: str, where: str) -> UnprovenFault:
    """Drift as the fault it is."""
    return UnprovenFault(
        f"{source} answered something else than its definition says: {drift}", where,
        "a figure that is not where it should be would be missing without a word",
        "compare the answer kept in lake/extracts with the platform's definition; correct the definition or ask the system's owner, then run it again",
    )  # fmt: skip
