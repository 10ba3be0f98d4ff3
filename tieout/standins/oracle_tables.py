"""Canonical lines as the GL_* tables of Oracle's general ledger, in any database that can hold them: EBS has them, Fusion's reports read them.

What belongs here: tables, keys, periods, balances. What does not: interfaces. Amounts are NUMBER there, without precision: written as text or decimals.
"""

import calendar
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from tieout.standins.ledger import Ledger

REFERENCES = {
    "event_id": "reference_1", "batch_id": "reference_2", "order_id": "reference_3", "member_id": "reference_4", "programme_id": "reference_5",
    "points": "stat_amount", "tax_jurisdiction": "attribute1", "tax_base": "attribute2",
}  # fmt: skip
"""Where this company's journals hold our columns."""
_FREE = [*(f"reference_{n}" for n in range(1, 11)), "stat_amount", *(f"attribute{n}" for n in range(1, 11))]

TABLES: dict[str, str] = {
    "gl_ledgers": "ledger_id n, name t, currency_code t",
    "gl_code_combinations": "code_combination_id n, segment1 t, segment2 t, segment3 t",
    "gl_period_statuses": "application_id n, ledger_id n, period_name t, closing_status t, start_date d, end_date d, period_year n, period_num n, "
    "adjustment_period_flag t",
    "gl_je_headers": "je_header_id n, ledger_id n, name t, je_category t, je_source t, period_name t, currency_code t, status t, actual_flag t, "
    "default_effective_date d, posted_date d, reversed_je_header_id n, accrual_rev_je_header_id n",
    "gl_je_lines": "je_header_id n, je_line_num n, ledger_id n, code_combination_id n, period_name t, effective_date d, status t, entered_dr m, entered_cr m, "
    "accounted_dr m, accounted_cr m, description t, tax_code t, tax_code_id t, tax_line_flag t, "
    + ", ".join(f"{c} {'m' if c == 'stat_amount' else 't'}" for c in _FREE),
    "gl_balances": "ledger_id n, code_combination_id n, currency_code t, period_name t, actual_flag t, translated_flag t, begin_balance_dr m, "
    "begin_balance_cr m, period_net_dr m, period_net_cr m",
}
"""Columns with their kind: n a key, t text, d a date with time, m money or a quantity."""

Row = tuple[object, ...]


def create(kinds: Mapping[str, str], schema: str) -> Iterator[str]:
    """CREATE TABLE statements; `kinds` are the database's types of n, t, d and m."""
    for name, columns in TABLES.items():
        typed = ", ".join(f"{c.split()[0]} {kinds[c.split()[1]]}" for c in columns.split(", "))
        yield f"create table {schema}.{name} ({typed})"


def columns_of(table: str) -> list[str]:
    return [c.split()[0] for c in TABLES[table].split(", ")]


class GeneralLedger:
    """Rows of the tables, made from a ledger; a line that is posted later gets its document's header again only if there is none."""

    def __init__(self, ledger: Ledger) -> None:
        self.rows: dict[str, list[Row]] = {name: [] for name in TABLES}
        self._ids: dict[tuple[str, ...], int] = {}
        self._last: Counter[str] = Counter()
        self._headers: dict[int, Row] = {}
        for entered, row in ledger.lines:
            self._line(entered, row)
        self.rows["gl_je_headers"] += self._headers.values()
        self._periods([date.fromisoformat(r["posting_date"]) for _, r in ledger.lines])

    def _id(self, *key: str) -> int:
        if key not in self._ids:
            self._last[key[0]] += 1
            self._ids[key] = self._last[key[0]]
        return self._ids[key]

    def _ledger(self, row: Mapping[str, str]) -> int:
        """A ledger has one currency: lines in another stand in a ledger of the same name, which a real system would not allow."""
        key = ("ledger", row["ledger_id"], row["currency"])
        if key not in self._ids:
            self.rows["gl_ledgers"].append((self._id(*key), row["ledger_id"], row["currency"]))
        return self._ids[key]

    def _account(self, row: Mapping[str, str]) -> int:
        key = ("account", row["company_id"], row["account"])
        if key not in self._ids:
            self.rows["gl_code_combinations"].append((self._id(*key), row["company_id"], "000", row["account"]))
        return self._ids[key]

    def _line(self, entered: date, row: Mapping[str, str]) -> None:
        ledger, amount, on = self._ledger(row), Decimal(row["amount"]), date.fromisoformat(row["posting_date"])
        header = self._id("header", row["ledger_id"], row["company_id"], row["document_id"])
        reversed_id = self._id("header", row["ledger_id"], row["company_id"], row["reverses_document_id"]) if row.get("reverses_document_id") else None
        kind = row.get("document_type") or "Loyalty"
        self._headers.setdefault(header, (
            header, ledger, row["document_id"], kind, "Spreadsheet", _period(on), row["currency"], "P", "A", f"{on} 00:00:00", f"{entered} 21:05:11",
            reversed_id, None,
        ))  # fmt: skip
        debit, credit = (plain(amount), None) if amount >= 0 else (None, plain(-amount))
        flag = "Y" if row.get("is_tax_line") == "true" else None
        ours = {theirs: row.get(c) or None for c, theirs in REFERENCES.items()}
        self.rows["gl_je_lines"].append((
            header, int(row["line_id"]), ledger, self._account(row), _period(on), f"{on} 00:00:00", "P", debit, credit, debit, credit,
            row.get("text") or None, row.get("tax_code") or None, row.get("tax_code") or None, flag, *(ours.get(c) for c in _FREE),
        ))  # fmt: skip

    def _periods(self, days: Sequence[date]) -> None:
        """Every month of the lines, and an adjusting period on each year's last day; balances open with what was posted before."""
        months = sorted({d.replace(day=1) for d in days})
        for ledger_id, _, currency in self.rows["gl_ledgers"]:
            for first in months:
                last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
                days_of = (f"{first} 00:00:00", f"{last} 00:00:00", first.year, first.month)
                self.rows["gl_period_statuses"].append((101, ledger_id, _period(first), "O", *days_of, "N"))
                self._balances(ledger_id, str(currency), first)
            for year in sorted({m.year for m in months}):
                end = date(year, 12, 31)
                self.rows["gl_period_statuses"].append((101, ledger_id, f"Adj-{year % 100}", "O", f"{end} 00:00:00", f"{end} 00:00:00", year, 13, "Y"))

    def _balances(self, ledger_id: object, currency: str, first: date) -> None:
        opening: dict[object, Decimal] = {}
        for line in self.rows["gl_je_lines"]:
            if line[2] == ledger_id and str(line[5]) < first.isoformat():
                opening[line[3]] = opening.get(line[3], Decimal(0)) + Decimal(str(line[9] or 0)) - Decimal(str(line[10] or 0))
        for account, amount in opening.items():
            debit, credit = (plain(amount), "0") if amount >= 0 else ("0", plain(-amount))
            self.rows["gl_balances"].append((ledger_id, account, currency, _period(first), "A", None, debit, credit, "0", "0"))


def plain(value: Decimal) -> str:
    """A number as NUMBER keeps it: no more digits than it has.

    >>> plain(Decimal("15.0000")), plain(Decimal("0.3990"))
    ('15', '0.399')
    """
    return format(value.normalize() if value else Decimal(0), "f")


def _period(on: date) -> str:
    return f"{on:%b-%y}"
