"""liability.xlsx: what is owed. Lead, roll-forward with live footing, tie-out, lots, expiry ladder, URR, tax, control totals."""

from collections.abc import Sequence
from decimal import Decimal

from core.money import minor_unit
from core.sql import Session
from reports.book import Book
from reports.cells import Formula
from reports.day import DayReport, Row
from reports.front import Paper, book, control_totals, declared, index, lead, provenance, readme, select_of, small, whole
from reports.period import period_sheets
from reports.sheet import Expected, Sheet, grown
from reports.words import LINE_WORDS, MEASURES, MONEY_LINES, POINT_LINES, TIE_STATES, money, plural, tie_sentence

ZERO = Decimal(0)


def liability_book(session: Session, report: DayReport) -> Book:
    """The workbook of what is owed; `session` holds the day's tables."""
    made = book(report, "Liability")
    cover = lead(made, report, _paper(report))
    roll_forward(made, report)
    _by_cohort(made, session)
    tie_out(made, report)
    _lots(made, report)
    of_period = period_sheets(made, session, report)
    whole(made, session, "URR", "urr_estimate")
    _tax(made, report)
    control_totals(made, session)
    provenance(made, report)
    readme(made, (("ByCohort", declared("roll_forward")), ("URR", declared("urr_estimate"))))
    index(made, cover, ["ByCohort", "TieOut", "LotsByCohort", "ExpiryLadder", *of_period, "URR", "Tax", "ControlTotals"])
    return made


def _paper(report: DayReport) -> Paper:
    owed = "; ".join(f"{report.facts.programme(x.programme_id).name}: {money(x.closing, x.currency)} ({MEASURES[x.measure]})" for x in report.liabilities)
    ties = " ".join(tie_sentence(r) for r in report.tie_out) or "No control account was delivered for this day."
    conclusion = {
        "RECONCILED": "The liability stated here agrees with the books within the tolerance of the programmes; no open break blocks the sign-off.",
        "NOT COMPLETE": "The day is not complete: deliveries are missing or could not be used. The figures stand for what arrived; do not sign.",
    }.get(report.verdict, f"{plural(report.blocking_count, 'open break blocks', 'open breaks block')} the sign-off. See discrepancies.xlsx.")
    if report.unreviewed_rules:
        conclusion += " Tax figures resting on unreviewed rules are marked."
    return Paper(
        "Loyalty liability", "To show what is owed to members for points at the close, and that it agrees with the general ledger.",
        "Loyalty events and balances, ledger lines and balances as delivered (ControlTotals, Provenance); our own lots, journal and roll-forward.",
        "Opening agreed to the previous close; movements footed and cross-footed; closing agreed to the control accounts; differences named and listed.",
        f"{owed or 'Nothing is owed.'}. {ties}", conclusion,
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------------------------- roll-forward


def roll_forward(made: Book, report: DayReport) -> None:
    """One statement per programme, currency and measure: lines down, earn classes across, every total and check a live formula."""
    sheet = made.sheet("RollForward", "Roll-forward", tab="#14532D")
    sheet.widths((34, *[17] * 9))
    sheet.row(["Roll-forward: opening to closing"], "title", height=24)
    sheet.row(["closing = opening + movements. Check cells are 0: F footed, CF cross-footed, PY opening agreed to the previous close."], "note")
    checks: list[str] = []
    cells: list[tuple[int, str, Decimal]] = []
    keys = list(dict.fromkeys((r["company_id"], r["programme_id"], r["currency"], r["measure"]) for r in report.roll))
    seen: set[tuple[str, str, str]] = set()
    for company, programme_id, currency, measure in keys:
        rows = [r for r in report.roll if (r["company_id"], r["programme_id"], r["currency"], r["measure"]) == (company, programme_id, currency, measure)]
        programme = report.facts.programme(programme_id)
        if (company, programme_id, currency) not in seen:
            seen.add((company, programme_id, currency))
            checks += _statement(
                sheet, f"{programme.name} · company {company} · {programme.points_name}", rows, POINT_LINES, "points", _points_style(rows), cells
            )
        style = "money2" if minor_unit(currency) == 2 and measure == "deferred" else "money"
        checks += _statement(sheet, f"{programme.name} · company {company} · {currency} · {MEASURES[measure]}", rows, MONEY_LINES, "amount", style, cells)
    sheet.gap()
    sheet.row(["All checks", Formula("+".join(f"ABS({c})" for c in checks) or "0", 0)], ("total_text", "check"))
    made.expected.append(Expected("RollForward", sheet.height, 1, (("B", ZERO),), tuple(cells)))
    sheet.page.freeze_panes(2, 1)


def _points_style(rows: Sequence[Row]) -> str:
    return "points" if all(r[f"{n}_points"] == int(r[f"{n}_points"]) for r in rows for n in POINT_LINES) else "points4"


def _statement(sheet: Sheet, title: str, rows: Sequence[Row], lines: Sequence[str], unit: str, style: str, cells: list[tuple[int, str, Decimal]]) -> list[str]:
    """A block of one measure. Gives the check cells that must be 0; adds the totals a second reader must find to `cells`."""
    last = "ABCDEFGHIJ"[len(rows)]
    total, check = chr(ord(last) + 1), chr(ord(last) + 2)
    sheet.gap()
    sheet.row([title], "section", height=18)
    sheet.row([None, *[(r["earn_class"] or "no class") for r in rows], "Total", "Check CF"], ["header", *["header_n"] * (len(rows) + 2)])
    first, checks = sheet.height + 1, []
    for line in lines[:-1]:
        values = [r[f"{line}_{unit}"] for r in rows]
        at = sheet.height + 1
        sheet.row(
            [LINE_WORDS[line], *values, Formula(f"SUM(B{at}:{last}{at})", sum(values, ZERO)), None], ["text", *[style] * len(rows), f"across_{style}", "text"]
        )
    end, at = sheet.height, sheet.height + 1
    closings = [r[f"closing_{unit}"] for r in rows]
    down = [Formula(f"SUM({c}{first}:{c}{end})", v) for c, v in zip("BCDEFGHIJ", closings, strict=False)]
    across = Formula(f"SUM({total}{first}:{total}{end})", sum(closings, ZERO))
    cross = Formula(f"ROUND({total}{at}-SUM(B{at}:{last}{at}),4)", 0)
    sheet.row(["Closing (F)", *down, across, cross], ["total_text", *[f"total_{style}"] * (len(rows) + 1), "check"])
    cells.append((at, total, sum(closings, ZERO)))
    sheet.row(["Closing as stored", *closings, sum(closings, ZERO), None], ["text", *[style] * (len(rows) + 1), "text"])
    columns = [*"BCDEFGHIJ"[: len(rows)], total]
    sheet.row(["Check F: 0", *[Formula(f"ROUND({c}{at}-{c}{at + 1},4)", 0) for c in columns], None], ["label", *["check"] * len(columns), "text"])
    checks += [f"{check}{at}", *[f"{c}{at + 2}" for c in columns]]
    if any(r[f"prior_closing_{unit}"] is not None for r in rows):
        before = [r[f"prior_closing_{unit}"] or ZERO for r in rows]
        sheet.row(
            ["Closing of the previous close", *before, Formula(f"SUM(B{at + 3}:{last}{at + 3})", sum(before, ZERO)), None],
            ["text", *[style] * (len(rows) + 1), "text"],
        )
        gaps = [r[f"opening_{unit}"] - b for r, b in zip(rows, before, strict=True)]
        made = [Formula(f"ROUND({c}{first}-{c}{at + 3},4)", g) for c, g in zip(columns, [*gaps, sum(gaps, ZERO)], strict=True)]
        sheet.row(["Check PY: opening agrees", *made, None], ["label", *["check"] * len(columns), "text"])
    return checks


def _by_cohort(made: Book, session: Session) -> None:
    """Every row of the roll-forward, cohort by cohort."""
    key = ("company_id", "programme_id", "currency", "measure", "earn_class", "cohort")
    made.records(session, "ByCohort", declared("roll_forward"), select_of("roll_forward"), key)


# -------------------------------------------------------------------------------------------------------- tie-out, lots, tax


def tie_out(made: Book, report: DayReport) -> None:
    """Sub-ledger against general ledger, differences recalculated by formulas, the verdict in words."""
    sheet = made.sheet("TieOut", "Tie-out to the general ledger", tab="#14532D")
    heads = ["Ledger", "Company", "Account", "Programme", "Currency", "Measure", "Sub-ledger", "Ledger balance", "Difference (R)", "Relative", "Net breaks",
             "Gross breaks", "Unexplained (R)", "Verdict", "In words"]  # fmt: skip
    sheet.head(heads, ["header"] * 6 + ["header_n"] * 7 + ["header"] * 2, filtered=len(report.tie_out))
    widths = (8, 9, 10, 16, 9, 12, 15, 15, 14, 12, 13, 13, 15, 24, 44)
    sheet.widths(widths)
    for r in report.tie_out:
        at = sheet.height + 1
        difference = Formula(f"ROUND(G{at}-H{at},4)", r["difference_amount"] or ZERO)
        rest = Formula(f"ROUND(I{at}-K{at},4)", r["unexplained_amount"] or ZERO)
        verdict, words = TIE_STATES.get(r["status"], str(r["status"])), tie_sentence(r)
        sheet.row(
            [r["ledger_id"], r["company_id"], r["account"], r["programme_id"], r["currency"], MEASURES.get(r["measure"], r["measure"]), r["sub_ledger_amount"],
             r["ledger_amount"], difference, r["relative_difference"], r["net_breaks"], r["gross_breaks"], rest, verdict, words],
            ["text"] * 6 + ["money"] * 3 + ["percent"] + ["money"] * 3 + ["wrap", "wrap"],
            height=grown(zip((verdict, words), widths[-2:], strict=True)),
        )  # fmt: skip
    made.expected.append(Expected("TieOut", 2, len(report.tie_out), (("G", sum((r["sub_ledger_amount"] or ZERO for r in report.tie_out), ZERO)),)))


def _lots(made: Book, report: DayReport) -> None:
    small(made, "LotsByCohort", (
        ("programme_id", "Programme", "text"), ("currency", "Currency", "text"), ("cohort", "Cohort", "text"), ("earn_class", "Earn class", "text"),
        ("lot_count", "Open lots", "count"),
        ("member_count", "Members", "count"), ("issued_points", "Points issued", made.points), ("open_points", "Points open", made.points),
        ("deferred_amount", "Deferred at issue", "money"),
        ("remaining_amount", "Liability left", "money"), ("remaining_cost", "Accrued cost left", "money"), ("first_expiry", "First expiry", "date"),
    ), report.cohorts)  # fmt: skip
    small(made, "ExpiryLadder", (
        ("programme_id", "Programme", "text"), ("currency", "Currency", "text"), ("step", "Expires", "text"), ("lot_count", "Open lots", "count"),
        ("open_points", "Points open", made.points), ("remaining_amount", "Liability left", "money"),
    ), report.ladder)  # fmt: skip


def _tax(made: Book, report: DayReport) -> None:
    rows = [{**t, "review": "reviewed" if t["is_reviewed"] else "UNREVIEWED RULE"} for t in report.tax]
    small(made, "Tax", (
        ("jurisdiction", "Jurisdiction", "text"), ("tax_type", "Tax", "text"), ("treatment", "Treatment", "text"), ("currency", "Currency", "text"),
        ("review", "Rule review", "text"),
        ("entry_count", "Entries", "count"), ("open_count", "Missing or differing", "count"), ("points", "Points", made.points), ("points_value",
        "Money off", "money"),
        ("base_before", "Base before", "money"), ("base_adjustment", "Taken off the base", "money"), ("taxable_base", "Taxable base", "money"),
        ("tax_amount", "Tax owed", "money"),
        ("tax_collected", "Tax collected", "money"), ("rule_id", "Rule", "text"), ("rule_version", "Version", "text"), ("citation", "Citation", "wrap"),
    ), rows, widths=(18, 8, 34, 9, 18, 9, 11, 13, 13, 13, 13, 13, 13, 13, 22, 8, 44))  # fmt: skip
