"""What a system has under our key, and whether it is what we meant. What does not belong here: asking."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.extraction.records import Drift
from connectors.extraction.template import fill
from connectors.posting.answers import is_there, text, values
from connectors.posting.definition import Find
from connectors.posting.entry import exact, money
from connectors.posting.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Found:
    """Documents under our key (more than one is a double posting), their lines as (account, signed amount), their dates."""

    documents: tuple[str, ...]
    lines: tuple[tuple[str, Decimal], ...]
    dates: tuple[str, ...]
    kept: Mapping[str, str] = field(default_factory=dict)
    is_done: bool = False
    """Nothing is left to do there."""

    @property
    def document(self) -> str:
        return ";".join(self.documents)


def found_in(find: Find, tree: Any, filled: Mapping[str, str]) -> Found | None:
    """What an answer shows; None: nothing. Raises Drift where it cannot be read."""
    if tree is None or (find.absent_where and all(w in map(str, values(tree, p)) for p, w in find.absent_where.items())):
        return None
    container = find.container or find.records
    if not is_there(tree, container):
        raise Drift(f"the answer has no {container}")
    listed = values(tree, find.records)
    if find.most and len(listed) >= find.most:
        raise Drift(f"{len(listed)} records came, and there may be more: whether ours is among them is not known")
    records = [r for r in listed if isinstance(r, Mapping) and _fits(find, r, filled)]
    if not records:
        return None
    rows = [r for record in records for r in (values(record, find.lines) if find.lines else [record])]
    lines = tuple((text(r, find.account), _amount(find, r)) for r in rows) if find.account else ()
    documents = tuple(dict.fromkeys(text(r, find.document) for r in records))
    dates = tuple(dict.fromkeys(_day(text(r, find.date)) for r in records)) if find.date else ()
    is_done = bool(find.done) and all(text(r, path) == wanted for r in records for path, wanted in find.done.items())
    return Found(documents, lines, dates, {k: text(records[0], path) for k, path in find.keep.items()}, is_done)


def _fits(find: Find, record: Any, filled: Mapping[str, str]) -> bool:
    for path, template in find.match.items():
        wanted, said = fill(template, filled), text(record, path)
        if not (said.startswith(wanted[:-1]) if wanted.endswith("*") else said == wanted):
            return False
    return True


def comparison(found: Found, prepared: Prepared, find: Find) -> str:
    """What differs between a document and our entry, in words; empty: it is our entry, once."""
    entry = prepared.entry
    if len(found.documents) > 1:
        return f"it is there {len(found.documents)} times, as {found.document}"
    if found.dates and found.dates != (entry.posting_date.isoformat(),):
        return f"document {found.document} is dated {', '.join(found.dates)}, ours {entry.posting_date}"
    if not find.account:
        return ""
    ours, theirs = _ours(prepared, find), Counter(found.lines)
    if ours == theirs:
        return ""
    shown = "; ".join(f"{a} {money(v, entry.currency)}" for a, v in sorted(theirs.elements()))
    return f"document {found.document} has {shown or 'no lines'}"


def is_part(found: Found, prepared: Prepared, find: Find) -> bool:
    """Whether some of our lines are there, none of them wrong or of another day, and others are missing."""
    theirs = Counter(found.lines)
    return theirs < _ours(prepared, find) and found.dates in ((), (prepared.entry.posting_date.isoformat(),))


def _ours(prepared: Prepared, find: Find) -> Counter[tuple[str, Decimal]]:
    name = "account_number" if find.account_as == "number" else "account"
    return Counter((said[name], line.amount) for said, line in zip(prepared.lists["lines"], prepared.entry.lines, strict=True))


def _amount(find: Find, row: Any) -> Decimal:
    if find.amount:
        amount = _number(text(row, find.amount))
        return -amount if find.side and text(row, find.side) == find.credit_side else amount
    return _number(text(row, find.debit)) - _number(text(row, find.credit))


def _number(said: str) -> Decimal:
    try:
        return Decimal(exact(Decimal(said or "0")))
    except InvalidOperation:
        raise Drift("an amount of the document is not readable") from None


def _day(said: str) -> str:
    """The date of a date or of an instant; OData V2 writes days as milliseconds since 1970."""
    if said.startswith("/Date(") and said.endswith(")/"):
        from datetime import date, timedelta

        return (date(1970, 1, 1) + timedelta(days=int(said[6:-2]) // 86_400_000)).isoformat()
    return said[:10]
