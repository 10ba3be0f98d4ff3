"""A platform as data: where it answers, who may ask, which streams it has, how pages follow one another, what proves completeness.

What belongs here: the shape of `platform.toml` and finding it, packaged or in the books. What does not: sending, parsing, mapping.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import UsageFault
from core.policy import Source


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rate(_Strict):
    """What a tenant of the platform tolerates; `blocked` are codes in an answer's body that mean: later; `denied`: not you."""

    requests_per_minute: int = Field(300, ge=1)
    concurrency: int = Field(1, ge=1)
    attempts: int = Field(6, ge=1, le=20)
    blocked: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    timeout_seconds: int = Field(120, ge=1)


class Pager(_Strict):
    """How one page leads to the next.

    keyset: the last record's `key` starts the next page · link: the answer holds the next address at `next` · offset: by count, `total`
    must not move · page: by number, `total` pages must not move · none: one answer is all.
    """

    kind: Literal["none", "keyset", "link", "offset", "page"] = "none"
    size: int = Field(1000, ge=1)
    key: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    total: str = ""
    more: str = ""
    """Where the answer says that there is more; else a page that is not full is the last."""
    first: int = 1
    """Number of the first page."""


class Packed(_Strict):
    """An answer that holds a file in base64: whole at `content`, or its beginning there and the rest, piece by piece, at `more`."""

    content: str
    more: str = ""
    file: str = ""
    """Where the answer names the file whose rest is to be asked for; empty there: it is whole."""
    offset: str = ""
    """Where a piece says at which byte the next one begins; -1 after the last."""
    format: str = "csv"
    """csv, or xml with a row at `row`."""
    row: str = ""
    may_be_blank: bool = False
    """A file without rows has no header either; only where totals prove that there are none."""


class Stream(_Strict):
    """One kind of record and how it is asked for. {placeholders} are filled from window, slice, settings and cursor."""

    transport: Literal["http", "soap", "report", "sql", "file"] = "http"
    method: Literal["GET", "POST"] = "GET"
    path: str = ""
    query: dict[str, str] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    json_body: dict[str, str] = Field(default_factory=dict)
    sql: str = ""
    operation: str = ""
    envelope: str = ""
    """The body of a SOAP request; `next_operation` and `next_envelope` ask for later pages, {link} being what the answer says at searchId."""
    next_operation: str = ""
    next_envelope: str = ""
    soap_header: str = ""
    status: str = ""
    """SOAP: an element of the answer whose attribute isSuccess has to say so."""
    huge: bool = False
    """The system packs megabytes into one text node."""
    packed: Packed | None = None
    shape: Literal["records", "report_tree", "rows"] = "records"
    records: str = ""
    """Where the records are in the answer, by slashes; for SOAP the name of the repeating element."""
    is_single: bool = False
    """The answer is one record there, and no list."""
    leaves_out_empty: bool = False
    """An answer without records leaves out their list; what is around it must be there."""
    each: str = ""
    """A list inside a record: one row per element, its fields prefixed `line_`."""
    fields: tuple[str, ...]
    line_fields: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()
    """Fields that hold lists or objects: kept as JSON text for the mapping, their numbers in the digits they were written in."""
    files: str = ""
    """Names of export files of a day, with {to} for the day; * stands for anything."""
    manifest: str = ""
    """The file of a day that lists the files, with their checksums; `files` are then names in it, beside it in its folder."""
    is_positional: bool = False
    """An export without a header: its columns are the fields, in their order, and what may follow them."""
    is_optional: bool = False
    """An export that need not be there."""
    headings: dict[str, str] = Field(default_factory=dict)
    """Their heading (any language) -> field."""
    number_fields: tuple[str, ...] = ()
    text_fields: tuple[str, ...] = ()
    """Fields of an export that may hold line breaks."""
    sums_lack: tuple[str, ...] = ()
    """Fields that every line of a list has and none of its sums: such rows come with `sum_level`. Empty: the export has no sums."""
    optional: tuple[str, ...] = ()
    """Fields that may be absent altogether."""
    omits_nulls: bool = False
    """The system leaves out what is empty; else a field that is absent is drift."""
    names_columns: bool = False
    """The request names every column of a record, so that another one in the answer is drift."""
    says: dict[str, str] = Field(default_factory=dict)
    """Where the answer repeats what it was asked for, or says how it went -> what it must say there, if it says anything. For SOAP the element's name."""
    pager: Pager = Pager()
    slice: Literal["window", "day", "month"] = "window"
    field: str = "{field}"
    """How a mapped field is asked for, joined into {more_fields}, {more_names} or {custom_columns}; empty: this stream has none."""
    field_prefix: str = ""
    account_filter: str = ""
    """Put into {account_filter} where the source names accounts, with {accounts} for the list."""
    account_item: str = "'{account}'"
    account_join: str = ", "
    is_on_demand: bool = False
    """Not asked for by every extraction."""


class Totals(_Strict):
    """What `total` must agree with: its columns are line_count, debit and credit, as the system adds them up itself."""

    amount: Literal["local", "document", "group"] = "local"


class Definition(_Strict):
    """`platform.toml`."""

    title: str
    mapped_as: str = ""
    """A packaged platform whose mapping SQL this one's records fit: the same records by another way."""
    versions: tuple[str, ...] = ()
    url: str = ""
    auth: tuple[str, ...]
    login: dict[str, str] = Field(default_factory=dict)
    settings: dict[str, str] = Field(default_factory=dict)
    """Settings with their defaults; "" must be given by the books."""
    fields: dict[str, str] = Field(default_factory=dict)
    """Our column -> the system's field, where the system has a natural place for it."""
    not_applicable: dict[str, str] = Field(default_factory=dict)
    """Break code -> why the system cannot show it."""
    needs_field: dict[str, str] = Field(default_factory=dict)
    """Break code -> our column that only a field of the company's own can fill: unless the source names one, the code has no data."""
    rate: Rate = Rate()
    overlap_days: int = Field(3, ge=0)
    mutability: Literal["append", "changes_dated", "window"]
    """append: a posted line never changes · changes_dated: late changes come by change date · window: only re-reading shows them."""
    whole_documents: bool = True
    """A stream without account filter brings whole documents, so that debits must equal credits."""
    streams: dict[str, Stream]
    totals: Totals | None = None

    def without_data(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Break code -> why a source with these fields has no data for it."""
        unnamed = {
            c: f"no field of the system is named for {column} (fields)" for c, column in self.needs_field.items() if column not in {**self.fields, **fields}
        }
        return self.not_applicable | unnamed

    @model_validator(mode="after")
    def _consistent(self) -> "Definition":
        if "line" not in self.streams and "balance" not in self.streams:
            raise ValueError("a platform has a stream line or balance")
        if any(s.transport == "report" and s.packed is None for s in self.streams.values()):
            raise ValueError("a report is packed: say where its file is")
        if self.totals and "total" not in self.streams:
            raise ValueError("totals need a stream total")
        return self


LOYALTY_FIELDS = ("programme_id", "member_id", "event_id", "batch_id", "order_id", "points", "tax_base", "tax_jurisdiction", "is_tax_line")
"""Columns of ours that an ERP carries only in fields a customer chose. Records have them as x_<column>."""


class Platform:
    """A definition and its mapping SQL."""

    def __init__(self, name: str, folder: Path | Traversable) -> None:
        self.name, self._folder = name, folder
        self.definition = _parsed(folder / "platform.toml", name)

    def text(self, name: str) -> str | None:
        """A file of the platform's folder; None where there is none."""
        file = self._folder / name
        return file.read_text(encoding="utf-8") if file.is_file() else None

    def mapping(self, stream: str) -> str | None:
        """The SQL from `<stream>_record` to `<stream>`; None where the stream is not mapped."""
        text = self.text(f"{stream}.sql")
        return platform(self.definition.mapped_as).mapping(stream) if text is None and self.definition.mapped_as else text


def platform(name: str, books: Path | None = None) -> Platform:
    """The platform called `name`: the books' own platforms/<name>/ wins over a packaged one. Raises UsageFault naming those there are."""
    own = books / "platforms" / name if books else None
    if own and (own / "platform.toml").is_file():
        return Platform(name, own)
    if name not in packaged():
        raise UsageFault(
            f"no platform is called {name}",
            str(books / "tieout.toml" if books else "connectors/platforms"),
            "a source is read as its platform's definition says",
            f"use one of {', '.join(packaged())}, or write platforms/{name}/platform.toml (docs/add_a_platform.md)",
        )
    return Platform(name, resources.files("connectors") / "platforms" / name)


def codes_without_data(sources: Mapping[str, Source], books: Path) -> dict[str, str]:
    """Break codes that no system among `sources` has data for, and why: what the definitions of all that give ledger lines say."""
    definitions = {n: (platform(s.kind, books).definition, s.fields) for n, s in sorted(sources.items()) if s.kind and "line" in s.deliver}
    lacking = {n: d.without_data(fields) for n, (d, fields) in definitions.items() if "line" in d.streams}
    shared = set.intersection(*(set(codes) for codes in lacking.values())) if lacking else set()
    return {code: "; ".join(f"{name}: {codes[code]}" for name, codes in lacking.items()) for code in sorted(shared)}


@cache
def packaged() -> tuple[str, ...]:
    """Names of the platforms that come with tieout."""
    return tuple(sorted(p.name for p in (resources.files("connectors") / "platforms").iterdir() if (p / "platform.toml").is_file()))


def packaged_text(name: str, file: str) -> str | None:
    """A file of a packaged platform's folder; None where there is none."""
    path = resources.files("connectors") / "platforms" / name / file
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _parsed(path: Path | Traversable, name: str) -> Definition:
    try:
        data: Mapping[str, object] = tomllib.loads(path.read_text(encoding="utf-8"))
        return Definition.model_validate(data)
    except tomllib.TOMLDecodeError as fault:
        raise UsageFault(f"not valid TOML: {fault}", str(path), "a definition that cannot be read is not guessed", "correct the line") from None
    except ValidationError as fault:
        problem = fault.errors()[0]
        key = ".".join(str(p) for p in problem["loc"])
        raise UsageFault(f"{key}: {problem['msg'].removeprefix('Value error, ')}", str(path), f"the source {name} is read by it", "correct the key") from None
