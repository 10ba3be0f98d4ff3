"""An adjusting entry on its way into a ledger: what it says, and whether it may be said. What does not belong here: any vendor's form."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core.money import minor_unit

_ZERO = Decimal(0)
UNASSIGNED = "unassigned:"
_PLAIN = re.compile(r"[\w .:/-]*")
"""What keys of a ledger are made of; anything else could be more than a key in a request."""


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One line: debit or credit, the other is 0; points only where the ledger keeps them."""

    line_no: int
    account: str
    debit: Decimal
    credit: Decimal
    points: Decimal | None = None

    @property
    def amount(self) -> Decimal:
        """Signed, debit +."""
        return self.debit - self.credit


@dataclass(frozen=True, slots=True)
class Entry:
    """One proposed entry, as `adjusting_entry` has it."""

    key: str
    reason_code: str
    break_id: str
    business_key: str
    programme_id: str
    company_id: str
    ledger_id: str
    posting_date: date
    effective_date: date
    currency: str
    event_id: str
    member_id: str
    reverses_document_id: str
    text: str
    lines: tuple[EntryLine, ...]

    @property
    def concerns(self) -> str:
        """What two entries with different keys may both be about: only one of them may be on its way."""
        return f"{self.ledger_id}|{self.break_id or self.business_key}"

    def content(self) -> dict[str, Any]:
        """What is approved, as plain text; the explanation is not part of it."""
        named = ("key", "reason_code", "break_id", "business_key", "programme_id", "company_id", "ledger_id", "currency", "event_id", "member_id")
        lines = [
            {"line_no": n.line_no, "account": n.account, "debit": exact(n.debit), "credit": exact(n.credit), "points": exact(n.points)} for n in self.lines
        ]
        dates = {"posting_date": self.posting_date.isoformat(), "effective_date": self.effective_date.isoformat()}
        return {n: getattr(self, n) for n in named} | dates | {"reverses_document_id": self.reverses_document_id, "lines": lines}

    def objections(self, currencies: Sequence[str], max_lines: int) -> list[str]:
        """Why no ledger should take it, one sentence each; empty: nothing."""
        found = [f"line {n.line_no} has no account ({n.account})" for n in self.lines if not n.account or n.account.startswith(UNASSIGNED)]
        found += [f"line {n.line_no} is not either debit or credit" for n in self.lines if min(n.debit, n.credit) != 0 or max(n.debit, n.credit) <= 0]
        if sum((n.amount for n in self.lines), _ZERO) != 0 or len(self.lines) < 2:
            found.append("debits and credits are not equal")
        keys = [*(n.account for n in self.lines), self.company_id, self.ledger_id]
        found += [f"{key!r} is no plain key" for key in keys if not _PLAIN.fullmatch(key)]
        if len(self.lines) > max_lines:
            found.append(f"it has {len(self.lines)} lines, the system takes {max_lines}")
        if self.currency not in currencies:
            found.append(f"its currency {self.currency or 'none'} is not one of the ledger's ({', '.join(currencies)})")
        places = minor_unit(self.currency)
        found += [f"{exact(n.amount)} has more than {places} decimals" for n in self.lines if n.amount != round(n.amount, places)]
        return list(dict.fromkeys(found))


def exact(value: Decimal | None) -> str:
    """Digits without an exponent, no more of them than needed; empty for none.

    >>> exact(Decimal("9.0000")), exact(Decimal("0.0900")), exact(None)
    ('9', '0.09', '')
    """
    if value is None:
        return ""
    plain = format(value.normalize(), "f")
    return "0" if plain in ("-0", "0") else plain


def money(value: Decimal, currency: str) -> str:
    """An amount with its currency's decimals, never fewer digits than it has."""
    places = max(minor_unit(currency), -int(value.normalize().as_tuple().exponent))
    return format(value, f".{places}f")


def entries_of(rows: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """Entries out of rows of `adjusting_entry` in the order of entry_id, line_no."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["entry_id"], []).append(row)
    return [_entry(lines) for lines in found.values()]


def entry_of(content: Mapping[str, Any]) -> Entry:
    """An entry out of its `content`."""
    lines = tuple(
        EntryLine(n["line_no"], n["account"], Decimal(n["debit"]), Decimal(n["credit"]), Decimal(n["points"]) if n["points"] else None)
        for n in content["lines"]
    )  # fmt: skip
    dates = {n: date.fromisoformat(content[n]) for n in ("posting_date", "effective_date")}
    return Entry(**{**content, **dates, "lines": lines})


def _entry(rows: Sequence[Mapping[str, Any]]) -> Entry:
    first = rows[0]
    texts = (
        "reason_code",
        "break_id",
        "business_key",
        "programme_id",
        "company_id",
        "ledger_id",
        "currency",
        "event_id",
        "member_id",
        "reverses_document_id",
        "text",
    )
    lines = tuple(EntryLine(int(r["line_no"]), r["account"], Decimal(r["debit"]), Decimal(r["credit"]), r["points"]) for r in rows)
    return Entry(
        key=first["idempotency_key"], posting_date=first["posting_date"], effective_date=first["effective_date"], lines=lines,
        **{n: first[n] or "" for n in texts},
    )  # fmt: skip


def digest(*parts: object) -> str:
    """SHA-256 over parts of plain JSON."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
