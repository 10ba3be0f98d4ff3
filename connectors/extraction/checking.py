"""Whether a system can be reached and lets us in, and how long its credentials last. For `tieout doctor`; nothing is kept."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from connectors.extraction.connect import transport_of
from connectors.extraction.definition import platform
from connectors.extraction.reading import field_names, first_cursor
from connectors.extraction.records import Drift
from connectors.extraction.template import Slice, settings_of, slice_values
from connectors.files.exports import NotYet
from core.errors import Fault
from core.policy import Source

WARN_DAYS = 14


def check_source(name: str, source: Source, books: Path, today: date) -> Iterator[tuple[bool, str]]:
    """(is well, finding) for one source: which codes its system has no data for, a real request for one day, the end of its credentials."""
    try:
        chosen = platform(source.kind, books)
        lacking = "; ".join(f"{code}: {why}" for code, why in chosen.definition.without_data(source.fields).items())
        if lacking:
            yield True, f"codes it has no data for: {lacking}"
        settings = settings_of(chosen.definition, source)
        stream_name, stream = next((n, s) for n, s in chosen.definition.streams.items() if not s.is_on_demand)
        transport = transport_of(stream.transport, name, source, chosen, settings, books)
        values = slice_values(chosen.definition, stream, source, Slice(today, today), today)
        content, _ = transport.fetch(stream, {**values, **first_cursor(stream)})
        transport.parse(stream, content, field_names(chosen, source, stream))  # a sign-in page answers, too
        yield True, f"{chosen.definition.title} answers (stream {stream_name})"
    except NotYet as missing:
        yield True, f"{chosen.definition.title}: the export of today is not there yet ({missing})"
    except Drift as drift:
        yield False, f"answers, but not as its definition says: {drift}"
    except Fault as fault:
        yield False, f"{fault.what} ({fault.where}); next: {fault.next_step}"
    yield from _expiry(source, today)


def _expiry(source: Source, today: date) -> Iterator[tuple[bool, str]]:
    ends = source.credentials.expires
    if ends is None:
        if source.credentials.kind not in ("none", "session"):
            yield True, "when its credentials end is not known; say so with credentials.expires"
        return
    left = (ends - today).days
    yield ends > today + timedelta(days=WARN_DAYS), f"credentials end on {ends}" + (f": {left} days left, renew them" if left <= WARN_DAYS else "")
