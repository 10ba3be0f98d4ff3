"""The typed report of one closed day: every small frame and every judgement the files share, taken from the session once.

Judgements (verdict, completeness, balance) are made here and nowhere else. Rendering belongs to the workbooks, page, digest.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.certification import REASONS, Facts, Item, refusals
from core.kinds import BREAK_CODES
from core.policy import Certification
from core.sql import Session, rule_text
from reports.facts import ReportFacts
from reports.words import plural

Row = dict[str, Any]
PAGE_BREAKS = 200
OF_A_KIND = 5
COUNTED = (
    "break", "match", "disposition", "lot", "allocation", "tax_entry", "journal_line", "journal_source", "roll_forward", "tie_out", "urr_estimate",
    "control_total", "quarantine",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Light:
    """One question of the status strip: `state` is good, warn or bad; the words say it without colour."""

    question: str
    answer: str
    detail: str
    state: str


@dataclass(frozen=True, slots=True)
class Liability:
    """What is owed of one programme in the measure its ledger carries (its first measure where none is declared)."""

    programme_id: str
    currency: str
    measure: str
    opening: Decimal
    closing: Decimal
    closing_points: Decimal


@dataclass(frozen=True, slots=True)
class DayReport:
    """One closed business day. Frames are lists of dicts in reading order; money and points are exact decimals."""

    facts: ReportFacts
    row_counts: dict[str, int]
    roll: list[Row]
    tie_out: list[Row]
    codes: list[Row]
    listed: list[Row]
    trend: list[Row]
    matches: list[Row]
    dispositions: list[Row]
    coverage: list[Row]
    uncovered: list[Row]
    uncovered_count: int
    ladder: list[Row]
    cohorts: list[Row]
    tax: list[Row]
    urr: list[Row]
    controls: list[Row]
    measures: dict[str, str]
    open_count: int
    blocking_count: int
    new_count: int
    closed_count: int
    expected_count: int
    quarantined_count: int
    has_fractions: bool

    @property
    def complete(self) -> bool:
        """Every declared delivery arrived and could be used."""
        return not self.missing_feeds and not any(c["status"] in ("failed", "refused") for c in self.controls)

    @property
    def missing_feeds(self) -> list[Row]:
        return [b for b in self.listed if b["code"] == "DQ-01" and b["state"] == "open"]

    @property
    def verdict(self) -> str:
        """RECONCILED, `3 BREAKS` (open ones that block the sign-off) or NOT COMPLETE, which wins."""
        if not self.complete:
            return "NOT COMPLETE"
        return plural(self.blocking_count, "BREAK").upper() if self.blocking_count else "RECONCILED"

    @property
    def unreviewed_rules(self) -> list[Row]:
        return [t for t in self.tax if not t["is_reviewed"]]

    @property
    def liabilities(self) -> list[Liability]:
        """One per programme and currency."""
        made: dict[tuple[str, str], Liability] = {}
        for key in dict.fromkeys((r["programme_id"], r["currency"]) for r in self.roll):
            mine = [r for r in self.roll if (r["programme_id"], r["currency"]) == key]
            measure = self.measures.get(key[0], mine[0]["measure"])
            rows = [r for r in mine if r["measure"] == measure] or [r for r in mine if r["measure"] == mine[0]["measure"]]
            sums = (sum((r[c] for r in rows), Decimal(0)) for c in ("opening_amount", "closing_amount", "closing_points"))
            made[key] = Liability(key[0], key[1], rows[0]["measure"], *sums)
        return list(made.values())

    @property
    def lights(self) -> list[Light]:
        """The status strip, in the order a reviewer asks."""
        asked = [_balance(self.tie_out), _controls(self.controls), _completeness(self), _tax(self)]
        return [*asked, _certification(self, self.facts.certification)] if self.facts.certification else asked


_HAS_FRACTIONS = """select coalesce(bool_or(opening_points <> trunc(opening_points) or accrued_points <> trunc(accrued_points)
    or redeemed_points <> trunc(redeemed_points) or closing_points <> trunc(closing_points)), false) from roll_forward"""


def load(session: Session, facts: ReportFacts) -> DayReport:
    """Take the day from the session: small frames only, plus the first 200 breaks in reading order."""
    on = facts.business_date
    for name in ("report_break", "report_break_code", "report_break_trend", "report_ladder", "report_uncovered"):
        _make(session, name, facts)
    fetch = session.fetch
    states = fetch("""select count(*) filter (where state = 'open') as open_count, count(*) filter (where is_blocking) as blocking_count,
        count(*) filter (where state = 'open' and is_new) as new_count, count(*) filter (where state = 'closed') as closed_count,
        count(*) filter (where state = 'expected') as expected_count from report_break""")[0]
    counts = fetch(" union all ".join(f"select '{t}' as name, count(*) as n from \"{t}\"" for t in COUNTED))
    return DayReport(
        facts=facts,
        row_counts={r["name"]: r["n"] for r in counts},
        roll=fetch(rule_text("reports", "report_roll"), as_of_date=on),
        tie_out=fetch("select * exclude (business_date) from tie_out order by company_id, ledger_id, account, programme_id, currency, measure"),
        codes=fetch("select * from report_break_code order by code, currency"),
        listed=fetch(_LISTED),
        trend=fetch("select * from report_break_trend order by business_date"),
        matches=fetch(rule_text("reports", "report_match")),
        dispositions=fetch(rule_text("reports", "report_disposition")),
        coverage=fetch(rule_text("reports", "report_coverage")),
        uncovered=fetch(f"select * from report_uncovered order by abs(points) desc, programme_id, redemption_event_id limit {PAGE_BREAKS}"),
        uncovered_count=int(session.value("select count(*) from report_uncovered")),
        ladder=fetch("select * from report_ladder order by programme_id, currency, step_no"),
        cohorts=fetch(rule_text("reports", "report_lot_cohort")),
        tax=fetch(rule_text("reports", "report_tax")),
        urr=fetch("select * exclude (business_date) from urr_estimate order by programme_id, currency, cohort, earn_class, method"),
        controls=fetch('select * exclude (business_date) from control_total order by source, "table", file'),
        measures={r["programme_id"]: r["ledger_measure"] for r in fetch("select programme_id, ledger_measure from programme where ledger_measure is not null")},
        quarantined_count=next(r["n"] for r in counts if r["name"] == "quarantine"),
        has_fractions=bool(session.value(_HAS_FRACTIONS)),
        **states,
    )  # fmt: skip


_LISTED = f"""
select * exclude (kind_rank)
from (select *, row_number() over (partition by pair, code order by reading_rank) as kind_rank from report_break where state = 'open')
qualify row_number() over (order by kind_rank > {OF_A_KIND}, reading_rank) <= {PAGE_BREAKS} or code = 'DQ-01'
order by reading_rank"""
"""The heaviest, and of each pair and code the heaviest: one wrong file makes a break of every member, and must not hide the others."""


def _make(session: Session, name: str, facts: ReportFacts) -> None:
    if "$as_of_date" in rule_text("reports", name):
        session.rule("reports", name, as_of_date=facts.business_date)
    else:
        session.rule("reports", name)


def meaning(code: str) -> str:
    """What a break code stands for; an unknown one is itself."""
    known = BREAK_CODES.get(code)
    return known.meaning if known else code


# ----------------------------------------------------------------------------------------------------------------- status strip


def _balance(rows: list[Row]) -> Light:
    question = "In balance?"
    if not rows:
        return Light(question, "Not judged", "No control account was delivered for this day.", "warn")
    untied = [r for r in rows if r["status"] == "untied"]
    if untied:
        return Light(question, "No", f"{plural(len(untied), 'control account')} of {len(rows)} do not agree with our sub-ledger.", "bad")
    explained = [r for r in rows if r["status"] == "tied_by_breaks"]
    if explained:
        return Light(question, "By listed breaks", f"{plural(len(explained), 'control account')} of {len(rows)} differ; listed breaks explain it.", "warn")
    return Light(question, "Yes", f"{plural(len(rows), 'control account')} agree with our sub-ledger.", "good")


def _controls(rows: list[Row]) -> Light:
    question = "Control totals?"
    failed = [r for r in rows if r["status"] in ("failed", "refused")]
    unstated = [r for r in rows if r["status"] == "unstated"]
    if failed:
        return Light(question, "No", f"{plural(len(failed), 'file')} of {len(rows)} do not agree with what they state.", "bad")
    if not rows:
        return Light(question, "No files", "No file arrived for this day.", "warn")
    if unstated:
        return Light(question, "Not stated", f"{plural(len(unstated), 'file')} of {len(rows)} came without a control total; the others agree.", "warn")
    return Light(question, "Agree", f"{plural(len(rows), 'file')} agree with what they state.", "good")


def _completeness(report: DayReport) -> Light:
    question = "Data complete?"
    missing = report.missing_feeds
    if missing:
        return Light(question, "No", f"{plural(len(missing), 'feed')} missing or late: {', '.join(str(m['business_key']) for m in missing[:3])}.", "bad")
    if not report.complete:
        return Light(question, "No", "A file was refused or its control total fails.", "bad")
    if report.quarantined_count:
        return Light(question, "With gaps", f"{plural(report.quarantined_count, 'row')} set aside in quarantine.", "warn")
    return Light(question, "Yes", "Nothing missing, nothing set aside.", "good")


def _certification(report: DayReport, policy: Certification) -> Light:
    """Whether the day's own tables stand in the way of a certificate; what only the books know (the day before) the command judges."""
    items = [
        Item(
            "", c["code"], c["currency"], c["break_count"], c["blocking_count"], c["net_amount"], c["gross_amount"], c["gross_points"],
            c["oldest_effective_days"], c["decided_count"], c["decided_gross"],
        )
        for c in report.codes
    ]  # fmt: skip
    owed: dict[str, Decimal] = {}
    for liability in report.liabilities:
        owed[liability.currency] = owed.get(liability.currency, Decimal(0)) + liability.closing
    failed = sum(c["status"] in ("failed", "refused") for c in report.controls)
    untied = sum(r["status"] == "untied" for r in report.tie_out)
    codes = refusals(policy, Facts(items, owed, failed, untied, report.facts.is_period_end))
    question = "Can be certified?"
    if codes:
        return Light(question, "No", "; ".join(f"{code}: {REASONS[code]}" for code in codes) + ".", "warn")
    return Light(question, "Yes", f"Policy {policy.version}, approved by {policy.approved_by}, finds nothing in the way.", "good")


def _tax(report: DayReport) -> Light:
    question = "Tax rules reviewed?"
    if not report.tax:
        return Light(question, "No tax today", "No redemption of this day has a tax entry.", "good")
    rules = {t["rule_id"] or "no rule found" for t in report.unreviewed_rules}
    if rules:
        entries = sum(t["entry_count"] for t in report.unreviewed_rules)
        return Light(question, f"{len(rules)} unreviewed", f"{plural(entries, 'tax entry', 'tax entries')} rest on rules nobody has reviewed.", "warn")
    return Light(question, "Yes", "Every tax entry rests on a reviewed rule.", "good")
