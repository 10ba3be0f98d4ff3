"""One pass over the bytes of a CSV file: whether the engine's own reader sees exactly what the exact reader sees, and how many records it must find.

The pass holds a few megabytes, whatever the size of the file. What does not belong here: splitting records (`csv_text`) and loading them (`table_file`).
"""

from dataclasses import dataclass
from pathlib import Path

from connectors.files import csv_text

_CHUNK = 1 << 22
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Scan:
    """The quote option the engine's reader may use (see `csv_text.quote_of`), and the records after the header."""

    quote: str
    records: int


def scan(path: Path, delimiter: str) -> Scan | None:
    """None where the file must be read by the exact reader: a record over several lines, loose quotes, bytes that are no UTF-8, mixed line ends.

    An empty line is counted as a record, which the engine's reader does not find: whoever compares the counts sees it.
    """
    if not delimiter.isascii() or delimiter in '"\n':
        return None
    records = _plain_records(path)
    return _scan_lines(path, delimiter) if records is None else Scan("", records)


def _plain_records(path: Path) -> int | None:
    """Records of a file in which every line feed ends a record, whatever stands around it: ASCII, no quote, no carriage return, no NUL."""
    block, lines, last = bytearray(_BLOCK), 0, bytearray(b"\n")
    with path.open("rb", buffering=0) as handle:
        while size := handle.readinto(block):
            if size < len(block):
                del block[size:]
            if b'"' in block or b"\r" in block or b"\0" in block or not block.isascii():
                return None
            lines, last = lines + block.count(b"\n"), block[-1:]
    return lines + (last != b"\n") - 1


def _scan_lines(path: Path, delimiter: str) -> Scan | None:
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
    """`csv_text.quote_of` of whole lines."""
    try:
        text = chunk.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return csv_text.quote_of(text.replace("\r\n", "\n"), delimiter)
