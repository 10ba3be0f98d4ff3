"""THE tables. What is written here is what files deliver, what rooms exchange, what the lake stores and what people export.

Docs, file checks, lake schemas and controls are generated from this file. No logic belongs here.

Kinds: `input` arrives by file drop; `movement` is a row on the day it arises; `state` has a row for each day;
`working` passes between rooms and is stored because later days build on it, but is not part of the outside contract;
`parameter` is configuration as rows, rebuilt from the books for every session and never stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum

from core.kinds import (
    BREAK_CODES,
    BreakStatus,
    DecisionAction,
    Disposition,
    EarnClass,
    EventKind,
    FundedBy,
    Instrument,
    Pair,
    PaymentKind,
    Queue,
    Severity,
    Treatment,
)


class Type(Enum):
    """Column types. No float exists."""

    TEXT = ("text", "VARCHAR")
    POINTS = ("points", "DECIMAL(18,4)")
    AMOUNT = ("amount", "DECIMAL(18,4)")
    SUM = ("sum", "DECIMAL(38,4)")
    RATE = ("rate", "DECIMAL(38,12)")
    DATE = ("date", "DATE")
    INSTANT = ("instant", "TIMESTAMP WITH TIME ZONE")
    BOOL = ("bool", "BOOLEAN")
    COUNT = ("count", "BIGINT")

    @property
    def sql(self) -> str:
        """The DuckDB type."""
        return self.value[1]


class Kind(StrEnum):
    INPUT = "input"
    MOVEMENT = "movement"
    STATE = "state"
    WORKING = "working"
    PARAMETER = "parameter"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `words` closes its vocabulary, `default` names what an empty cell means, `derived` is filled by intake."""

    name: str
    type: Type
    meaning: str
    required: bool = False
    words: tuple[str, ...] = ()
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `key` is unique within a day and, for inputs and movements, over all days; it is also the sort order."""

    name: str
    kind: Kind
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)

    @property
    def delivered(self) -> tuple[Column, ...]:
        """The columns a file may carry."""
        return tuple(c for c in self.columns if not c.derived)

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")


def _words(vocabulary: type[StrEnum]) -> tuple[str, ...]:
    return tuple(str(w) for w in vocabulary)


def text(name: str, meaning: str, *, required: bool = False, words: tuple[str, ...] = (), derived: bool = False) -> Column:
    return Column(name, Type.TEXT, meaning, required, words, derived)


def points(name: str, meaning: str, *, required: bool = False, derived: bool = False) -> Column:
    return Column(name, Type.POINTS, meaning, required, (), derived)


def amount(name: str, meaning: str, *, required: bool = False, derived: bool = False) -> Column:
    return Column(name, Type.AMOUNT, meaning, required, (), derived)


def total(name: str, meaning: str) -> Column:
    return Column(name, Type.SUM, meaning)


def rate(name: str, meaning: str, *, required: bool = False, derived: bool = False) -> Column:
    return Column(name, Type.RATE, meaning, required, (), derived)


def day(name: str, meaning: str, *, required: bool = False, derived: bool = False) -> Column:
    return Column(name, Type.DATE, meaning, required, (), derived)


def instant(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Type.INSTANT, meaning, required)


def flag(name: str, meaning: str) -> Column:
    return Column(name, Type.BOOL, meaning)


def count(name: str, meaning: str) -> Column:
    return Column(name, Type.COUNT, meaning)


_SOURCE = text("source", "the inbox folder the row came from", derived=True)
_EFFECTIVE = day("effective_date", "business date of the row itself; it enters the books on it or on its file's date, whichever is later", derived=True)
_GLOBAL_ID = text("global_id", "the member across systems; the member id itself where no identity table exists", derived=True)

# ---------------------------------------------------------------------------------------------------- inputs (contract section 3)

INPUTS = (
    Table(
        "loyalty_event",
        Kind.INPUT,
        "One movement of a member's points, in the member's sign (earned +).",
        ("event_id",),
        (
            text("event_id", "id of the movement, unique over all programmes", required=True),
            text("programme_id", "programme file id", required=True),
            text("member_id", "member as the platform names them", required=True),
            text("kind", "which of the movements", required=True, words=_words(EventKind)),
            points("points", "signed units", required=True),
            instant("occurred_at", "when it happened, with offset", required=True),
            text("reverses_event_id", "the event a reversal takes back"),
            text("transfer_id", "same on both legs of a transfer"),
            text("order_id", "order at the till or shop"),
            text("order_line_id", "line of that order"),
            text("partner_id", "partner where earned or redeemed"),
            text("earn_class", "why the points were given; empty: purchase with a transaction_amount, else bonus", words=_words(EarnClass)),
            amount(
                "transaction_amount",
                "without tax. Accrual: paid for the goods, or price of points sold; redemption: price before rewards of the goods rewarded; reversal: the part taken back",
            ),
            amount("goods_ssp", "stand-alone selling price of the goods; empty: transaction_amount"),
            amount("deferred_amount", "replaces the computed deferral; needs reason"),
            amount("redemption_value", "money off, without tax; empty: points x value_per_point"),
            amount("taxable_amount", "taxable part of the goods; empty: all"),
            amount("cost_amount", "cost of goods given free"),
            text("currency", "ISO 4217; empty: the programme's"),
            text("tax_jurisdiction", "US-WA, US-WA-KING-SEATTLE, DE"),
            text("instrument", "form of the reward; empty: the programme's", words=_words(Instrument)),
            text("funded_by", "who bears the reward; empty: seller", words=_words(FundedBy)),
            amount("reimbursed_amount", "repaid by the funder; empty: all if not seller-funded"),
            text("receipt_evidence", "described, linked, disclosed; joined by ;"),
            day("expires_on", "last usable day"),
            text("actor", "who keyed it"),
            text("reason", "why it was keyed"),
            _SOURCE,
            _EFFECTIVE,
            _GLOBAL_ID,
            rate("value_per_point", "the programme's face value of a point on effective_date", derived=True),
            amount("face_amount", "|points| x value_per_point, rounded by value_rounding; never negative", derived=True),
        ),
    ),
    Table(
        "loyalty_balance",
        Kind.INPUT,
        "A member's closing balance as the loyalty platform states it.",
        ("as_of_date", "programme_id", "member_id", "currency"),
        (
            day("as_of_date", "closing of this day", required=True),
            text("programme_id", "programme file id", required=True),
            text("member_id", "member as the platform names them", required=True),
            points("points", "closing units, signed", required=True),
            amount("amount", "closing money; empty: points x value_per_point"),
            text("currency", "ISO 4217; empty: the programme's"),
            _SOURCE,
            _EFFECTIVE,
            _GLOBAL_ID,
        ),
    ),
    Table(
        "ledger_line",
        Kind.INPUT,
        "One line of a general-ledger document, in the ledger's sign (debit +).",
        ("ledger_id", "company_id", "document_id", "line_id"),
        (
            text("ledger_id", "which ledger", required=True),
            text("company_id", "legal entity", required=True),
            text("document_id", "document number, text", required=True),
            text("line_id", "line of the document", required=True),
            day("posting_date", "in the books on", required=True),
            text("account", "general-ledger account", required=True),
            amount("amount", "debit +, credit -", required=True),
            text("currency", "ISO 4217", required=True),
            day("document_date", "date of the document"),
            text("fiscal_year", "fiscal year as the ledger names it"),
            text("fiscal_period", "fiscal period as the ledger names it, 0-16"),
            points("points", "statistical quantity, ledger's sign"),
            text("programme_id", "programme, where the ledger carries it"),
            text("member_id", "member, where the ledger carries it"),
            text("event_id", "loyalty event, where the ledger carries it"),
            text("batch_id", "summarised posting; its members are in posting_manifest"),
            text("order_id", "order, where the ledger carries it"),
            text("tax_code", "tax code"),
            text("tax_jurisdiction", "jurisdiction of a tax line"),
            amount("tax_base", "base of a tax line, positive"),
            flag("is_tax_line", "a line on a tax account"),
            flag("is_reversal", "the document reverses another"),
            text("reverses_document_id", "which document it reverses"),
            text("document_type", "the ledger's document type"),
            text("text", "line text"),
            _SOURCE,
            _EFFECTIVE,
            _GLOBAL_ID,
        ),
    ),
    Table(
        "ledger_balance",
        Kind.INPUT,
        "An account's closing balance as the ledger states it, per member or for the control account (member empty).",
        ("as_of_date", "ledger_id", "company_id", "account", "currency", "programme_id", "member_id"),
        (
            day("as_of_date", "closing of this day", required=True),
            text("ledger_id", "which ledger", required=True),
            text("company_id", "legal entity", required=True),
            text("account", "general-ledger account", required=True),
            amount("amount", "debit +, credit -", required=True),
            text("currency", "ISO 4217", required=True),
            text("programme_id", "programme, where the ledger carries it"),
            text("member_id", "member; empty: the control account"),
            points("points", "statistical quantity, ledger's sign"),
            _SOURCE,
            _EFFECTIVE,
            _GLOBAL_ID,
        ),
    ),
    Table(
        "posting_manifest",
        Kind.INPUT,
        "A member of one summarised posting, in the member's sign.",
        ("batch_id", "event_id"),
        (
            text("batch_id", "the summarised posting", required=True),
            text("event_id", "a loyalty event inside it", required=True),
            points("points", "its units, member's sign", required=True),
            amount("amount", "its money, member's sign", required=True),
            _SOURCE,
            _EFFECTIVE,
        ),
    ),
    Table(
        "payment",
        Kind.INPUT,
        "One payment or repayment of an order at the till or shop.",
        ("payment_id",),
        (
            text("payment_id", "id of the payment", required=True),
            text("order_id", "order paid or refunded", required=True),
            text("kind", "direction of the money", required=True, words=_words(PaymentKind)),
            instant("occurred_at", "when it happened, with offset", required=True),
            amount("amount", "positive, tax included; kind gives the direction", required=True),
            amount("tax_amount", "tax inside amount"),
            text("currency", "ISO 4217", required=True),
            text("member_id", "member, where the till knows them"),
            text("tender", "card, cash, ..."),
            text("tax_jurisdiction", "US-WA, DE"),
            _SOURCE,
            _EFFECTIVE,
            _GLOBAL_ID,
        ),
    ),
    Table(
        "identity",
        Kind.INPUT,
        "Which member of which source is which person.",
        ("source_id", "member_id", "global_id", "valid_from"),
        (
            text("source_id", "source folder whose member ids these are", required=True),
            text("member_id", "member as that source names them", required=True),
            text("global_id", "the member across systems", required=True),
            day("valid_from", "first day; empty: always"),
            day("valid_to", "last day; empty: open, until a later file tells the end"),
            _SOURCE,
            _EFFECTIVE,
        ),
    ),
    Table(
        "lot_trace",
        Kind.INPUT,
        "The platform's own attribution of a redemption to an accrual.",
        ("redemption_event_id", "accrual_event_id"),
        (
            text("redemption_event_id", "the redemption", required=True),
            text("accrual_event_id", "the accrual it consumed", required=True),
            points("points", "units consumed, positive", required=True),
            _SOURCE,
            _EFFECTIVE,
        ),
    ),
    Table(
        "fx_rate",
        Kind.INPUT,
        "A conversion rate of a day.",
        ("rate_date", "from_currency", "to_currency"),
        (
            day("rate_date", "valid on", required=True),
            text("from_currency", "ISO 4217", required=True),
            text("to_currency", "ISO 4217", required=True),
            rate("rate", "to-currency units for one from-currency unit", required=True),
            _SOURCE,
            _EFFECTIVE,
        ),
    ),
)

# ------------------------------------------------------------------------------------------------ outputs (contract section 4)

_CODES = tuple(BREAK_CODES)
_PAIR = text("pair", "which comparison", words=_words(Pair))
_PROGRAMME = text("programme_id", "programme file id")
_CURRENCY = text("currency", "ISO 4217")
_COMPANY = text("company_id", "legal entity")
_EARN_CLASS = text("earn_class", "why the points were given", words=_words(EarnClass))
_COHORT = text("cohort", "issue month, YYYY-MM; with programme, currency and earn class it names the cohort")

_MOVEMENT_GROUP = count(
    "group_no", "1 accrual, 2 redemption reversal, 3 positive adjustment, 4 transfer, 5 redemption, 6 accrual reversal, 7 negative adjustment, 8 expiry"
)

OUTPUTS = (
    Table(
        "break",
        Kind.STATE,
        "A named difference between two sides: one row each day it is open, one when it closes.",
        ("break_id",),
        (
            text("break_id", "hash of programme, pair, code, business key and currency: the same every day and after any re-run"),
            text("code", "what kind of difference", words=_CODES),
            _PAIR,
            _PROGRAMME,
            text("global_id", "the member concerned, if one"),
            text("business_key", "what is being compared, in business terms"),
            text("left_ref", "loyalty side"),
            text("right_ref", "ledger side"),
            total("left_points", "units on the left, owed +"),
            total("right_points", "units on the right, owed +"),
            total("difference_points", "left - right"),
            total("left_amount", "money on the left, owed +"),
            total("right_amount", "money on the right, owed +"),
            total("difference_amount", "left - right"),
            _CURRENCY,
            rate("relative_difference", "|difference| / max(|left|, |right|); empty where both are 0"),
            text("queue", "who works it", words=_words(Queue)),
            text("status", "where it stands", words=_words(BreakStatus)),
            day("first_seen", "first business date it was open; kept on reopening"),
            count("age_days", "days since first_seen"),
            flag("blocks_signoff", "a day cannot be signed with it open"),
            text("explanation", "one plain sentence, other codes named after it"),
            day("effective_date", "business date of what is different, where one row names it; else first_seen"),
            count("effective_age_days", "days since effective_date"),
            text("severity", "from money, code and age (tieout.toml, break_work)", words=_words(Severity)),
            day("due_date", "first_seen plus the days its severity allows"),
            text("decision", "the decision that gives it its status; empty: none holds", words=_words(DecisionAction)),
            text("decided_by", "who decided"),
            text("decision_reason", "why"),
        ),
    ),
    Table(
        "decision",
        Kind.MOVEMENT,
        "What a person decided about a break, from the business date on which it takes effect. Only ever added; changes queue and status, never a difference.",
        ("decision_id",),
        (
            text("decision_id", "hash of the act and of the act recorded before it"),
            count("sequence", "order of recording"),
            instant("decided_at", "when it was recorded"),
            text("break_id", "which break"),
            text("action", "what was decided", words=_words(DecisionAction)),
            _PAIR,
            text("code", "its code when decided", words=_CODES),
            _PROGRAMME,
            text("business_key", "what was compared"),
            _CURRENCY,
            text("queue", "assigned: who works it from now on", words=_words(Queue)),
            day("until", "suppressed: last business date it holds"),
            text("decided_by", "who"),
            text("approved_by", "second person, where one is asked for"),
            text("reason", "why"),
            text("evidence", "links, joined by ;"),
            total("difference_points", "the difference decided about"),
            total("difference_amount", "the difference decided about"),
            text("row_hash", "hash of the break's row as the person saw it"),
        ),
    ),
    Table(
        "match",
        Kind.MOVEMENT,
        "Rows of two sides confirmed to be the same thing.",
        ("match_id",),
        (
            text("match_id", "hash of pair, rule and both lists of refs"),
            _PAIR,
            text("rule_id", "which rule confirmed it"),
            text("rule_version", "its version"),
            text("rung", "step of the rule ladder: exact_id, manifest, ..."),
            text("cardinality", "1:1, 1:N, N:1, N:M"),
            text("left_refs", "sorted, joined by ;"),
            text("right_refs", "sorted, joined by ;"),
            total("points", "units confirmed, owed +"),
            total("left_amount", "money on the left, owed +"),
            total("right_amount", "money on the right, owed +"),
            total("difference_amount", "left - right"),
        ),
    ),
    Table(
        "disposition",
        Kind.MOVEMENT,
        "Where the input rows of the day ended; counts and sums add back to the input.",
        ("pair", "side", "table", "disposition", "reason", "currency"),
        (
            _PAIR,
            text("side", "left or right", words=("left", "right")),
            text("table", "input table the rows come from"),
            text("disposition", "where they ended", words=_words(Disposition)),
            text("reason", "break code, exclusion reason or rung"),
            _CURRENCY,
            count("row_count", "rows"),
            total("points", "units, in the input's sign"),
            total("amount", "money, in the input's sign"),
        ),
    ),
    Table(
        "lot",
        Kind.STATE,
        "The points of one accrual that one member still holds or has used up.",
        ("lot_id", "global_id"),
        (
            text("lot_id", "event that opened it; a transferred part keeps it"),
            text("global_id", "who holds it"),
            _PROGRAMME,
            _EARN_CLASS,
            text("funded_by", "who bears the reward", words=_words(FundedBy)),
            day("earned_on", "business date of the accrual"),
            day("expires_on", "last usable day; empty: never"),
            points("points", "units opened with or moved in"),
            points("remaining_points", "units still open"),
            amount("deferred_amount", "deferral of points, frozen at issue"),
            amount("remaining_amount", "share of the cohort's liability by remaining deferral"),
            amount("cost_amount", "expected cost of points (accrue_cost)"),
            amount("remaining_cost", "share of the cohort's accrued cost"),
            _CURRENCY,
            _COHORT,
            text("ledger_ref", "entry of the accrual in the ledger"),
        ),
    ),
    Table(
        "allocation",
        Kind.MOVEMENT,
        "Units of one redemption taken from one lot; negative in the rows of a reversal or a repayment of arrears.",
        ("event_id", "redemption_event_id", "lot_id", "sequence"),
        (
            text("event_id", "what caused the row: the redemption, its reversal, the accrual that repays arrears"),
            text("redemption_event_id", "the redemption the units belong to"),
            text("lot_id", "lot, or ARREARS/<event_id>"),
            count("sequence", "order within the event"),
            _PROGRAMME,
            text("global_id", "whose redemption"),
            _COHORT,
            _EARN_CLASS,
            _CURRENCY,
            points("points", "units, + taken"),
            amount("released_amount", "deferred revenue released"),
            amount("breakage_amount", "part of released_amount that is breakage"),
            amount("released_cost", "accrued cost released"),
            amount("redemption_value", "share of the redemption's money off"),
            text("ledger_ref", "entry of the redemption; lists joined by ;"),
            text("lot_ledger_ref", "entry of the lot's accrual"),
            text("tax_entry_id", "tax entries of these units; lists joined by ;"),
            text("status", "what is known at the close", words=("complete", "entry_missing", "lot_entry_missing", "tax_missing")),
        ),
    ),
    Table(
        "tax_entry",
        Kind.MOVEMENT,
        "The tax consequence of one allocation under one rule; negative in a reversal.",
        ("tax_entry_id",),
        (
            text("tax_entry_id", "hash of event, redemption, lot, tax type and sequence"),
            text("event_id", "redemption or its reversal"),
            text("redemption_event_id", "the redemption"),
            text("lot_id", "lot the units came from"),
            points("points", "units"),
            text("jurisdiction", "where"),
            text("tax_type", "SALES, USE, VAT"),
            text("treatment", "how the reward changes the base", words=_words(Treatment)),
            amount("gross_price", "price of the goods before rewards, this share"),
            amount("points_value", "money off, this share"),
            amount("base_before", "taxable goods before the reward, this share"),
            amount("base_adjustment", "taken off the base (-)"),
            amount("taxable_base", "base_before + base_adjustment, never below 0 per redemption"),
            amount("exempt_base", "goods that are not taxable, this share"),
            rate("rate", "whole rate; empty: none found"),
            amount("tax_amount", "tax owed"),
            amount("base_collected", "base the customer was charged on"),
            amount("tax_collected", "tax the customer was charged"),
            text("rule_id", "rule applied; empty: none found"),
            text("rule_version", "its version"),
            text("citation", "law behind the rule"),
            flag("is_reviewed", "somebody reviewed the rule"),
            text("reversal_of", "tax entry this row negates"),
            text("ledger_ref", "tax line in the ledger"),
            text("status", "what is known at the close", words=("matched", "difference", "missing", "not_due")),
        ),
    ),
    Table(
        "journal_line",
        Kind.MOVEMENT,
        "A line of our own daily journal: one side of a balanced entry.",
        ("entry_id", "line_no"),
        (
            text("entry_id", "hash of day, company, ledger, programme, kind and cohort"),
            count("line_no", "line of the entry"),
            text("account", "account of the programme or the chart"),
            amount("debit", ">= 0"),
            amount("credit", ">= 0"),
            _CURRENCY,
            _COMPANY,
            text("ledger_id", "empty: every ledger of the company in the deferred measure"),
            _PROGRAMME,
            text(
                "event_kind",
                "movement that is posted: accrual, redemption, expiry, reversal, adjustment, transfer, re_estimate, sale, use_tax, translation, revaluation",
            ),
            _COHORT,
            _EARN_CLASS,
            day("effective_date", "business date of the movement"),
            text("reverses_entry_id", "entry this one reverses"),
            count("source_count", "events behind the line"),
        ),
    ),
    Table(
        "journal_source",
        Kind.MOVEMENT,
        "What a journal line is made of; sources of a line add up to it.",
        ("entry_id", "line_no", "event_id", "lot_id"),
        (
            text("entry_id", "journal entry"),
            count("line_no", "its line"),
            text("event_id", "loyalty event"),
            text("lot_id", "lot"),
            points("points", "units, as owed +"),
            amount("amount", "money, debit +, credit -"),
        ),
    ),
    Table(
        "roll_forward",
        Kind.STATE,
        "Opening to closing of what is owed, per cohort and measure: closing = opening + the movements, in points and money.",
        ("company_id", "programme_id", "currency", "earn_class", "cohort", "measure"),
        (
            _COMPANY,
            _PROGRAMME,
            _CURRENCY,
            _EARN_CLASS,
            _COHORT,
            text(
                "measure",
                "face, deferred or cost; functional: deferred of foreign cohorts in the functional currency; presentation: deferred translated; points repeat",
                words=("face", "deferred", "cost", "functional", "presentation"),
            ),
            *(total(f"{m}_points", f"{m} units") for m in ("opening", "accrued", "redeemed", "expired", "reversed", "adjusted", "transferred", "closing")),
            *(
                total(f"{m}_amount", f"{m} money")
                for m in ("opening", "deferred", "released", "expired", "re_estimated", "reversed", "adjusted", "transferred", "translated", "closing")
            ),
        ),
    ),
    Table(
        "tax_ledger",
        Kind.STATE,
        "The tax of the month so far by jurisdiction: what the entries of rewarded goods add up to, and the ledger's tax lines beside it. Derived when asked for.",
        ("period", "company_id", "jurisdiction", "tax_type", "currency"),
        (
            text("period", "month of the entry into the books, 2026-04"),
            _COMPANY,
            text("jurisdiction", "where"),
            text("tax_type", "SALES, USE, VAT"),
            _CURRENCY,
            count("order_count", "orders (or redemptions without one) with entries"),
            count("entry_count", "tax entries"),
            total("gross_price", "price of the rewarded goods, each order's counted once"),
            total("exempt_base", "goods that are not taxable"),
            total("points_value", "money off"),
            total("base_before", "taxable goods before rewards"),
            total("base_adjustment", "taken off the base (-)"),
            total("taxable_base", "base_before + base_adjustment"),
            total("tax_amount", "tax owed"),
            total("base_collected", "base the customers were charged on"),
            total("tax_collected", "tax the customers were charged"),
            total("seller_amount", "tax owed and not collected: the seller's own"),
            total("earlier_period_amount", "part of tax_amount whose tax point lies in an earlier month: late events, changes of the law"),
            total("unreviewed_amount", "part of tax_amount that rests on rules nobody has reviewed"),
            count("open_count", "entries whose tax line is missing or differs"),
            total("ledger_base", "base of the ledger's tax lines of these redemptions and their orders, of the same month"),
            total("ledger_amount", "tax of those lines"),
            total("difference_base", "taxable_base - ledger_base"),
            total("difference_amount", "tax_amount - ledger_amount"),
            total("other_base", "base of the ledger's other tax lines: sales without a reward"),
            total("other_amount", "tax of those lines"),
        ),
    ),
    Table(
        "escheat_schedule",
        Kind.STATE,
        "What is owed on open lots by the owner's state and the day it becomes dormant; adds up to the open lots. Derived when asked for.",
        ("company_id", "programme_id", "currency", "jurisdiction", "instrument", "earn_class", "dormant_on", "rule_id"),
        (
            _COMPANY,
            _PROGRAMME,
            _CURRENCY,
            text("jurisdiction", "state of the owner: where the member last did something that names one; empty: unknown"),
            text("instrument", "form of the lots"),
            _EARN_CLASS,
            day("dormant_on", "last activity of the owner + the rule's months; empty: exempt, or no rule"),
            text("status", "what the rule says at the close", words=("exempt", "no_rule", "running", "dormant")),
            count("lot_count", "open lots"),
            count("member_count", "owners"),
            total("remaining_points", "units left"),
            total("remaining_amount", "liability left"),
            text("rule_id", "rule applied; empty: none found"),
            text("rule_version", "its version"),
            text("citation", "law behind it"),
            flag("is_reviewed", "somebody reviewed the rule"),
        ),
    ),
    Table(
        "cohort_movement",
        Kind.MOVEMENT,
        "Why each release is what it is: a cohort's change by each group of the day, group 0 being a new rate at the opening, and what it was taken from.",
        ("company_id", "programme_id", "currency", "earn_class", "cohort", "group_no"),
        (
            _COMPANY,
            _PROGRAMME,
            _CURRENCY,
            _EARN_CLASS,
            _COHORT,
            _MOVEMENT_GROUP,
            total("issued_amount", "change of rounded D: issue + or take-out -"),
            total("released_amount", "change of the rounded release to date, + released"),
            total("face_released_amount", "part of it that is units x deferral per unit; the rest is breakage"),
            total("cost_amount", "change of the accrued cost owed"),
            rate("urr", "rate for recognition in force"),
            rate("issued_deferral", "D after the group"),
            rate("redeemed_deferral", "R after the group"),
            rate("expired_deferral", "E after the group"),
            rate("expected_deferral", "max(R, min(urr x D, D - E)): what will ever be redeemed"),
            rate("exact_released", "release to date unrounded: D x R / expected_deferral"),
            total("released_before_amount", "rounded release to date before the group; exact_released less it is the change unrounded"),
        ),
    ),
    Table(
        "tie_out",
        Kind.STATE,
        "Sub-ledger closing against the general ledger's control account.",
        ("ledger_id", "company_id", "account", "programme_id", "currency", "measure"),
        (
            text("ledger_id", "which ledger"),
            _COMPANY,
            text("account", "liability account"),
            _PROGRAMME,
            _CURRENCY,
            text("measure", "what this ledger carries", words=("face", "deferred")),
            total("sub_ledger_amount", "our closing, owed +"),
            total("ledger_amount", "the ledger's closing, owed +"),
            total("difference_amount", "sub-ledger - ledger"),
            rate("relative_difference", "|difference| / max(|both|)"),
            total("net_breaks", "sum of open event_ledger differences on this account"),
            total("gross_breaks", "sum of their absolute values"),
            total("unexplained_amount", "difference - net_breaks"),
            text("status", "verdict", words=("tied", "within_tolerance", "tied_by_breaks", "untied")),
        ),
    ),
    Table(
        "adjusting_entry",
        Kind.STATE,
        "A proposed entry that would bring a ledger to our books; derived from the day's breaks, tie-out and roll-forward, posted by nobody before approval.",
        ("entry_id", "line_no"),
        (
            text("entry_id", "hash of the break and its difference, or of day, account and programme"),
            count("line_no", "1 the liability account, 2 its counter account"),
            text("reason_code", "break code; BRIDGE: face to deferred; UNEXPLAINED: an untied account"),
            text("break_id", "the break it answers; empty: none"),
            text("business_key", "what it concerns, in business terms"),
            _PROGRAMME,
            _COMPANY,
            text("ledger_id", "ledger to post to; empty: every ledger of the company in the programme's measure"),
            day("posting_date", "open day it would be posted on"),
            day("effective_date", "business date of the event"),
            text("account", "general-ledger account"),
            total("debit", ">= 0"),
            total("credit", ">= 0"),
            _CURRENCY,
            text("event_id", "the loyalty event it books; empty: none"),
            text("member_id", "the event's member; empty: none"),
            points("points", "points of the liability line in the ledger's sign; empty: the counter line, or none"),
            text("reverses_document_id", "document it takes back, where one should not be there"),
            text("idempotency_key", "the same for the same difference whatever the day: a ledger that has it must not take it again"),
            text("status", "where it stands", words=("proposed",)),
            text("text", "why, in one sentence"),
        ),
    ),
    Table(
        "urr_estimate",
        Kind.STATE,
        "The ultimate redemption rate of a cohort in force, and at month ends proposals beside it; cohort empty: all of the segment.",
        ("programme_id", "currency", "earn_class", "cohort", "method"),
        (
            _PROGRAMME,
            _CURRENCY,
            _EARN_CLASS,
            _COHORT,
            text(
                "method",
                "in_force: the approved rate the close used; at month ends chain_ladder, bornhuetter_ferguson, proposed, urr_ and value_ sensitivities, "
                "actual_versus_expected, back_test_1 to 4 months",
            ),
            total("issued_points", "units issued less taken out"),
            total("redeemed_points", "units redeemed net of reversals"),
            total("ultimate_points", "units expected to be redeemed: ever, or by this day where actual meets expected"),
            rate("urr", "ultimate / issued"),
            total("liability_amount", "closing liability at that rate"),
        ),
    ),
    Table(
        "control_total",
        Kind.MOVEMENT,
        "What a delivered file said of itself and what was read.",
        ("source", "table", "file"),
        (
            text("source", "inbox folder"),
            text("table", "input table"),
            text("file", "file name without folder"),
            count("rows_stated", "by the control file; empty: none stated"),
            count("rows_read", "every data row, quarantined ones included"),
            count("rows_quarantined", "rows set aside"),
            text("sums_stated", "column=sum, sorted, joined by ;"),
            text("sums_computed", "column=sum over every parsable cell"),
            text("sha256", "of the bytes read"),
            text("status", "verdict", words=("ok", "unstated", "failed", "refused", "duplicate")),
        ),
    ),
    Table(
        "quarantine",
        Kind.MOVEMENT,
        "A row that could not be taken in, and why.",
        ("source", "table", "file", "line", "column"),
        (
            text("source", "inbox folder"),
            text("table", "input table"),
            text("file", "file name without folder"),
            count("line", "line of the file, header = 1"),
            text("column", "column; empty: the whole row"),
            text("value_masked", "shape of the value: letters a, digits 9"),
            text("reason", "why, and what to do"),
        ),
    ),
    Table(
        "close",
        Kind.STATE,
        "One closed business day; written last.",
        ("business_date",),
        (
            text("status", "closed or signed", words=("closed", "signed", "superseded")),
            instant("started_at", "wall clock; the only one, and not part of any hash"),
            text("code_version", "version and hash of the code"),
            text("config_hash", "hash of programmes, chart, tax rules, rates and dialects"),
            text("input_hash", "over the sorted canonical rows up to and including this day"),
            text("output_hash", "over every table and report of the day"),
            text("supersedes", "close_id this one replaces"),
        ),
    ),
)

# ----------------------------------------------------------------------------------------- working tables (between rooms and days)

WORKING = (
    Table(
        "closed_period",
        Kind.WORKING,
        "Fiscal periods that people closed, as they stand for the close of today; made only where there are any.",
        ("period_id",),
        (
            text("period_id", "2017-01, or 2016-P12 in a calendar of weeks"),
            day("first_day", "first business date"),
            day("last_day", "last business date"),
            flag("is_locked", "cannot be opened again"),
            text("closed_by", "who closed or locked it"),
        ),
    ),
    Table(
        "delivery_finding",
        Kind.WORKING,
        "What was wrong with what arrived today; becomes DQ breaks of the pair delivery. One row per finding, standing ones repeated each day they stand.",
        ("code", "business_key"),
        (
            text("code", "DQ-01 ... DQ-06, CL-03", words=_CODES),
            text("business_key", "file name, source/table, member, account or table key"),
            text("programme_id", "where known"),
            text("global_id", "where known"),
            text("explanation", "one plain sentence"),
        ),
    ),
    Table(
        "input_total",
        Kind.WORKING,
        "Rows that did not enter the books today although a file of today or an earlier one holds them.",
        ("table", "disposition", "reason", "currency", "kind"),
        (
            text("table", "input table"),
            text("disposition", "excluded or quarantined", words=_words(Disposition)),
            text("reason", "duplicate, future, released (negative: waited and entered today), bad_row, refused"),
            _CURRENCY,
            text("kind", "the input row's kind column where the table has one"),
            count("row_count", "rows"),
            total("points", "units, in the input's sign"),
            total("amount", "money, in the input's sign"),
        ),
    ),
    Table(
        "missing_account",
        Kind.WORKING,
        "Account roles the journal of today needs and neither a programme nor the chart names; becomes DQ-05.",
        ("programme_id", "role"),
        (_PROGRAMME, text("role", "liability, sales, ...")),
    ),
    Table(
        "feed_status",
        Kind.WORKING,
        "Which input tables have a delivery for the day; a pair one of whose sides has none is not judged.",
        ("table",),
        (
            text("table", "input table"),
            flag("is_delivered", "a usable file dated this day exists, of any source"),
            count("file_count", "usable files dated this day; no part of the canonical input"),
        ),
    ),
    Table(
        "lot_issue",
        Kind.WORKING,
        "A lot opened today, or a part of one received by transfer, with everything frozen at issue.",
        ("lot_id", "global_id"),
        (
            text("lot_id", "event that opened it"),
            text("global_id", "who holds it"),
            _PROGRAMME,
            _CURRENCY,
            _EARN_CLASS,
            text("funded_by", "who bears the reward", words=_words(FundedBy)),
            day("earned_on", "business date of the accrual"),
            instant("earned_at", "occurred_at of the accrual, for order"),
            day("expires_on", "last usable day; empty: never"),
            points("points", "units opened with"),
            rate("deferral", "deferral of points, 12 places, frozen at issue"),
            amount("deferred_amount", "the same at 4 places"),
            rate("cost_per_point", "expected cost of a unit (accrue_cost); else 0"),
            _COHORT,
            text("origin", "how it was opened", words=("accrual", "adjustment", "transfer", "excess_reversal")),
        ),
    ),
    Table(
        "lot_movement",
        Kind.WORKING,
        "Every change of a lot's open units today, in the order it happened. Arrears are lots named ARREARS/<event_id> with negative units.",
        ("sequence",),
        (
            count("sequence", "order within the day, 1.."),
            _MOVEMENT_GROUP,
            text("event_id", "what caused it"),
            text("taking_event_id", "the event that once took the units: itself when taking; the original when restoring or repaying; empty for an issue"),
            text("taking_kind", "kind of that taking event; empty for an issue", words=("redemption", "expiry", "reversal", "adjustment", "transfer_out")),
            text("lot_id", "lot, or ARREARS/<event_id>"),
            text("global_id", "who holds it"),
            _PROGRAMME,
            _CURRENCY,
            _EARN_CLASS,
            _COHORT,
            points("points", "change of open units: issue +, take -, restore +"),
            rate("deferral", "change of open deferral, 12 places, same sign"),
            day("expires_on", "last usable day the lot has from here on, where a restoration gives it a later one; else empty"),
        ),
    ),
    Table(
        "lot_schedule",
        Kind.WORKING,
        "The open lots at a month end: the opening that next month's days build on. Empty on other days.",
        ("lot_id", "global_id"),
        (
            text("lot_id", "event that opened it"),
            text("global_id", "who holds it"),
            _PROGRAMME,
            _CURRENCY,
            _EARN_CLASS,
            text("funded_by", "who bears the reward"),
            day("earned_on", "business date of the accrual"),
            instant("earned_at", "occurred_at of the accrual, for order"),
            day("expires_on", "last usable day; empty: never"),
            points("points", "units opened with"),
            points("remaining_points", "units still open; negative for arrears"),
            rate("deferral", "deferral of points, 12 places"),
            rate("remaining_deferral", "deferral of remaining_points, 12 places"),
            amount("deferred_amount", "deferral at 4 places"),
            rate("cost_per_point", "expected cost of a unit"),
            _COHORT,
        ),
    ),
    Table(
        "cohort_state",
        Kind.WORKING,
        "Where each cohort stands at the close: everything the release formula needs.",
        ("company_id", "programme_id", "currency", "earn_class", "cohort"),
        (
            _COMPANY,
            _PROGRAMME,
            _CURRENCY,
            _EARN_CLASS,
            _COHORT,
            total("issued_points", "N: units issued less taken out"),
            total("redeemed_points", "redeemed net of reversals"),
            total("expired_points", "expired"),
            total("open_points", "units still open, arrears included"),
            rate("issued_deferral", "D: deferral issued less taken out"),
            rate("redeemed_deferral", "R: deferral redeemed net of reversals"),
            rate("expired_deferral", "E: deferral expired"),
            rate("urr", "rate for recognition in force at the close"),
            total("issued_amount", "rounded D"),
            total("released_amount", "rounded release to date"),
            total("cost_owed_amount", "rounded accrued cost (accrue_cost); else 0"),
            total("functional_amount", "what it carries in the functional currency, at the rates of its issue; empty where nothing is translated"),
        ),
    ),
    Table(
        "event_value",
        Kind.WORKING,
        "What each loyalty event of today is worth in each measure, owed + (accrual +, redemption -); entries of ours without an event under their entry_id.",
        ("event_id",),
        (
            text("event_id", "loyalty event, or journal entry_id"),
            _PROGRAMME,
            text("global_id", "member; empty for an entry of ours"),
            text("kind", "event kind, or re_estimate"),
            day("effective_date", "business date of the event"),
            _CURRENCY,
            points("points", "units, member's sign"),
            amount("face_amount", "units x value_per_point, member's sign"),
            amount("deferred_amount", "change of the contract liability it causes, owed +"),
            amount("cost_amount", "change of the accrued cost it causes (accrue_cost), owed +; 0 for an entry of ours"),
        ),
    ),
    Table(
        "allocation_draft",
        Kind.WORKING,
        "Allocations of today before ledger and tax entries are known.",
        ("event_id", "redemption_event_id", "lot_id", "sequence"),
        (
            text("event_id", "what caused the row"),
            text("redemption_event_id", "the redemption the units belong to"),
            text("lot_id", "lot, or ARREARS/<event_id>"),
            count("sequence", "order within the event"),
            _PROGRAMME,
            text("global_id", "whose redemption"),
            _COHORT,
            _EARN_CLASS,
            _CURRENCY,
            points("points", "units, + taken"),
            amount("released_amount", "deferred revenue released"),
            amount("breakage_amount", "part that is breakage"),
            amount("released_cost", "accrued cost released"),
            amount("redemption_value", "share of the redemption's money off"),
        ),
    ),
    Table(
        "tax_draft",
        Kind.WORKING,
        "Tax entries of today before the ledger's tax lines are known.",
        ("tax_entry_id",),
        (
            text("tax_entry_id", "hash of event, redemption, lot, tax type and sequence"),
            text("event_id", "redemption or its reversal"),
            text("redemption_event_id", "the redemption"),
            text("lot_id", "lot the units came from"),
            count("sequence", "order within the event"),
            text("order_id", "order of the redemption, if any"),
            day("effective_date", "business date of the event"),
            _CURRENCY,
            _PROGRAMME,
            text("global_id", "whose redemption"),
            points("points", "units"),
            text("jurisdiction", "where"),
            text("tax_type", "SALES, USE, VAT"),
            text("treatment", "how the reward changes the base", words=_words(Treatment)),
            amount("gross_price", "price of the goods before rewards, this share"),
            amount("points_value", "money off, this share"),
            amount("base_before", "taxable goods before the reward, this share"),
            amount("base_adjustment", "taken off the base (-)"),
            amount("taxable_base", "base_before + base_adjustment"),
            amount("exempt_base", "goods that are not taxable, this share"),
            rate("rate", "whole rate; empty: none found"),
            amount("tax_amount", "tax owed"),
            amount("base_collected", "base the customer was charged on"),
            amount("tax_collected", "tax the customer was charged"),
            text("rule_id", "rule applied; empty: none found"),
            text("rule_version", "its version"),
            text("citation", "law behind the rule"),
            flag("is_reviewed", "somebody reviewed the rule"),
            text("reversal_of", "tax entry this row negates"),
        ),
    ),
    Table(
        "finding",
        Kind.WORKING,
        "Differences standing at the close of today, before the register gives them ids and ages. One per pair, business key and currency (BL-02 may stand beside BL-01).",
        ("pair", "business_key", "currency", "code"),
        (
            _PAIR,
            text("code", "the most specific code", words=_CODES),
            _PROGRAMME,
            text("global_id", "the member concerned, if one"),
            text("business_key", "what is being compared"),
            text("left_ref", "loyalty side"),
            text("right_ref", "ledger side"),
            total("left_points", "units on the left, owed +"),
            total("right_points", "units on the right, owed +"),
            total("left_amount", "money on the left, owed +"),
            total("right_amount", "money on the right, owed +"),
            _CURRENCY,
            text("explanation", "one plain sentence, other codes named after it"),
        ),
    ),
    Table(
        "account_difference",
        Kind.WORKING,
        "What the differences of single events and lines that stand at the close of today come to on each ledger's account.",
        ("ledger_id", "company_id", "account", "programme_id", "stated_programme_id", "currency"),
        (
            text("ledger_id", "which ledger"),
            text("company_id", "legal entity"),
            text("account", "liability account"),
            text("programme_id", "programme the account is for"),
            text("stated_programme_id", "programme the entry names; empty: none"),
            _CURRENCY,
            count("break_count", "differences"),
            total("net_amount", "their sum, left - right, owed +"),
            total("gross_amount", "sum of their sizes"),
            total("within_amount", "part of net_amount that is within tolerance (AM-03)"),
        ),
    ),
    Table(
        "ledger_link",
        Kind.WORKING,
        "Which ledger entries carry an event, matched or in difference, as known at the close of today; the latest row of an event holds.",
        ("pair", "event_id"),
        (
            _PAIR,
            text("event_id", "loyalty event"),
            text("ledger_refs", "ledger_id/company_id/document_id/line_id, sorted, joined by ;; empty: none any more"),
        ),
    ),
)

# ------------------------------------------------------------------------------------------------------ parameters (configuration)

PARAMETERS = (
    Table(
        "programme",
        Kind.PARAMETER,
        "One loyalty programme.",
        ("programme_id",),
        (
            text("programme_id", "id"),
            text("name", "for people"),
            _CURRENCY,
            _COMPANY,
            text("timezone", "IANA zone"),
            count("cut_off_minutes", "minutes after local midnight at which the next business day begins; 1440: calendar day"),
            rate("tolerance", "exact fraction, 0.0001 = 0.01 %"),
            amount("tolerance_cap", "absolute cap on an account; empty: none"),
            text("ledger_measure", "face or deferred"),
            count("value_places", "decimal places of value_rounding"),
            text("value_mode", "half_up, half_even, down"),
            count("minor_unit", "decimal places of posted money"),
            text("lot_policy", "order in which lots are used"),
            text("earn_class_sequence", "joined by ; (subtype_sequence)"),
            text("restore_expired", "expire, grace:n, new_expiry"),
            count("expiry_months", "empty: points do not expire"),
            text("expiry_kind", "from_earning, from_last_activity, end_of_period"),
            text("breakage", "proportional, remote, escheat"),
            text("free_points", "recognise_at_redemption or accrue_cost"),
            rate("cost_per_point", "expected cost of a free unit"),
            text("instrument", "default form of the reward"),
            text("issuer", "own, or the partner whose points these are"),
            count("posting_days", "calendar days the ledger may lag"),
            points("max_balance", "above-cap limit; empty: none"),
            day("go_live", "first day of the books; empty: none"),
            text("journal_scope", "loyalty or full_sale"),
            text("functional_currency", "of the company, in which nothing owed in points is revalued"),
            text("presentation_currency", "of the group; empty: the functional one"),
        ),
    ),
    Table(
        "programme_value",
        Kind.PARAMETER,
        "Dated values of a programme: value_per_point, ssp_per_point, urr_for_ssp.",
        ("programme_id", "parameter", "effective_from"),
        (
            _PROGRAMME,
            text("parameter", "which", words=("value_per_point", "ssp_per_point", "urr_for_ssp")),
            day("effective_from", "first day"),
            day("effective_to", "day before the next value; 9999-12-31: open"),
            rate("value", "the value"),
        ),
    ),
    Table(
        "urr_version",
        Kind.PARAMETER,
        "Approved ultimate redemption rates for recognition.",
        ("programme_id", "effective", "cohort", "earn_class"),
        (
            _PROGRAMME,
            day("effective", "acts at the opening of this day"),
            rate("rate", "0..1"),
            text("cohort", "empty: all"),
            text("earn_class", "empty: all"),
            text("approved_by", "who"),
            text("reason", "why"),
        ),
    ),
    Table(
        "programme_ledger",
        Kind.PARAMETER,
        "Which ledgers carry a programme and in which measure. Empty for a programme: every ledger of its company, in ledger_measure.",
        ("programme_id", "ledger_id"),
        (_PROGRAMME, text("ledger_id", "ledger"), text("measure", "face or deferred")),
    ),
    Table(
        "programme_limit",
        Kind.PARAMETER,
        "Thresholds of the patterns FR-02 ... FR-04 that a programme sets.",
        ("programme_id", "name"),
        (
            _PROGRAMME,
            text("name", "key of [limits] in the programme file"),
            rate("value", "broken when exceeded, not when equalled"),
            count("pattern_days", "business days looked at, the day of the close included"),
        ),
    ),
    Table(
        "programme_account",
        Kind.PARAMETER,
        "Accounts by role: the programme's own, else the chart's.",
        ("programme_id", "role"),
        (_PROGRAMME, text("role", "liability, sales, ...; role.earn_class where a class has an account of its own"), text("account", "general-ledger account")),
    ),
    Table(
        "programme_post",
        Kind.PARAMETER,
        "What an issue of points, or what takes it out again, is posted against where it is not the usual role.",
        ("programme_id", "event_kind", "earn_class"),
        (
            _PROGRAMME,
            text("event_kind", "kind of the movement", words=("accrual", "adjustment", "reversal", "transfer")),
            text("earn_class", "class it holds for; empty: every class without a row of its own"),
            text("role", "role of the other side"),
        ),
    ),
    Table(
        "programme_partner",
        Kind.PARAMETER,
        "Partners where points are earned or used.",
        ("programme_id", "partner_id"),
        (
            _PROGRAMME,
            text("partner_id", "id"),
            rate("price_per_point", "what the partner pays or is paid for"),
            rate("cost_per_point", "what a unit costs us there"),
            text("role", "principal or agent"),
        ),
    ),
    Table(
        "match_rule",
        Kind.PARAMETER,
        "How each pair is matched: match_rules/<pair>.toml, or what is shipped where the books have no such file.",
        ("pair",),
        (
            _PAIR,
            text("rule_version", "hash of the rule file; stands in every match made by it"),
            text("version", "the version the file states"),
            text("approved_by", "who approved it"),
            text("settings", "the rules as JSON"),
        ),
    ),
    Table(
        "tax_rule",
        Kind.PARAMETER,
        "How a reward changes the taxable base, dated and cited (tax_rules.csv).",
        ("rule_id", "rule_version"),
        (
            text("rule_id", "id", required=True),
            text("rule_version", "version", required=True),
            text("jurisdiction", "prefix of the jurisdictions it holds in", required=True),
            text("tax_type", "SALES, USE, VAT", required=True),
            text("treatment", "what it does", required=True, words=_words(Treatment)),
            day("effective_from", "first day", required=True),
            day("effective_to", "last day; empty: open"),
            text("instrument", "empty: any"),
            text("earn_class", "empty: any"),
            text("funded_by", "empty: any"),
            text("receipt_evidence", "all it lists must be present; empty: any"),
            text("rounding_level", "item or invoice; empty: item", words=("item", "invoice")),
            count("priority", "lowest first; empty: 100"),
            text("citation", "law behind it", required=True),
            text("reviewed_by", "tax owner who reviewed it; empty: unreviewed"),
            day("reviewed_at", "when"),
        ),
    ),
    Table(
        "escheat_rule",
        Kind.PARAMETER,
        "When unused units become unclaimed property, dated and cited (escheat_rules.csv).",
        ("rule_id", "rule_version"),
        (
            text("rule_id", "id", required=True),
            text("rule_version", "version", required=True),
            text("jurisdiction", "prefix of the owner's state", required=True),
            text("treatment", "report after dormancy_months, or exempt", required=True, words=("report", "exempt")),
            count("dormancy_months", "months without activity of the owner; empty where exempt"),
            day("effective_from", "first day", required=True),
            day("effective_to", "last day; empty: open"),
            text("instrument", "empty: any"),
            text("earn_class", "empty: any"),
            text("citation", "law behind it", required=True),
            text("reviewed_by", "owner of unclaimed property who reviewed it; empty: unreviewed"),
            day("reviewed_at", "when"),
        ),
    ),
    Table(
        "tax_rate",
        Kind.PARAMETER,
        "Whole tax rates by jurisdiction, dated (tax_rates.csv).",
        ("jurisdiction", "tax_type", "effective_from"),
        (
            text("jurisdiction", "prefix of the jurisdictions it holds in", required=True),
            rate("rate", "the whole rate", required=True),
            day("effective_from", "first day", required=True),
            day("effective_to", "last day; empty: open"),
            text("tax_type", "default SALES"),
            text("citation", "source"),
        ),
    ),
    Table(
        "break_code",
        Kind.PARAMETER,
        "The closed list of break codes: who works them and whether they block sign-off.",
        ("code",),
        (text("code", "code"), text("queue", "who works it"), flag("blocks_signoff", "a day cannot be signed with it open")),
    ),
    Table(
        "code_without_data",
        Kind.PARAMETER,
        "Codes that no system these books read lines from has the data for, as the platforms' definitions say ([not_applicable]).",
        ("code",),
        (text("code", "code"), text("reason", "why, by source")),
    ),
    Table(
        "fiscal_period",
        Kind.PARAMETER,
        "The periods of a fiscal calendar of weeks; no rows: calendar months.",
        ("period_id",),
        (text("period_id", "2016-P12"), day("first_day", "first business date"), day("last_day", "last business date")),
    ),
    Table(
        "break_work",
        Kind.PARAMETER,
        "How urgent a break is: one row.",
        ("high_amount",),
        (
            amount("high_amount", "money from which a break is high"),
            amount("critical_amount", "money from which it is critical"),
            count("escalate_days", "older than this: one step more urgent"),
            count("low_days", "days allowed"),
            count("medium_days", "days allowed"),
            count("high_days", "days allowed"),
            count("critical_days", "days allowed"),
            amount("prior_period_error_amount", "money, face or booked, from which a late event is a possible prior-period error; empty: no limit"),
        ),
    ),
    Table(
        "feed",
        Kind.PARAMETER,
        "Declared daily deliveries.",
        ("source", "table"),
        (text("source", "inbox folder"), text("table", "input table"), text("due", "local time by which it is due")),
    ),
)

TABLES: Mapping[str, Table] = {t.name: t for t in (*INPUTS, *OUTPUTS, *WORKING, *PARAMETERS)}


def table(name: str) -> Table:
    """The declared table of that name; KeyError is a bug of ours."""
    return TABLES[name]
