"""One pass over the bytes of a CSV file: whether the engine's own reader sees exactly what the exact reader sees, and how many records it must find.

The pass holds a few megabytes, whatever the size of the file. What does not belong here: splitting records (`csv_text`) and loading them (`table_file`).
"""

from dataclasses import dataclass
from pathlib import Path

from connectors.files import csv_text

_CHUNK = 1 << 22


@dataclass(frozen=True, slots=True)
class Scan:
    """The quote option the engine's reader may use (see `csv_text.quote_of`), and the records after the header."""

    quote: str
    records: int


def scan(path: Path, delimiter: str) -> Scan | None:
    """None where the file must be read by the exact reader: a record over several lines, loose quotes, bytes that are no UTF-8, mixed line ends."""
    quote, lines, returns, ends_open = "", 0, 0, False
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK) + handle.readline():
            feeds = chunk.count(b"\n")
            lines, ends_open = lines + feeds, not chunk.endswith(b"\n")
            if b"\r" in chunk:
                pairs = chunk.count(b"\r\n")
                if not pairs == chunk.count(b"\r") == feeds:
                    return None
                returns += pairs
            found = _quote(chunk, delimiter)
            if found is None:
                return None
            quote = quote or found
    if returns not in (0, lines):
        return None
    return Scan(quote, lines + ends_open - 1)


def _quote(chunk: bytes, delimiter: str) -> str | None:
    """`csv_text.quote_of` of whole lines, without making text of them where they are plain."""
    if chunk.isascii() and b'"' not in chunk and b"\r" not in chunk:
        plain = b"\0" not in chunk and b"\n\n" not in chunk and not chunk.startswith(b"\n") and delimiter.isascii() and delimiter not in '"\n'
        return "" if plain else None
    try:
        text = chunk.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return csv_text.quote_of(text.replace("\r\n", "\n"), delimiter)
