"""The middle of daily.html: tie-out, matches, deliveries, redeemed units, tax; each a table with its sentence."""

from decimal import Decimal

from reports.day import DayReport
from reports.markup import section, table, tag, text
from reports.words import CONTROL_STATES, MEASURES, PAIRS, TIE_STATES, money, number, points, tie_sentence

ZERO = Decimal(0)


def ties(report: DayReport) -> str:
    """Our closing against the control accounts, first in words."""
    if not report.tie_out:
        return section("Tie-out to the general ledger", "ties", "<p>No control account was delivered for this day.</p>")
    heads = [
        ("Account", False),
        ("Programme", False),
        ("Sub-ledger", True),
        ("Ledger", True),
        ("Difference", True),
        ("Listed breaks, net", True),
        ("Unexplained", True),
        ("Verdict", False),
    ]
    states = {"tied": "good", "within_tolerance": "good", "tied_by_breaks": "warn"}
    rows = [
        [
            f"{text(r['account'])}<br><small>{text(r['ledger_id'])}, company {text(r['company_id'])}</small>",
            text(f"{report.facts.programme(r['programme_id']).name}, {MEASURES.get(r['measure'], r['measure'])}"),
            *(text(money(r[k], r["currency"])) for k in ("sub_ledger_amount", "ledger_amount", "difference_amount", "net_breaks", "unexplained_amount")),
            tag(TIE_STATES.get(r["status"], str(r["status"])), states.get(r["status"], "bad")),
        ]
        for r in report.tie_out
    ]  # fmt: skip
    said = "".join(f"<li>{text(r['account'])}: {text(tie_sentence(r))}</li>" for r in report.tie_out)
    return section(
        "Tie-out to the general ledger", "ties", f'<ul class="plain">{said}</ul>' + table("Our closing against the ledger's control accounts", heads, rows)
    )


def matches(report: DayReport) -> str:
    """What was confirmed today, by pair and rule."""
    if not report.matches:
        return section("Matched", "matched", "<p>Nothing was matched today.</p>")
    heads = [
        ("Pair", False),
        ("How", False),
        ("Matches", True),
        ("of them groups", True),
        ("Points", True),
        ("Left", True),
        ("Right", True),
        ("Difference", True),
    ]
    rows = [
        [text(PAIRS.get(m["pair"], m["pair"])), text(str(m["rung"]).replace("_", " ")), f"{m['match_count']:,}", f"{m['group_count']:,}", points(m["points"]),
         *(number(m[k] or ZERO, 2) for k in ("left_amount", "right_amount", "difference_amount"))]
        for m in report.matches
    ]  # fmt: skip
    return section("Matched", "matched", table("Confirmed today, by pair and rule; money over all currencies is a control total", heads, rows))


def deliveries(report: DayReport) -> str:
    """What each file stated and what was read."""
    states = {"ok": "good", "unstated": "warn", "duplicate": "warn"}
    heads = [
        ("File", False),
        ("Source", False),
        ("Rows stated", True),
        ("Rows read", True),
        ("Set aside", True),
        ("Sums computed", False),
        ("Control total", False),
    ]
    rows = [
        [text(c["file"]), text(c["source"]), "–" if c["rows_stated"] is None else f"{c['rows_stated']:,}", f"{c['rows_read'] or 0:,}",
        f"{c['rows_quarantined'] or 0:,}",
         text(str(c["sums_computed"] or "").replace(";", "; ")), tag(CONTROL_STATES.get(c["status"], str(c["status"])), states.get(c["status"], "bad"))]
        for c in report.controls
    ]  # fmt: skip
    content = table("What each file stated and what was read", heads, rows) if rows else "<p>No file arrived for this day.</p>"
    return section("Deliveries and control totals", "deliveries", content)


def redeemed(report: DayReport) -> str:
    """Units redeemed, and those that lack a lot, an entry or a tax entry: 0 or listed."""
    if not report.coverage:
        return section("Redeemed units", "redeemed", "<p>No unit was redeemed on this day.</p>")
    keys = ("redeemed_points", "without_lot_points", "without_entry_points", "without_lot_entry_points", "without_tax_points")
    heads = [
        ("Programme", False),
        ("Redemptions", True),
        ("Units redeemed", True),
        ("without lot", True),
        ("without ledger entry", True),
        ("lot without entry", True),
        ("without tax entry", True),
    ]
    rows = [[text(report.facts.programme(c["programme_id"]).name), f"{c['redemption_count']:,}", *(points(c[k]) for k in keys)] for c in report.coverage]
    content = table("Every redeemed unit has a lot, a ledger entry and a tax entry, or is counted here", heads, rows)
    if report.uncovered:
        lacks = (
            ("lacks_lot", "no lot (arrears)"),
            ("lacks_entry", "no ledger entry"),
            ("lacks_lot_entry", "lot has no ledger entry"),
            ("lacks_tax", "no tax entry"),
        )
        listed = [
            [
                text(u["redemption_event_id"]),
                points(u["points"]),
                text(money(u["redemption_value"], u["currency"])),
                text(", ".join(w for k, w in lacks if u[k])),
            ]
            for u in report.uncovered
        ]
        content += table(
            f"{report.uncovered_count:,} listed, largest first",
            [("Redemption", False), ("Units", True), ("Money off", True), ("What is missing", False)],
            listed,
        )
    return section("Redeemed units", "redeemed", content)


def tax(report: DayReport) -> str:
    """Tax of today's redemptions, unreviewed rules marked."""
    if not report.tax:
        return ""
    heads = [
        ("Jurisdiction", False),
        ("Tax", False),
        ("Treatment", False),
        ("Entries", True),
        ("Money off", True),
        ("Taken off the base", True),
        ("Taxable base", True),
        ("Tax owed", True),
        ("Rule", False),
    ]
    rows = [
        [text(t["jurisdiction"]), text(t["tax_type"]), text(str(t["treatment"]).replace("_", " ").lower()), f"{t['entry_count']:,}",
         *(text(money(t[k], t["currency"])) for k in ("points_value", "base_adjustment", "taxable_base", "tax_amount")),
         text(t["rule_id"] or "none found") + " " + (tag("reviewed", "good") if t["is_reviewed"] else tag("unreviewed rule", "warn"))]
        for t in report.tax
    ]  # fmt: skip
    return section("Tax", "tax", table("Tax of today's redemptions by jurisdiction and treatment", heads, rows))
