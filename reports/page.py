"""daily.html: the page a reviewer opens in the morning. One file, no script, no network: a strict policy in its head says so.

Order: verdict and status, breaks, roll-forward, tie-out, totals, matches, trend, deliveries, redeemed units, provenance.
"""

from decimal import Decimal

from core.money import minor_unit
from reports.chart import waterfall
from reports.day import DayReport, Row
from reports.manifest import canonical
from reports.markup import section, table, tag, text
from reports.page_breaks import breaks, by_code, history
from reports.page_style import CSS
from reports.words import CONTROL_STATES, LINE_WORDS, MEASURES, MONEY_LINES, PAIRS, POINT_LINES, TIE_STATES, money, number, points, signed, tie_sentence

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_MARKS = {"good": "✓", "warn": "!", "bad": "✕"}
ZERO = Decimal(0)


def page(report: DayReport) -> str:
    """The whole document."""
    facts = report.facts
    title = f"{facts.business_date.isoformat()} {report.verdict} – {facts.company}"
    parts = (breaks, _roll, _ties, by_code, _matches, history, _deliveries, _redeemed, _tax, _provenance)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n<title>{text(title)}</title>\n<style>{CSS}</style>\n</head>\n<body>\n'
        f"{_header(report)}<main>\n{''.join(part(report) for part in parts)}</main>\n"
        f"<footer><p>Close {text(facts.close_id)} · tieout {text(facts.code_version)} · what is owed is + on both sides; negatives are in parentheses; difference = left − right.</p></footer>\n"
        f'<script type="application/json" id="tieout-report">{_embedded(report)}</script>\n</body>\n</html>\n'
    )


def _header(report: DayReport) -> str:
    facts = report.facts
    state = {"RECONCILED": "good", "NOT COMPLETE": "bad"}.get(report.verdict, "bad")
    strip = "".join(
        f'<li class="{light.state}"><span class="q">{text(light.question)}</span><b>{_MARKS[light.state]} {text(light.answer)}</b><span>{text(light.detail)}</span></li>'
        for light in report.lights
    )
    owed = "".join(
        f'<li><span class="soft">{text(facts.programme(x.programme_id).name)}, {MEASURES[x.measure]}</span><b>{text(money(x.closing, x.currency))}</b>'
        f"<span>{text(signed(x.closing - x.opening, x.currency))} today · {points(x.closing_points)} {text(facts.programme(x.programme_id).points_name)}</span></li>"
        for x in report.liabilities
    )
    return (
        f'<header><div class="top"><div><h1>Daily close {facts.business_date.isoformat()}</h1><p class="soft">{text(facts.company)}</p></div>'
        f'<div class="verdict {state}">{_MARKS[state]} {text(report.verdict)}</div></div><ul class="strip">{strip}</ul><ul class="owed" aria-label="Liability at closing">{owed}</ul></header>\n'
    )


def _roll(report: DayReport) -> str:
    made = []
    for i, owed in enumerate(report.liabilities):
        programme = report.facts.programme(owed.programme_id)
        mine = [r for r in report.roll if (r["programme_id"], r["currency"]) == (owed.programme_id, owed.currency)]
        rows = [r for r in mine if r["measure"] == owed.measure]
        steps = [(LINE_WORDS[n], sum((r[f"{n}_amount"] for r in rows), ZERO)) for n in MONEY_LINES]
        shown = [s for k, s in enumerate(steps) if s[1] or k in (0, len(steps) - 1)]
        title = f"{programme.name}: {MEASURES[owed.measure]} in {owed.currency}, opening to closing"
        made.append(f"<h3>{text(title)}</h3>" + waterfall(f"roll-{i}", title, [(_short(w), v) for w, v in shown], minor_unit(owed.currency)))
        made.append(_roll_table(programme.name, programme.points_name, mine))
    return section(
        "Roll-forward",
        "roll",
        "".join(made) or "<p>Nothing was owed and nothing moved.</p>",
        "closing = opening + movements, in points and in every measure of money.",
    )


def _short(words: str) -> str:
    return words.removesuffix(" to revenue")


def _roll_table(name: str, unit: str, rows: list[Row]) -> str:
    measures = list(dict.fromkeys(r["measure"] for r in rows))
    currency, places = rows[0]["currency"], minor_unit(rows[0]["currency"])
    first = [r for r in rows if r["measure"] == measures[0]]
    heads = [("", False), (unit.capitalize(), True), *((f"{MEASURES[m].capitalize()}, {currency}", True) for m in measures)]

    def line(key: str) -> list[str]:
        units = points(sum((r[f"{key}_points"] for r in first), ZERO)) if key in POINT_LINES else ""
        values = (sum((r[f"{key}_amount"] for r in rows if r["measure"] == m), ZERO) for m in measures)
        return (
            [LINE_WORDS[key], units, *((number(v, places) if v else "–") if key in MONEY_LINES else "" for v in values)]
            if key in MONEY_LINES
            else [LINE_WORDS[key], units, *("" for _ in measures)]
        )

    keys = ("opening", "accrued", "deferred", "redeemed", "released", "expired", "re_estimated", "reversed", "adjusted", "transferred", "translated")
    return table(f"{name}: the same as a table", heads, [line(k) for k in keys], total=line("closing"))


def _ties(report: DayReport) -> str:
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
            text(f"{r['ledger_id']} / {r['company_id']} / {r['account']}"), text(f"{report.facts.programme(r['programme_id']).name}, {MEASURES.get(r['measure'], r['measure'])}"),
            *(text(money(r[k], r["currency"])) for k in ("sub_ledger_amount", "ledger_amount", "difference_amount", "net_breaks", "unexplained_amount")),
            tag(TIE_STATES.get(r["status"], r["status"]), states.get(r["status"], "bad")),
        ]
        for r in report.tie_out
    ]  # fmt: skip
    said = "".join(f"<li>{text(r['account'])}: {text(tie_sentence(r))}</li>" for r in report.tie_out)
    return section(
        "Tie-out to the general ledger", "ties", f'<ul class="plain">{said}</ul>' + table("Our closing against the ledger's control accounts", heads, rows)
    )


def _matches(report: DayReport) -> str:
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


def _deliveries(report: DayReport) -> str:
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
        [text(c["file"]), text(c["source"]), "–" if c["rows_stated"] is None else f"{c['rows_stated']:,}", f"{c['rows_read'] or 0:,}", f"{c['rows_quarantined'] or 0:,}",
         text(str(c["sums_computed"] or "").replace(";", "; ")), tag(CONTROL_STATES.get(c["status"], c["status"]), states.get(c["status"], "bad"))]
        for c in report.controls
    ]  # fmt: skip
    content = table("What each file stated and what was read", heads, rows) if rows else "<p>No file arrived for this day.</p>"
    return section("Deliveries and control totals", "deliveries", content)


def _redeemed(report: DayReport) -> str:
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


def _tax(report: DayReport) -> str:
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


def _provenance(report: DayReport) -> str:
    facts = report.facts
    before = facts.previous_close
    day = facts.business_date.isoformat()
    listed = [
        ("Close id", facts.close_id), ("Previous close", f"{before.business_date.isoformat()} {before.close_id}" if before else "none, this is the first"),
        ("Code version", facts.code_version), ("Configuration hash", facts.config_hash), ("Input hash", facts.input_hash),
    ]  # fmt: skip
    rows = "".join(f"<dt>{k}</dt><dd><code>{text(v)}</code></dd>" for k, v in listed)
    how = (
        f"<p>To verify: <code>tieout verify {day}</code> recomputes seals and totals of what is stored; manifest.json lists every input file and every report with its SHA-256; "
        f"<code>tieout attest --since {day}</code> names every change of code, rules and rates since.</p>"
    )
    return section("Provenance", "provenance", f"<dl>{rows}</dl>{how}")


def _embedded(report: DayReport) -> str:
    """The day as canonical JSON for machines; `<` is written as an escape, so no text can end the block."""
    facts = report.facts
    body = {
        "business_date": facts.business_date, "close_id": facts.close_id, "company": facts.company, "verdict": report.verdict,
        "status": {light.question: light.answer for light in report.lights}, "roll_forward": report.roll, "tie_out": report.tie_out, "breaks_by_code": report.codes,
        "breaks": {"open": report.open_count, "blocking": report.blocking_count, "new": report.new_count, "closed": report.closed_count, "expected": report.expected_count},
        "matches": report.matches, "coverage": report.coverage, "tax": report.tax, "tables": report.row_counts,
    }  # fmt: skip
    return canonical(body).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
