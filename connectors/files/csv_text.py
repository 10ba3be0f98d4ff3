"""Delimited text: bytes to records, RFC 4180 to the letter, with the line of every record and of everything that is wrong.

What belongs here: decoding, line ends, quotes, field counts. What does not: what a field means (`strict_cast`).
Two readers exist: `quote_of` tells when the engine's fast one may be used (one line is one record), else the exact one
here. They agree wherever both accept (tests/connectors/test_tokenisers.py).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.sql import literal


class Unreadable(Exception):
    """A file that cannot be taken in at all; the text is the reason and the next step. Becomes a DQ-04, never a fault."""

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(reason)
        self.reason, self.line, self.column = reason, line, column


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that does not have the shape of the header: physical line, reason, and its text for masking."""

    line: int
    reason: str
    text: str


@dataclass(slots=True)
class Records:
    """The records of a file in order: `lines[i]` is the line on which `fields[i]` begins (header = 1)."""

    lines: list[int] = field(default_factory=list)
    fields: list[list[str]] = field(default_factory=list)
    bad: list[BadRecord] = field(default_factory=list)


_CODECS = {"utf-8": "utf-8", "utf-16": "utf-16", "cp1252": "cp1252", "latin-1": "latin-1"}
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]")


def decode(content: bytes, encoding: str) -> str:
    """Text of a file by its declared encoding, byte-order mark taken off, CRLF as LF. Raises Unreadable; nothing is guessed."""
    if not content:
        raise Unreadable("the file is empty; expected a header row")
    if encoding != "utf-16" and content.startswith(_UTF16_MARKS):
        raise Unreadable(f'the file begins with the byte-order mark of UTF-16, but {encoding} is declared; declare encoding = "utf-16" for this source')
    try:
        text = content.decode(_CODECS[encoding])
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        column = fault.start - content.rfind(b"\n", 0, fault.start)
        shown = content[fault.start : fault.start + 1].hex()
        raise Unreadable(
            f"line {line}, byte {column}: 0x{shown} is not {encoding}; export the file as UTF-8 or declare its encoding for this source", line, column
        ) from None
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def quote_of(text: str, delimiter: str) -> str | None:
    """The quote option with which the engine's fast reader sees exactly what the exact one sees: none, '"', or None where it must not be used.

    It may be used where every line is one record: no bare CR, NUL or empty line, and quotes, if any, to the letter of RFC 4180.
    """
    if not delimiter.isascii() or delimiter in '"\n' or "\r" in text or "\0" in text or "\n\n" in text or text.startswith("\n"):
        return None
    if '"' not in text:
        return ""
    field = rf'(?:"(?:[^"\n]|"")*+"|[^"\n{re.escape(delimiter)}]*+)'
    lines = re.compile(rf"(?:{field}(?:{re.escape(delimiter)}{field})*+(?:\n|\Z))*+")
    return '"' if lines.fullmatch(text) else None


def engine_reader(path: str, delimiter: str, quote: str, width: int) -> str:
    """SQL table function for the records after the header, as text cells c0..cn. `path` is an SQL literal; lines end in LF or all in CRLF."""
    cells = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(width))
    return (
        f"read_csv({path}, header = false, skip = 1, auto_detect = false, columns = {{{cells}}}, delim = {literal(delimiter)}, quote = '{quote}', "
        f"escape = '{quote}', comment = '', strict_mode = true, null_padding = false, encoding = 'utf-8')"
    )


def is_clean_ascii(content: bytes) -> bool:
    """Whether the bytes hold no control, invisible or look-alike character, so that cells need not be searched for them."""
    return content.isascii() and _CONTROL.search(content.replace(b"\r\n", b"\n")) is None


def header_of(text: str, delimiter: str) -> list[str]:
    """The names of the header row. Raises Unreadable for a header that is no record."""
    line, consumed = text.split("\n", 1)[0], _fields(text.split("\n", 1)[0], delimiter)
    if consumed is None:
        raise Unreadable("line 1: the quotes of the header do not close")
    if not line.strip():
        raise Unreadable("line 1 is empty; expected a header row")
    return consumed


def records(text: str, delimiter: str, width: int, multiline: frozenset[int]) -> Records:
    """Every record after the header. `multiline` are the positions of fields that may hold line breaks (free text).

    A record that breaks the rules costs its own first line only; reading goes on at the next line.
    """
    result = Records()
    lines = text.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    position = 1
    while position < len(lines):
        taken, outcome = _record(lines, position, delimiter, width, multiline)
        if isinstance(outcome, str):
            result.bad.append(BadRecord(position + 1, outcome, lines[position]))
        else:
            result.lines.append(position + 1)
            result.fields.append(outcome)
        position += taken
    return result


def _record(lines: list[str], position: int, delimiter: str, width: int, multiline: frozenset[int]) -> tuple[int, list[str] | str]:
    """Lines taken, and the fields or the reason why the first line is no record."""
    line = lines[position]
    if '"' not in line:
        return 1, _of_width(line.split(delimiter), width, line, position + 1 == len(lines))
    for end in _balanced(lines, position):
        fields = _fields("\n".join(lines[position:end]), delimiter)
        if fields is None:
            return 1, "a quote stands inside a field without being doubled; export with RFC 4180 quotes"
        if end > position + 1 and not all("\n" not in f or n in multiline for n, f in enumerate(fields)):
            return 1, "a quote opens on this line and does not close on it, in a column that cannot hold line breaks; check the quotes of the export"
        outcome = _of_width(fields, width, line, end == len(lines))
        return (1 if isinstance(outcome, str) else end - position), outcome
    return 1, "a quote opens on this line and never closes; check that the export is complete"


def _balanced(lines: list[str], position: int) -> Iterator[int]:
    """The end of the shortest run of lines in which quotes are balanced, if there is one."""
    open_quotes = 0
    for end in range(position, len(lines)):
        open_quotes += lines[end].count('"')
        if open_quotes % 2 == 0:
            yield end + 1
            return


def _of_width(fields: list[str], width: int, line: str, is_last: bool) -> list[str] | str:
    if len(fields) == width:
        return fields
    if not line:
        return "the line is empty; remove it or complete it"
    if len(fields) > width:
        return f"{len(fields)} fields, but the header has {width}: an extra field; quote values that hold the delimiter"
    cut = "; it is the last record: the file may be cut off, deliver it again" if is_last else "; a field is missing"
    return f"{len(fields)} fields, but the header has {width}{cut}"


def _fields(record: str, delimiter: str) -> list[str] | None:
    """The fields of one record, or None where its quotes break RFC 4180.

    >>> _fields('a,"b ""x"", c",', ",")
    ['a', 'b "x", c', '']
    """
    if '"' not in record:
        return record.split(delimiter)
    result, position, end = [], 0, len(record)
    while True:
        if record.startswith('"', position):
            close = _closing(record, position + 1)
            if close < 0 or (close + 1 < end and record[close + 1] != delimiter):
                return None
            result.append(record[position + 1 : close].replace('""', '"'))
            position = close + 1
        else:
            stop = record.find(delimiter, position)
            stop = end if stop < 0 else stop
            if '"' in record[position:stop]:
                return None
            result.append(record[position:stop])
            position = stop
        if position >= end:
            return result
        position += 1
        if position == end:
            return [*result, ""]


def _closing(record: str, position: int) -> int:
    """Where the quoted field ends: the first quote that is not doubled; -1 if none."""
    while True:
        quote = record.find('"', position)
        if quote < 0 or not record.startswith('""', quote):
            return quote
        position = quote + 2
