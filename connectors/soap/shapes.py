"""Rows of a page by their shape: what a row looks like is learnt once by walking it, then its values are picked out of rows that look the same.

A row's shape is its text without its values. The first row of a shape is walked with its values numbered: where a number comes out says what stands
there in every row of that shape. What cannot be told that way (comments, CDATA, other encodings, rows that all differ) is walked instead.
What belongs here: finding rows and values in text that a parser has found well formed. What does not: judging it (`schemas`), the walk (`stream`).
"""

import re
from collections.abc import Callable, Sequence
from operator import itemgetter

from connectors.extraction.records import Page

Values = Sequence[str | None]

_VALUE = re.compile(r'>([^<> \t\n][^<>]*)(?=<)| internalId="([^"<&\t\n]+)(?=")')
"""The text of an element, or what a reference refers to; text that begins with a blank is left in the shape."""
_IN_TEXT, _IN_REFERENCE = (">", r"([^<> \t\n][^<>]*)"), (' internalId="', r'([^"<&\t\n]+)')
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*?\?>")
_ENCODING = re.compile(r"encoding\s*=\s*[\"']([\w.-]+)")
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(\w+));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_MARK = "\ue000"
_MARKED = re.compile(f"{_MARK}([0-9]+){_MARK}")
_FEW = 32
"""A page whose rows have more shapes than this is walked: learning them would cost more."""
_TRIED = 12
"""So many shapes that came more than once are tried by a pattern of their own, which costs a third of taking the row apart."""


class Unlike(Exception):
    """Only a walk can tell what this page holds."""


def by_shape(content: bytes, tag: str, walk: Callable[[bytes], Page]) -> Page:
    """The page that `walk` would give, without walking its rows. Raises Unlike."""
    text = _plain(content)
    first = re.search(rf"<((?:[\w.-]+:)?{re.escape(tag)})(?=[\s>])", text)
    if first is None:
        raise Unlike
    close = f"</{first[1]}>"
    head = text[: first.start()]
    rows, found, tail = text[first.start() :].rpartition(close)
    page = walk((head + tail).encode()) if found else None
    if page is None or page.count:
        raise Unlike
    learnt = _Learnt(lambda row: walk((head + row + close + tail).encode()), list(page.columns))
    picked = [learnt.picked(row) for row in rows.split(close)]
    page.columns = dict(zip(page.columns, zip(*picked, strict=True), strict=True))
    page.count = page.records = len(picked)
    return page


def _plain(content: bytes) -> str:
    """The text of a page in UTF-8 that holds nothing but elements and text, its line ends as a parser reads them. Raises Unlike."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unlike from None
    declaration = _DECLARATION.match(text)
    encoding = _ENCODING.search(declaration[0]) if declaration else None
    after = declaration.end() if declaration else 0
    if (encoding and encoding[1].lower() != "utf-8") or text.find("<?", after) >= 0 or "<!" in text or _MARK in text:
        raise Unlike
    return text if "\r" not in text else text.replace("\r\n", "\n").replace("\r", "\n")


class _Shape:
    """What is known of rows of one shape: which of their values, followed by what is the same in all of them, makes which column."""

    def __init__(self, markup: Sequence[str], kinds: Sequence[tuple[str, str]], places: Sequence[int], fixed: Values) -> None:
        self._markup, self._kinds, self._fixed = markup, kinds, tuple(fixed)
        self._pick: Callable[[Values], Values] = itemgetter(*places) if len(places) > 1 else lambda values: (values[places[0]],)

    def columns(self, values: Values) -> Values:
        return self._pick((*values, *self._fixed))

    def pattern(self) -> re.Pattern[str]:
        """Matches exactly the rows of this shape, its groups their values."""
        pieces = (before + value + re.escape(markup) for (before, value), markup in zip(self._kinds, self._markup[1:], strict=True))
        return re.compile(re.escape(self._markup[0]) + "".join(pieces))


class _Learnt:
    """The shapes of one page."""

    def __init__(self, walk: Callable[[str], Page], columns: Sequence[str]) -> None:
        self._walk, self._columns = walk, columns
        self._shapes: dict[str, _Shape] = {}
        self._tried: list[tuple[re.Pattern[str], _Shape]] = []

    def picked(self, row: str) -> Values:
        """The columns of one row. Raises Unlike."""
        for pattern, shape in self._tried:
            if match := pattern.fullmatch(row):
                return shape.columns(match.groups() if "&" not in row else _resolved(match.groups()))
        parts: list[str | None] = _VALUE.split(row)  # markup, text or None, reference or None, markup, ...
        key = "\0".join(parts[::3])  # type: ignore[arg-type]
        shape = self._shapes.get(key) or self._learn(parts)
        if key in self._shapes and len(self._tried) < _TRIED:
            self._tried.append((shape.pattern(), shape))
        self._shapes[key] = shape
        return shape.columns(_resolved([p for n, p in enumerate(parts) if n % 3 and p is not None]))

    def _learn(self, parts: Values) -> _Shape:
        if len(self._shapes) == _FEW:
            raise Unlike
        markup = [p or "" for p in parts[::3]]
        kinds = [_IN_TEXT if text is not None else _IN_REFERENCE for text in parts[1::3]]
        numbered = [f"{before}{_MARK}{n}{_MARK}{after}" for n, ((before, _), after) in enumerate(zip(kinds, markup[1:], strict=True))]
        page = self._walk(markup[0] + "".join(numbered))
        if page.count != 1:
            raise Unlike
        places, fixed = list[int](), list[str | None]()
        for column in self._columns:
            value = page.columns[column][0]
            mark = _MARKED.fullmatch(value or "")
            if mark is None and _MARK in (value or ""):
                raise Unlike
            places.append(int(mark[1]) if mark else len(kinds) + len(fixed))
            fixed += [] if mark else [value]
        return _Shape(markup, kinds, places, fixed)


def _resolved(values: Values) -> Values:
    """The values with the characters their references stand for. Raises Unlike for one that would be blank, which a walk takes for none."""
    found = [_REFERENCE.sub(_character, v) if v and "&" in v else v for v in values]
    if not all(v is None or v.strip(" \t\r\n") for v in found):
        raise Unlike
    return found


def _character(reference: re.Match[str]) -> str:
    if reference[3]:
        return _NAMED[reference[3]]
    return chr(int(reference[1], 16) if reference[1] else int(reference[2]))
