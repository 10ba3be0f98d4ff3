"""The ledger a stand-in serves: canonical lines as dicts of text, with the day each became visible. What does not belong here: interfaces."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

CLEARING = "999000"
"""Takes the other side of lines that were delivered without one: an ERP has no unbalanced documents."""


@dataclass(slots=True)
class Ledger:
    """Lines by the day they were entered, in order."""

    lines: list[tuple[date, dict[str, str]]] = field(default_factory=list)

    def of(self, first: date, last: date) -> list[dict[str, str]]:
        return [row for day, row in self.lines if first <= day <= last]


def ledger_of(files: Iterable[Path], *, clearing: str = CLEARING, decimal: str = ".") -> Ledger:
    """The ledger in `ledger_line_<day>.csv` files; documents that do not balance get a clearing line."""
    ledger = Ledger()
    for path in sorted(files):
        day = date.fromisoformat(path.stem[12:22])
        rows = [dict(r) for r in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))]
        ledger.lines += [(day, row) for row in balanced(rows, clearing)]
    return ledger


def balanced(rows: Sequence[dict[str, str]], clearing: str = CLEARING) -> list[dict[str, str]]:
    """The lines with a clearing line after each document that needs one."""
    documents: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for row in rows:
        documents.setdefault((row["ledger_id"], row["company_id"], row["document_id"]), []).append(row)
    result = []
    for lines in documents.values():
        result += lines
        difference = sum((Decimal(r["amount"]) for r in lines), Decimal(0))
        if difference:
            first = lines[0]
            kept = ("ledger_id", "company_id", "document_id", "posting_date", "document_date", "currency")
            number = str(max(int(r["line_id"]) for r in lines) + 1)
            result.append({**{k: first.get(k, "") for k in kept}, "line_id": number, "account": clearing, "amount": str(-difference)})
    return result


def number_text(amount: str) -> str:
    """An amount with two decimals at least, no more than it has.

    >>> number_text("-15.0000"), number_text("0.3990")
    ('-15.00', '0.399')
    """
    value = Decimal(amount).normalize()
    places = max(2, -int(value.as_tuple().exponent))
    return format(value, f".{places}f")
