"""One believable closed day as tables, made by hand and by seedless arithmetic: what a report is tested on.

Two programmes in two currencies, breaks old and new, hostile texts; `empty_day` has every table and no row.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from report_sample_rows import DAY, GROCERY, VOYAGE, Row, allocations, journal, lots, money, tax_entries, tie_outs

from core.schema import table
from core.sql import Limits, Session
from reports.facts import PreviousClose, ProgrammeFacts, ReportFacts

EVE = DAY - timedelta(days=1)
STATE = ("break", "match", "disposition", "allocation", "tax_entry", "journal_line", "journal_source", "roll_forward", "tie_out", "urr_estimate")
TABLES = (*STATE, "tax_draft", "control_total", "quarantine", "lot")
PARAMETERS = ("tax_rule", "programme", "urr_version")
MEMBER = "GLB-SECRET-77"
HOSTILE = (
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\tTAB",
    "\rCR",
    "a\x01b\u202ec",
    "_x000D_",
    "<script>alert('x')</script> & co",
    " spaced ",
    "00123",
    "1E5",
)


def facts(**changes: Any) -> ReportFacts:
    """The surroundings of the sample day."""
    base: dict[str, Any] = {
        "business_date": DAY,
        "close_id": "c1f0a9d47be2386655aa90ef",
        "code_version": "0.1.0+9f31ac22",
        "config_hash": "5d41402abc4b2a76b9719d911017c592aa55d41402abc4b2a76b9719d911017c",
        "input_hash": "7d793037a0760186574b0282f2f435e7aa557d793037a0760186574b0282f2f4",
        "company": "Northwind Grocers & Sons, Inc.",
        "presentation_currency": "USD",
        "programmes": (ProgrammeFacts(GROCERY, "Grocery Rewards", "points", "USD"), ProgrammeFacts(VOYAGE, "Voyage Club", "miles", "EUR")),
        "previous_close": PreviousClose(EVE, "b0e4c2d5f6a798001122bbcc"),
    }
    return ReportFacts(**{**base, **changes})


def fill(session: Session, tables: Mapping[str, list[Row]]) -> None:
    """Every table of the day by name, those of `tables` with rows, the others empty."""
    for name in TABLES:
        session.rows(name, table(name), [{"business_date": DAY, **r} for r in tables.get(name, [])], prefix=("business_date",))
    for name in ("prior_break", "prior_roll_forward", "prior_cohort_movement"):
        session.rows(name, table(name.removeprefix("prior_")), tables.get(name, []), prefix=("business_date",))
    for name in PARAMETERS:
        session.rows(name, table(name), tables.get(name, []))


@contextmanager
def day(tables: Mapping[str, list[Row]] | None = None, *, threads: int = 2) -> Iterator[Session]:
    """A session that holds the sample day, or the given tables."""
    with Session(Limits(folders=(), threads=threads)) as session:
        fill(session, sample_day() if tables is None else tables)
        yield session


def empty_day() -> dict[str, list[Row]]:
    """Nothing happened."""
    return {}


def roll(programme: str, currency: str, measure: str, earn_class: str, cohort: str, points: list[str], amounts: list[str]) -> Row:
    """A roll-forward row; the closing is computed, so that it foots."""
    names = ("opening", "accrued", "redeemed", "expired", "reversed", "adjusted", "transferred")
    movements = ("opening", "deferred", "released", "expired", "re_estimated", "reversed", "adjusted", "transferred", "translated")
    row: dict[str, Any] = {"company_id": "1000" if currency == "USD" else "2000", "programme_id": programme, "currency": currency, "measure": measure}
    row |= {"earn_class": earn_class, "cohort": cohort}
    row |= {f"{n}_points": money(p) for n, p in zip(names, points, strict=True)} | {"closing_points": sum(map(money, points), Decimal(0))}
    return row | {f"{n}_amount": money(a) for n, a in zip(movements, amounts, strict=True)} | {"closing_amount": sum(map(money, amounts), Decimal(0))}


def roll_forwards() -> list[Row]:
    zero = "0"
    made = [
        roll(GROCERY, "USD", "deferred", "purchase", "2026-10", ["1250000", zero, "-42310", "-1200", "310", zero, zero],
             ["10612.48", zero, "-371.22", "-9.80", "-14.06", "2.61", zero, zero, zero]),
        roll(GROCERY, "USD", "deferred", "purchase", "2026-11", ["804220", "61240", "-8020", zero, "-450", "-120", zero],
             ["6903.15", "531.87", "-69.11", zero, zero, "-3.91", "-1.02", zero, zero]),
        roll(GROCERY, "USD", "deferred", "bonus", "2026-11", ["90000", "5000", "-1500", zero, zero, zero, "250"],
             [zero, zero, zero, zero, zero, zero, zero, zero, zero]),
        roll(VOYAGE, "EUR", "deferred", "purchase", "2026-11", ["400000.5", "12000.25", "-30000", zero, zero, zero, zero],
             ["3880.00", "116.40", "-288.02", zero, zero, zero, zero, zero, zero]),
    ]  # fmt: skip
    face = [
        {**r, "measure": "face", **{k: (r[k.replace("_amount", "_points")] * Decimal("0.01")) for k in r if k in ("opening_amount", "closing_amount")}}
        for r in made
    ]
    for r in face:
        pts = {n: r[f"{n}_points"] * Decimal("0.01") for n in ("accrued", "redeemed", "expired", "reversed", "adjusted", "transferred")}
        r |= {"deferred_amount": pts["accrued"], "released_amount": pts["redeemed"], "expired_amount": pts["expired"], "re_estimated_amount": Decimal(0)}
        r |= {f"{n}_amount": pts[n] for n in ("reversed", "adjusted", "transferred")} | {"translated_amount": Decimal(0)}
    return [*made, *face]


def prior_rolls() -> list[Row]:
    return [{**r, "business_date": EVE, "closing_points": r["opening_points"], "closing_amount": r["opening_amount"]} for r in roll_forwards()]


def broken(number: int, code: str, pair: str, key: str, left: str, right: str, **more: Any) -> Row:
    """A break with money on both sides; the difference is computed."""
    a, b = money(left), money(right)
    queue = "tech_support" if code[:2] in ("DQ", "TM", "BL") or code in ("AM-01", "AM-02", "RV-01") else "security" if code.startswith("FR") else "finance"
    row: dict[str, Any] = {
        "break_id": f"{number:024x}", "code": code, "pair": pair, "programme_id": GROCERY, "business_key": key, "left_ref": f"loyalty/{key}", "right_ref": "",
        "left_points": a * 100, "right_points": b * 100, "difference_points": (a - b) * 100, "left_amount": a, "right_amount": b, "difference_amount": a - b,
        "currency": "USD", "relative_difference": None, "queue": queue, "status": "open", "first_seen": DAY, "age_days": 0,
        "blocks_signoff": code not in ("AM-03", "FR-01", "DQ-04", "TM-01", "CL-02"), "global_id": MEMBER, "explanation": f"{code} stands for {key}.",
    }  # fmt: skip
    return row | more


def breaks() -> list[Row]:
    old = {"first_seen": DAY - timedelta(days=45), "age_days": 45}
    return [
        broken(
            1,
            "MS-01",
            "event_ledger",
            "R-100200",
            "-12.50",
            "0",
            explanation="The ledger has no entry for redemption R-100200 of 1,250 points worth 12.50 USD.",
        ),
        broken(
            2,
            "AM-02",
            "event_ledger",
            "A-100777",
            "8.10",
            "9.30",
            explanation="The ledger is 1.20 USD higher than loyalty for accrual A-100777.",
            right_ref="GL1/1000/5100077/2",
        ),
        broken(
            3,
            "AM-02",
            "control_account",
            f"GL1/1000/210500/{GROCERY}",
            "17620.10",
            "17633.80",
            explanation="The ledger is 13.70 USD higher than our sub-ledger for account 210500.",
        ),
        broken(4, "FR-01", "order_event", "O-55121", "25.00", "0", **old, explanation="Order O-55121 earned 2,500 points and has no sale payment."),
        broken(5, "AM-03", "event_ledger", "A-100801", "100.0000", "100.0050", first_seen=DAY - timedelta(days=3), age_days=3),
        broken(6, "BL-01", "balance_events", f"{GROCERY}/{MEMBER}", "120.00", "118.00", first_seen=DAY - timedelta(days=9), age_days=9),
        broken(7, "TM-01", "event_ledger", "A-100999", "4.00", "0", status="expected"),
        broken(8, "MS-03", "event_ledger", "A-099111", "6.00", "6.00", status="closed", first_seen=DAY - timedelta(days=2), age_days=2, blocks_signoff=False),
        broken(
            9, "DQ-04", "delivery", "loyalty_event_2026-11-21.csv", "0", "0", global_id="", explanation="2 rows of loyalty_event_2026-11-21.csv were set aside."
        ),
        broken(10, "MS-05", "redemption_tax", "V-7001", "0", "3.99", programme_id=VOYAGE, currency="EUR", first_seen=DAY - timedelta(days=200), age_days=200),
        *[broken(20 + i, "FR-01", "order_event", text, "1.00", "0", explanation=text) for i, text in enumerate(HOSTILE)],
    ]


def prior_breaks() -> list[Row]:
    """A month of earlier days: a pattern of breaks that come and go, and the ones still open today."""
    rows: list[Row] = []
    for back in range(1, 31):
        on = DAY - timedelta(days=back)
        rows += [
            {**broken(1000 + back * 10 + i, "AM-02", "event_ledger", f"X-{back}-{i}", "2.00", "1.00"), "business_date": on, "first_seen": on}
            for i in range((back * 7) % 5)
        ]
        rows += [{**b, "business_date": on} for b in breaks() if b["first_seen"] <= on and b["break_id"] != f"{6:024x}"]
    return rows


def sample_day() -> dict[str, list[Row]]:
    """The believable day."""
    lines, sources = journal()
    match = {"pair": "event_ledger", "rule_id": "event_id", "rule_version": "1", "rung": "exact_id", "cardinality": "1:1", "points": Decimal(100)}
    matches = [
        {
            **match,
            "match_id": f"m{i:023x}",
            "left_refs": f"A-{i}",
            "right_refs": f"GL1/1000/{i}/1",
            "left_amount": Decimal("1.00"),
            "right_amount": Decimal("1.00"),
            "difference_amount": Decimal(0),
        }
        | ({"rung": "manifest", "cardinality": "N:1"} if i % 9 == 0 else {})
        for i in range(400)
    ]
    control = {"source": "loyalty", "table": "loyalty_event", "rows_stated": 412, "rows_read": 412, "rows_quarantined": 2, "sha256": "ab" * 32, "status": "ok"}
    control |= {"file": "loyalty_event_2026-11-21.csv", "sums_stated": "points=61890.0000", "sums_computed": "points=61890.0000"}
    erp = {
        **control,
        "source": "erp",
        "table": "ledger_line",
        "file": "ledger_line_2026-11-21.csv",
        "rows_stated": None,
        "rows_read": 1311,
        "sums_stated": "",
        "status": "unstated",
    }
    quarantine = {
        "source": "loyalty",
        "table": "loyalty_event",
        "file": control["file"],
        "column": "points",
        "value_masked": "9.999,99",
        "reason": "not a number; write 9999.99",
    }
    side = {"pair": "event_ledger", "side": "left", "table": "loyalty_event", "currency": "USD", "points": Decimal(61890), "amount": Decimal("618.90")}
    urr = {
        "programme_id": GROCERY,
        "currency": "USD",
        "earn_class": "purchase",
        "method": "in_force",
        "issued_points": Decimal(2000000),
        "redeemed_points": Decimal(400000),
    }
    urr |= {"ultimate_points": Decimal(1600000), "urr": Decimal("0.8"), "liability_amount": Decimal("10219.01")}
    return {
        "break": breaks(), "prior_break": prior_breaks(), "roll_forward": roll_forwards(), "prior_roll_forward": prior_rolls(), "lot": lots(),
        "allocation": allocations(), "tax_entry": tax_entries(),
        "tax_draft": [{"tax_entry_id": t["tax_entry_id"], "currency": "EUR" if t["jurisdiction"] == "DE" else "USD"} for t in tax_entries()],
        "journal_line": lines, "journal_source": sources, "tie_out": tie_outs(), "match": matches,
        "control_total": [control, erp], "quarantine": [{**quarantine, "line": 7}, {**quarantine, "line": 19, "value_masked": "=9+9"}],
        "disposition": [{**side, "disposition": "matched", "reason": "exact_id", "row_count": 400}, {**side, "disposition": "break", "reason": "MS-01",
        "row_count": 12}],
        "urr_estimate": [{**urr, "cohort": "2026-10"}, {**urr, "cohort": "2026-11", "liability_amount": Decimal("7360.98")}],
        "programme": [
            {"programme_id": GROCERY, "name": "Grocery Rewards", "currency": "USD", "company_id": "1000", "tolerance": Decimal("0.0001"),
            "ledger_measure": "deferred", "minor_unit": 2},
            {"programme_id": VOYAGE, "name": "Voyage Club", "currency": "EUR", "company_id": "2000", "tolerance": Decimal("0.0001"),
            "ledger_measure": "deferred", "minor_unit": 2},
        ],
        "urr_version": [{"programme_id": GROCERY, "effective": date(2026, 10, 1), "rate": Decimal("0.8"), "cohort": "", "earn_class": "",
        "approved_by": "CFO", "reason": "yearly study"}],
    }  # fmt: skip
