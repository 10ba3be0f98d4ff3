"""Rows of the sample day that are many and alike: lots, allocations, tax entries, journal, tie-outs, made by arithmetic."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

DAY = date(2026, 11, 21)
GROCERY, VOYAGE = "grocery-points", "voyage-miles"

Row = Mapping[str, Any]


def money(text: str) -> Decimal:
    return Decimal(text)


def lots(count: int = 60) -> list[Row]:
    made = []
    for i in range(count):
        programme, currency = (GROCERY, "USD") if i % 3 else (VOYAGE, "EUR")
        month = "2026-10" if i % 4 else "2026-11"
        expires = None if i % 7 == 0 else DAY + timedelta(days=(i * 37) % 500 - 5)
        row: dict[str, Any] = {"lot_id": f"A-{100000 + i}", "global_id": f"GLB-{i % 19:05d}", "programme_id": programme, "currency": currency, "cohort": month}
        row |= {"earn_class": "purchase" if i % 5 else "bonus", "funded_by": "seller", "earned_on": DAY - timedelta(days=i % 40), "expires_on": expires}
        row |= {"points": Decimal(100 + i), "remaining_points": Decimal(60 + i), "deferred_amount": Decimal("0.85") * i, "remaining_amount": Decimal("0.5") * i}
        made.append(row | {"cost_amount": Decimal(0), "remaining_cost": Decimal(0), "ledger_ref": f"GL1/1000/51{i:05d}/2"})
    return made


def allocations() -> list[Row]:
    made = []
    for i in range(24):
        programme, currency = (GROCERY, "USD") if i % 4 else (VOYAGE, "EUR")
        row: dict[str, Any] = {
            "event_id": f"R-{200000 + i // 2}",
            "redemption_event_id": f"R-{200000 + i // 2}",
            "lot_id": f"A-{100000 + i}",
            "sequence": i % 2,
        }
        row |= {"programme_id": programme, "currency": currency, "global_id": f"GLB-{i % 19:05d}", "cohort": "2026-10", "earn_class": "purchase"}
        row |= {"points": Decimal(50), "released_amount": Decimal("0.44"), "breakage_amount": Decimal("0.04"), "released_cost": Decimal(0)}
        row |= {"redemption_value": Decimal("0.50"), "ledger_ref": "" if i == 5 else f"GL1/1000/52{i:05d}/1", "lot_ledger_ref": f"GL1/1000/51{i:05d}/2"}
        made.append(row | {"tax_entry_id": "" if i == 8 else f"{i:024x}", "status": "entry_missing" if i == 5 else "tax_missing" if i == 8 else "complete"})
    return made


def tax_entries() -> list[Row]:
    states = ("US-CA", "US-WA", "US-NY", "US-TX")
    made = []
    for i in range(24):
        row: dict[str, Any] = {
            "tax_entry_id": f"{i:024x}",
            "event_id": f"R-{200000 + i // 2}",
            "redemption_event_id": f"R-{200000 + i // 2}",
            "lot_id": f"A-{100000 + i}",
        }
        row |= {
            "points": Decimal(50),
            "jurisdiction": states[i % 4] if i % 4 else "DE",
            "tax_type": "SALES" if i % 4 else "VAT",
            "gross_price": Decimal("20.00"),
        }
        row |= {"treatment": "DISCOUNT_REDUCES_BASE" if i % 4 else "VAT_PRICE_REDUCTION", "points_value": Decimal("0.50"), "base_before": Decimal("20.00")}
        row |= {
            "base_adjustment": Decimal("-0.50"),
            "taxable_base": Decimal("19.50"),
            "exempt_base": Decimal(0),
            "rate": Decimal("0.0725"),
            "tax_amount": Decimal("1.41"),
        }
        row |= {
            "base_collected": Decimal("19.50"),
            "tax_collected": Decimal("1.41"),
            "rule_id": f"{states[i % 4]}-points",
            "rule_version": "1",
            "citation": "18 CCR 1671.1",
        }
        made.append(row | {"is_reviewed": i % 4 == 1, "reversal_of": "", "ledger_ref": f"GL1/1000/53{i:05d}/3", "status": "matched"})
    return made


def journal() -> tuple[list[Row], list[Row]]:
    lines, sources = [], []
    for i in range(10):
        value = Decimal("12.34") * (i + 1)
        common = {"entry_id": f"e{i:023x}", "currency": "USD", "company_id": "1000", "ledger_id": "", "programme_id": GROCERY, "event_kind": "accrual"}
        common |= {"cohort": "2026-11", "earn_class": "purchase", "effective_date": DAY, "reverses_entry_id": "", "source_count": 1}
        for no, (debit, credit, account) in enumerate(((value, Decimal(0), "400100"), (Decimal(0), value, "210500")), start=1):
            lines.append({**common, "line_no": no, "account": account, "debit": debit, "credit": credit})
            sources.append(
                {
                    "entry_id": common["entry_id"],
                    "line_no": no,
                    "event_id": f"A-{100000 + i}",
                    "lot_id": f"A-{100000 + i}",
                    "points": Decimal(100),
                    "amount": debit - credit,
                }
            )
    return lines, sources


def tie_outs() -> list[Row]:
    base = {"ledger_id": "GL1", "company_id": "1000", "account": "210500", "programme_id": GROCERY, "currency": "USD", "measure": "deferred"}
    euro = {"ledger_id": "GL2", "company_id": "2000", "account": "210700", "programme_id": VOYAGE, "currency": "EUR", "measure": "deferred"}
    figures = ("sub_ledger_amount", "ledger_amount", "difference_amount", "relative_difference", "net_breaks", "gross_breaks", "unexplained_amount")
    first = ("17580.99", "17594.69", "-13.70", "0.000778643784", "-13.7050", "13.7050", "0.0050")
    second = ("3708.38", "3708.38", "0", "0", "0", "0", "0")
    return [
        {**base, **{f: money(v) for f, v in zip(figures, first, strict=True)}, "status": "tied_by_breaks"},
        {**euro, **{f: money(v) for f, v in zip(figures, second, strict=True)}, "status": "tied"},
    ]
