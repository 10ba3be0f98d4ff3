"""daily.html: the page a reviewer opens in the morning. One file, no script, no network: a strict policy in its head says so.

Order: verdict and status, breaks, roll-forward, tie-out, totals, matches, trend, deliveries, redeemed units, provenance.
"""

from decimal import Decimal

from core.money import minor_unit
from reports.chart import waterfall
from reports.day import DayReport, Row
from reports.manifest import canonical
from reports.markup import section, table, text
from reports.page_breaks import breaks, by_code, history
from reports.page_sections import deliveries, matches, redeemed, tax, ties
from reports.page_style import CSS
from reports.words import LINE_WORDS, MEASURES, MONEY_LINES, money, number, points, signed

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_MARKS = {"good": "✓", "warn": "!", "bad": "✕"}
ZERO = Decimal(0)


def page(report: DayReport) -> str:
    """The whole document."""
    facts = report.facts
    title = f"{facts.business_date.isoformat()} {report.verdict} – {facts.company}"
    parts = (breaks, _roll, ties, by_code, matches, history, deliveries, redeemed, tax, _provenance)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{text(title)}</title>\n<style>{CSS}</style>\n</head>\n<body>\n"
        f"{_header(report)}<main>\n{''.join(part(report) for part in parts)}</main>\n"
        f"<footer><p>Close {text(facts.close_id)} · tieout {text(facts.code_version)} · what is owed is + on both sides; negatives are in"
        f" parentheses; difference = left − right.</p></footer>\n"
        f'<script type="application/json" id="tieout-report">{_embedded(report)}</script>\n</body>\n</html>\n'
    )


def _header(report: DayReport) -> str:
    facts = report.facts
    state = {"RECONCILED": "good", "NOT COMPLETE": "bad"}.get(report.verdict, "bad")
    strip = "".join(
        f'<li class="{light.state}"><span class="q">{text(light.question)}</span><b>{_MARKS[light.state]} {text(light.answer)}</b>'
        f"<span>{text(light.detail)}</span></li>"
        for light in report.lights
    )
    owed = "".join(
        f'<li><span class="soft">{text(facts.programme(x.programme_id).name)}, {MEASURES[x.measure]}</span><b>{text(money(x.closing, x.currency))}</b>'
        f"<span>{text(signed(x.closing - x.opening, x.currency))} today · {points(x.closing_points)}"
        f" {text(facts.programme(x.programme_id).points_name)}</span></li>"
        for x in report.liabilities
    )
    return (
        f'<header><div class="top"><div><h1>Daily close {facts.business_date.isoformat()}</h1><p class="soft">{text(facts.company)}</p></div>'
        f'<div class="verdict {state}">{_MARKS[state]} {text(report.verdict)}</div></div><ul class="strip">{strip}</ul><ul class="owed"'
        f' aria-label="Liability at closing">{owed}</ul></header>\n'
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


_LINES = (
    ("Opening", "opening", "opening"), ("Earned, deferred", "accrued", "deferred"), ("Redeemed, released to revenue", "redeemed", "released"), ("Expired",
    "expired", "expired"),
    ("Re-estimated", "", "re_estimated"), ("Reversed", "reversed", "reversed"), ("Adjusted", "adjusted", "adjusted"), ("Transferred", "transferred",
    "transferred"),
    ("Translated", "", "translated"), ("Closing", "closing", "closing"),
)  # fmt: skip


def _roll_table(name: str, unit: str, rows: list[Row]) -> str:
    """The roll-forward of one programme: points once, money in every measure."""
    measures = list(dict.fromkeys(r["measure"] for r in rows))
    currency, places = rows[0]["currency"], minor_unit(rows[0]["currency"])
    first = [r for r in rows if r["measure"] == measures[0]]

    def line(words: str, of_points: str, of_money: str) -> list[str]:
        units = sum((r[f"{of_points}_points"] for r in first), ZERO) if of_points else ZERO
        values = [sum((r[f"{of_money}_amount"] for r in rows if r["measure"] == m), ZERO) for m in measures]
        return [words, points(units) if units else "–", *(number(v, places) if v else "–" for v in values)]

    heads = [("", False), (unit.capitalize(), True), *((f"{MEASURES[m].capitalize()}, {currency}", True) for m in measures)]
    return table(f"{name}: the same as a table", heads, [line(*x) for x in _LINES[:-1]], total=line(*_LINES[-1]))


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
        f"<p>To verify: <code>tieout verify {day}</code> recomputes seals and totals of what is stored; manifest.json lists every input file and"
        f" every report with its SHA-256; "
        f"<code>tieout attest --since {day}</code> names every change of code, rules and rates since.</p>"
    )
    return section("Provenance", "provenance", f"<dl>{rows}</dl>{how}")


def _embedded(report: DayReport) -> str:
    """The day as canonical JSON for machines; `<` is written as an escape, so no text can end the block."""
    facts = report.facts
    body = {
        "business_date": facts.business_date, "close_id": facts.close_id, "company": facts.company, "verdict": report.verdict,
        "status": {light.question: light.answer for light in report.lights}, "roll_forward": report.roll, "tie_out": report.tie_out,
        "breaks_by_code": report.codes,
        "breaks": {"open": report.open_count, "blocking": report.blocking_count, "new": report.new_count, "closed": report.closed_count,
        "expected": report.expected_count},
        "matches": report.matches, "coverage": report.coverage, "tax": report.tax, "tables": report.row_counts,
    }  # fmt: skip
    return canonical(body).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
