"""One source, one day: read, prove, deliver, and say so; or fail so that everyone sees it.

`lake/extracts/<source>/<day>/` holds the raw pages, what was read, the evidence, and `extraction.json`, written last: without it the day was not
extracted. What does not belong here: how systems are asked, when days are closed.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from connectors.extraction.connect import transport_of
from connectors.extraction.definition import Platform, platform
from connectors.extraction.delivering import KEPT, deliver_balances, deliver_lines
from connectors.extraction.judging import judge_lines, keep_accounts, map_streams
from connectors.extraction.reading import read_stream
from connectors.extraction.template import settings_of
from connectors.extraction.vault import set_aside, write_durably
from connectors.files.exports import NotYet
from core.errors import UnprovenFault
from core.policy import Engine, Source
from core.sql import Limits, Session

_RECORD = "extraction.json"


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one extraction found; `facts` is what extraction.json says."""

    source: str
    day: date
    is_new: bool
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a books folder keeps what extraction needs."""

    books: Path
    lake: Path
    inbox: Path

    def folder(self, source: str, day: date | None = None) -> Path:
        base = self.lake / "extracts" / source
        return base / day.isoformat() if day else base


def extract_day(name: str, source: Source, place: Place, day: date, engine: Engine, *, again: bool = False) -> Extraction:
    """Read a source for a day and deliver it. A day that was extracted stands unless `again`. Raises SystemFault if completeness is not proven."""
    folder = place.folder(name, day)
    if again:
        set_aside(folder, _RECORD)
    if (folder / _RECORD).is_file():
        return Extraction(name, day, False, json.loads((folder / _RECORD).read_text(encoding="utf-8")))
    has_pages = folder.is_dir()
    try:
        return _extracted(name, source, place, day, engine)
    except UnprovenFault:
        if not has_pages:
            raise
        set_aside(folder, _RECORD)  # pages of an earlier attempt do not fit what the system says now, or never were an answer
        return _extracted(name, source, place, day, engine)


def _extracted(name: str, source: Source, place: Place, day: date, engine: Engine) -> Extraction:
    """One attempt, from the pages that are here and those still to come to the delivery."""
    folder, chosen = place.folder(name, day), platform(source.kind, place.books)
    settings = settings_of(chosen.definition, source)
    window = window_of(name, source, chosen, place, day)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        records, facts = _read(name, source, chosen, settings, window, folder, place)
    except NotYet as missing:
        shutil.rmtree(folder)
        return Extraction(name, day, False, {"source": name, "day": day.isoformat(), "waiting_for": str(missing)})
    inbox = place.inbox / name
    inbox.mkdir(parents=True, exist_ok=True)
    spill = place.lake / "spill"
    with Session(Limits((place.folder(name), inbox), engine.memory, engine.most_threads, spill)) as session:
        made = map_streams(session, name, source, chosen, records, {**settings, "as_of": day.isoformat()})
        if "line" in made and "line" in source.deliver:
            facts["gates"] = judge_lines(session, name, source, chosen)
        facts["left_out"] = keep_accounts(session, source, chosen, made)
        if "line" in made and "line" in source.deliver:
            facts["lines"] = deliver_lines(session, inbox, folder, day, source.basis, _earlier(place, name, window[0], day))
        if "balance" in made and "balance" in source.deliver:
            facts["balances"] = deliver_balances(session, inbox, day)
    shutil.rmtree(folder / "records")
    write_durably(folder / _RECORD, json.dumps(facts, indent=1, sort_keys=True).encode())
    return Extraction(name, day, True, facts)


def window_of(name: str, source: Source, chosen: Platform, place: Place, day: date) -> tuple[date, date]:
    """The days to ask for: from the day after the last extraction, less the overlap that is read again, up to the day."""
    overlap = timedelta(days=chosen.definition.overlap_days if source.overlap_days is None else source.overlap_days)
    done = [d for d in extracted_days(place, name) if d < day]
    first = max(done) + timedelta(days=1) - overlap if done else source.start or day - overlap
    return min(max(first, source.start or date.min), day), day


def extracted_days(place: Place, name: str) -> list[date]:
    """Days of a source that were read completely."""
    base = place.folder(name)
    return sorted(date.fromisoformat(p.parent.name) for p in base.glob(f"????-??-??/{_RECORD}")) if base.is_dir() else []


def _read(
    name: str, source: Source, chosen: Platform, settings: Mapping[str, str], window: tuple[date, date], folder: Path, place: Place
) -> tuple[dict[str, Path], dict[str, object]]:  # fmt: skip
    """Records of every stream the deliveries need, and the first facts."""
    records: dict[str, Path] = {}
    counts: dict[str, int] = {}
    unknown: dict[str, list[str]] = {}
    transports: dict[str, object] = {}
    for stream_name, stream in chosen.definition.streams.items():
        if stream.is_on_demand or (stream_name == "balance" and "balance" not in source.deliver):
            continue
        if stream.transport not in transports:
            transports[stream.transport] = transport_of(stream.transport, name, source, chosen, settings, place.books)
        path, counts[stream_name], strange = read_stream(name, source, chosen, stream_name, transports[stream.transport], window, folder)  # type: ignore[arg-type]
        records[stream_name] = path
        if strange:
            unknown[stream_name] = sorted(strange)
    facts: dict[str, object] = {
        "source": name, "platform": chosen.name, "title": chosen.definition.title, "day": window[1].isoformat(),
        "window": [d.isoformat() for d in window], "records": counts, "unknown_fields": unknown,
        "not_applicable": chosen.definition.without_data(source.fields),
    }  # fmt: skip
    return records, facts


def _earlier(place: Place, name: str, first: date, day: date) -> list[Path]:
    """What earlier extractions read of the days that are read again."""
    files = [place.folder(name, d) / KEPT for d in extracted_days(place, name) if first <= d < day]
    return [p for p in files if p.is_file()]
