"""How a platform takes a journal entry, as data: `post.toml` beside its `platform.toml`. What is sent, how it is found again, what refusals look like.

What belongs here: the shape of `post.toml`. What does not: filling templates (`body`), sending (`calling`), deciding (`protocol`).
"""

import re
import tomllib
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connectors.extraction.definition import Platform, packaged_text
from core.errors import SystemFault, UsageFault
from core.policy import PostingTo

Path = Annotated[str, Field(pattern=r"^[^ ]+$")]
"""A place in an answer: names joined by slashes; lists are entered."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Request(_Strict):
    """One request. {placeholders} are filled from the entry, its line, the settings, and what earlier steps kept."""

    transport: Literal["http", "soap"] = "http"
    method: Literal["GET", "POST", "PUT", "PATCH"] = "GET"
    path: str = ""
    query: dict[str, str] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    body: dict[str, Any] = Field(default_factory=dict)
    """A tree that becomes JSON, or XML where the transport is SOAP: see `connectors.posting.body`."""
    operation: str = ""
    """SOAP: the WSDL's operation."""


class Find(Request):
    """How an entry is found by our key. Its lines are compared with ours: a document under our key with other content is never overwritten."""

    records: Path
    container: str = ""
    """What every answer has, even one without records; empty: the list of records itself."""
    match: dict[str, str] = Field(default_factory=dict)
    """Only records with these values; `*` at the end: that begin with it. For systems that cannot search where our key is."""
    most: int = 0
    """As many records as the system gives at once: so many mean that there may be more, and that nothing is known."""
    lines: str = ""
    """The list of lines inside a record; empty: each record is a line."""
    document: Path
    """The document's number, in the record."""
    date: str = ""
    account: str = ""
    """Where a line says its account; empty: lines are not compared, only their presence."""
    account_as: Literal["number", "id"] = "number"
    """Whether that is our account number or the system's id."""
    debit: str = ""
    credit: str = ""
    amount: str = ""
    """Instead of debit and credit: an amount, signed, or unsigned with `side`."""
    side: str = ""
    credit_side: str = "Credit"
    absent: tuple[int, ...] = ()
    """Statuses that mean: there is no such document."""
    absent_where: dict[str, str] = Field(default_factory=dict)
    """Values that mean the same, in an answer that says that it failed."""
    done: dict[str, str] = Field(default_factory=dict)
    """Values of a record of which nothing is left to do; none: what `then` says is told of every one."""
    keep: dict[str, Path] = Field(default_factory=dict)
    """Placeholder of later requests -> where its value is in the record."""
    inner: "Find | None" = None
    """Where the lines are kept apart from their header; a header whose lines are not all there is not our entry yet."""


class Step(Request):
    """One write. Done already where `find` finds something."""

    name: str
    method: Literal["GET", "POST", "PUT", "PATCH"] = "POST"
    per: Literal["entry", "line"] = "entry"
    find: Find | None = None
    check: Find | None = None
    """What this step sets to work; anything but our lines there, left by an earlier attempt or by others, and it is not done."""
    success: dict[str, str] = Field(default_factory=dict)
    """Values that every answer of status 2xx has where it was taken; another value is a refusal."""
    severity: tuple[str, ...] = ()
    """Where messages say how grave they are, and from which number on it was refused."""
    refused_from: int = 3
    document: str = ""
    """Where the new document's number is; all zeros are none. Declared and not there: refused."""
    document_in_location: bool = False
    """The number is the last part of the Location header."""
    reasons: tuple[str, ...] = ()
    """Where a refusal says why."""
    keep: dict[str, Path] = Field(default_factory=dict)
    """Placeholder of later steps -> where its value is in the answer."""


class Places(_Strict):
    """Columns in a row, by the names that `[fields]` of a source has for them."""

    first: int
    names: tuple[str, ...]


class FileStep(_Strict):
    """Instead of calls: a ZIP with one CSV, a row a line, for people or jobs to import."""

    archive: str
    member: str
    columns: tuple[str, ...]
    date_format: str = "%Y/%m/%d"
    places: tuple[Places, ...] = ()
    """Where our columns are written that `[fields]` names; where it does not, they stand where `columns` has them."""

    def place_of(self, field: str) -> int:
        """The column of a field, from 1. Raises SystemFault where the file has none."""
        for part in self.places:
            if field in part.names:
                return part.first + part.names.index(field)
        raise SystemFault(
            f"{self.member} has no column for {field}, which [fields] names", "post.toml", "the next extract would not find it there",
            "map it to a column that the file has, or add it to [[file.places]]",
        )  # fmt: skip


class Posting(_Strict):
    """`post.toml`."""

    title: str
    settings: dict[str, str] = Field(default_factory=dict)
    """As in platform.toml; they may be made of placeholders of the entry, and the platform's own settings can be used too."""
    read_as: dict[str, dict[str, dict[str, str]]] = Field(default_factory=dict)
    """A setting of reading -> its value -> other settings here: what is written must be found where it is read."""
    ledger_setting: str = ""
    """The setting that names the one ledger an entry is written into; empty: the system has no such choice."""
    needs_ids: tuple[Literal["account", "company", "currency"], ...] = ()
    """What the system knows by an id of its own, which the books must name."""
    key_length: int = Field(24, ge=12, le=24)
    """How much of our key the system has room for."""
    lengths: dict[str, int] = Field(default_factory=dict)
    """Longest text a placeholder may have. `memo` and `text` are cut, everything else is refused."""
    max_lines: int = Field(1000, ge=2)
    settle_seconds: int = Field(0, ge=0)
    """Without an idempotency key of the vendor's: a call without answer may still be at work; only after so long a look-up that finds nothing is believed."""
    then: str = ""
    """What is left to do in the system once an entry is created there; empty: nothing, it counts."""
    soap_header: str = ""
    find: Find | None = None
    steps: tuple[Step, ...] = ()
    file: FileStep | None = None


def posting_of(chosen: Platform) -> Posting:
    """The platform's `post.toml`. Raises UsageFault where it has none or it is wrong."""
    text, where = chosen.text("post.toml"), f"platforms/{chosen.name}/post.toml"
    if text is not None and (alike := _like(text)):
        text, where = packaged_text(alike, "post.toml"), f"platforms/{alike}/post.toml"
    if text is None:
        raise UsageFault(
            f"nothing is posted to {chosen.definition.title}", where, "how it takes an entry is not defined", "post by hand, or write the definition"
        )
    try:
        found = Posting.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as fault:
        problem = str(fault) if isinstance(fault, tomllib.TOMLDecodeError) else f"{fault.errors()[0]['loc']}: {fault.errors()[0]['msg']}"
        raise UsageFault(f"not a definition of posting: {problem}", where, "what is sent is not guessed", "correct the key") from None
    if (found.file is None) == (not found.steps) or (found.steps and found.find is None):
        raise UsageFault("a definition of posting has either a file or steps and a way to find the entry again", where, "nothing is sent blindly", "add [find]")
    return found


def _like(text: str) -> str:
    """The packaged platform whose `post.toml` counts here too; a definition that is not TOML is told later."""
    found = re.search(r'^like = "(\w+)"$', text, re.MULTILINE)
    return found[1] if found else ""


def settings_for(definition: Posting, to: PostingTo, reading: dict[str, str], name: str) -> dict[str, str]:
    """Settings of the platform and of posting. Raises UsageFault for one that is unknown or lacking."""
    unknown = sorted(set(to.settings) - set(definition.settings))
    if unknown:
        raise UsageFault(
            f"{definition.title} knows no setting {unknown[0]}", "tieout.toml", "it would decide nothing", f"settings: {', '.join(definition.settings)}"
        )
    as_read = {k: v for name, cases in definition.read_as.items() for k, v in cases.get(reading.get(name, ""), {}).items()}
    found = {**reading, **definition.settings, **as_read, **to.settings}
    lacking = [k for k in definition.settings if not found[k]]
    if lacking:
        raise UsageFault(
            f"{definition.title} needs the setting {lacking[0]} to post", "tieout.toml", "requests are made with it",
            f'[sources.{name}.posting] settings = {{ {lacking[0]} = "..." }}',
        )  # fmt: skip
    chosen = definition.ledger_setting
    if chosen and len(to.ledgers) > 1 and "{" not in found[chosen]:
        raise UsageFault(
            f"entries of {' and '.join(to.ledgers)} would all go into the one ledger that {chosen} names", "tieout.toml", "each belongs into its own",
            f'[sources.{name}.posting] settings = {{ {chosen} = "{{ledger_id}}" }}, or a source for each ledger',
        )  # fmt: skip
    return found
