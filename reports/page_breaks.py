"""The breaks of daily.html: the list a reviewer starts with, the totals by code and age, the trend of earlier days."""

from collections.abc import Callable

from reports.chart import trend
from reports.day import OF_A_KIND, DayReport, Row, meaning
from reports.markup import section, table, tag, text
from reports.words import AGE_BUCKETS, PAIRS, QUEUES, break_sentence, money, number, plural, points

_GROUPS: tuple[tuple[str, Callable[[Row], bool]], ...] = (
    ("New since yesterday", lambda b: b["is_new"]),
    ("Came back", lambda b: b["is_reopened"]),
    ("Known before", lambda b: not b["is_new"] and not b["is_reopened"]),
)


def breaks(report: DayReport) -> str:
    """Open breaks: new ones first, heaviest (money x age) first, a plain sentence each, both sides behind a click."""
    if not report.listed:
        return section("Breaks", "breaks", "<p>No open break.</p>" + _quiet(report))
    made = []
    reopened = sum(c["reopened_count"] for c in report.codes)
    for (words, belongs), count in zip(_GROUPS, (report.new_count, reopened, report.open_count - report.new_count - reopened), strict=True):
        rows = [b for b in report.listed if belongs(b)]
        if count:
            shown = f"{count:,}" if len(rows) == count else f"{len(rows):,} of {count:,}"
            made.append(f'<h3>{words} ({shown})</h3><ul class="breaks">{"".join(_one(b) for b in rows)}</ul>')
    if report.open_count > len(report.listed):
        made.append(
            f'<p class="note">{len(report.listed):,} of {report.open_count:,} are shown here: the heaviest {OF_A_KIND} of each kind, then the heaviest of all; '
            "discrepancies.xlsx has every one.</p>"
        )
    note = (
        f"{plural(report.open_count, 'open break')}, {report.blocking_count:,} of them block the sign-off. Sorted by money × age; open one to see both sides."
    )
    return section("Breaks", "breaks", "".join(made) + _quiet(report), note)


def _quiet(report: DayReport) -> str:
    return f'<p class="note">{report.closed_count:,} closed today; {report.expected_count:,} expected in transit, which block nothing.</p>'


def _one(b: Row) -> str:
    age = "new" if b["is_new"] else plural(b["age"], "day")
    flag = tag("blocks sign-off", "bad") if b["is_blocking"] else ""
    size = money(b["gross_amount"], b["currency"]) if b["gross_amount"] else f"{points(b['gross_points'])} points" if b["gross_points"] else "–"
    small = f"{meaning(b['code'])} · {PAIRS.get(b['pair'], b['pair'])} · {QUEUES.get(b['queue'], b['queue'])} · since {b['first_seen']} ({age})"
    return (
        f'<li><details><summary><span class="code">{text(b["code"])}</span><span class="say">{text(break_sentence(b))} {flag}'
        f"<small>{text(small)}</small></span>"
        f'<span class="n">{text(size)}</span></summary><div class="sides">{_sides(b)}</div></details></li>'
    )


def _sides(b: Row) -> str:
    currency = b["currency"]
    rows = [
        ["Reference", text(b["left_ref"] or "–"), text(b["right_ref"] or "–"), ""],
        ["Points", points(b["left_points"]), points(b["right_points"]), points(b["difference_points"])],
        ["Money", *(text(money(b[k], currency)) for k in ("left_amount", "right_amount", "difference_amount"))],
    ]
    heads = [("", False), ("Left: loyalty, sub-ledger", True), ("Right: ledger, other side", True), ("Difference", True)]
    facts = [("Business key", b["business_key"]), ("Programme", b["programme_id"]), ("Member", b["global_id"]), ("Status", b["status"])]
    listed = "".join(f"<dt>{k}</dt><dd>{text(v)}</dd>" for k, v in facts if v)
    return (
        f"{table('', heads, rows, label='Both sides')}<dl>{listed}<dt>History, candidates</dt><dd><code>tieout explain {text(b['break_id'])}</code></dd></dl>"
    )


def by_code(report: DayReport) -> str:
    """Totals by code and age."""
    if not report.codes:
        return ""
    most = max(c[key] for c in report.codes for _, key in AGE_BUCKETS) or 1
    heads = [("Code", False), ("Meaning", False), ("Queue", False), ("Open", True), ("Block", True), ("Net", True), ("Gross", True), ("Oldest", False)]
    rows = [
        [
            text(c["code"]), text(meaning(c["code"])), text(QUEUES.get(c["queue"], c["queue"])), f"{c['break_count']:,}", f"{c['blocking_count']:,}",
            text(money(c["net_amount"], c["currency"])), text(money(c["gross_amount"], c["currency"])), text(c["oldest_first_seen"]),
        ]
        for c in report.codes
    ]  # fmt: skip
    ages = [[text(c["code"]) + (f" {text(c['currency'])}" if c["currency"] else ""), *(_bar(c[key], most) for _, key in AGE_BUCKETS)] for c in report.codes]
    sums = ["All", *(f"{sum(c[key] for c in report.codes):,}" for _, key in AGE_BUCKETS)]
    content = table("By code and currency; net and gross money of the open differences", heads, rows)
    content += table("By age in days since first seen", [("Code", False), *((words, False) for words, _ in AGE_BUCKETS)], ages, total=sums)
    return section("Breaks by code and age", "codes", content)


def _bar(count: int, most: int) -> str:
    return f'<span class="age"><span class="bar" style="width:{max(count * 60 // most, 2)}px"></span>{count:,}</span>' if count else "–"


def history(report: DayReport) -> str:
    """Open breaks of the last 90 days, as a chart and as a table."""
    if len(report.trend) < 2:
        return section("Trend of open breaks", "trend", "<p>The first close has no earlier days to compare with.</p>")
    days = [(t["business_date"], t["open_count"], t["blocking_count"]) for t in report.trend]
    rows = [[str(d), number(n, 0), number(b, 0)] for d, n, b in reversed(days)]
    data = table("Open breaks at each close, latest first", [("Day", False), ("Open", True), ("Block sign-off", True)], rows)
    return section(
        "Trend of open breaks",
        "trend",
        trend("trend-chart", days) + f'<details><summary><span class="code">Table</span><span>The same as a table</span></summary>{data}</details>',
    )
