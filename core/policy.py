"""The books' configuration as frozen, strict values: tieout.toml, programmes/*.toml, chart_of_accounts.toml.

Money and rates in TOML are quoted strings; a bare float is an error and so is an unknown key. What does not belong here: reading a folder (`books`),
rules, SQL, defaults that depend on data.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from core.calendar import FiscalCalendar, cut_off_minutes
from core.kinds import EarnClass, Instrument, Pair
from core.match_rules import MatchRules
from core.money import minor_unit
from core.schema import INPUTS
from core.strict import Exact, Strict, nearest

_K = TypeVar("_K", bound=Hashable)
ACCOUNT_ROLES = (
    "liability", "sales", "sales_returns", "revenue_redeemed", "breakage", "re_estimate", "sales_tax", "use_tax", "vat", "cash", "receivable",
    "partner_receivable", "partner_payable", "arrears", "unvested", "stored_value", "accrued_cost", "unclaimed_property", "marketing_expense",
    "adjustment_loss", "redemption_cost", "commission", "interco", "suspense", "cta", "fx", "rounding",
)  # fmt: skip

ISSUE_EVENTS = ("accrual", "adjustment", "reversal", "transfer")
OTHER_SIDES = tuple(r for r in ACCOUNT_ROLES if r not in ("liability", "sales_tax", "use_tax", "vat", "cta", "fx", "rounding"))
"""Roles an issue of points, or what takes it out again, may meet: see `known_posts`."""


def known_accounts(accounts: Mapping[str, str]) -> None:
    """Raises ValueError unless every key is a role, or role.earn_class for the other side of what is owed."""
    known = (*ACCOUNT_ROLES, *(f"{role}.{earned}" for role in OTHER_SIDES for earned in EarnClass))
    for role in accounts:
        if role.startswith("liability."):
            raise ValueError(f"accounts.{role}: what is owed is one account of a programme; earn classes are told apart in the roll-forward")
        if role not in known:
            raise ValueError(f"accounts.{role} is not a known role{nearest(role, known)}")


def known_posts(posts: Mapping[str, str]) -> None:
    """Raises ValueError unless every key is an event, or event.earn_class, and every value a role."""
    known = (*ISSUE_EVENTS, *(f"{event}.{earned}" for event in ISSUE_EVENTS for earned in EarnClass))
    for key, role in posts.items():
        if key not in known:
            raise ValueError(f"posts.{key} is no movement that issues points{nearest(key, known)}")
        if role not in OTHER_SIDES:
            raise ValueError(f"posts.{key}: {role} is no role on the other side of an issue{nearest(role, OTHER_SIDES)}")


def _zone(value: object) -> str:
    try:
        ZoneInfo(str(value))
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{value!r} is not an IANA time zone") from None
    return str(value)


def _cut_off(value: object) -> str:
    cut_off_minutes(str(value))
    return str(value)


def _input_table(value: object) -> str:
    known = tuple(t.name for t in INPUTS)
    if value not in known:
        raise ValueError(f"{value!r} is no table that is delivered{nearest(str(value), known)}")
    return str(value)


InputTable = Annotated[str, BeforeValidator(_input_table)]
Zone = Annotated[str, BeforeValidator(_zone)]
CutOff = Annotated[str, BeforeValidator(_cut_off)]
Id = Annotated[str, Field(min_length=1, pattern=r"^[^\s/;]+$")]


class Dated(Strict):
    """A value from a day on."""

    effective: date
    value: Exact
    approved_by: str = ""


def _dated(value: object) -> object:
    if isinstance(value, list):
        return value
    return [{"effective": date(1, 1, 1), "value": value}]


DatedValues = Annotated[tuple[Dated, ...], BeforeValidator(_dated), Field(min_length=1)]


class ValueRounding(Strict):
    places: int = Field(4, ge=0, le=4)
    mode: Literal["half_up", "half_even", "down"] = "half_up"


class UrrVersion(Strict):
    """An approved ultimate redemption rate for recognition, from the opening of `effective`."""

    effective: date
    rate: Exact = Field(ge=0, le=1)
    approved_by: str
    reason: str
    cohort: str = Field("", pattern=r"^(\d{4}-\d{2})?$")
    earn_class: EarnClass | Literal[""] = ""


class Expiry(Strict):
    months: int | None = Field(None, ge=1)
    kind: Literal["from_earning", "from_last_activity", "end_of_period"] = "from_earning"


class Partner(Strict):
    id: Id
    price_per_point: Exact = Decimal(0)
    cost_per_point: Exact = Decimal(0)
    role: Literal["principal", "agent"] = "agent"


class Windows(Strict):
    posting_days: int = Field(1, ge=0, le=366)


class ProgrammeLimits(Strict):
    """Thresholds of BL-02 and FR-02 ... FR-04; what is not set is not looked for. A limit is reached, not broken, by equality."""

    max_balance: Exact | None = None
    max_daily_redemptions: int | None = Field(None, ge=1)
    max_daily_redeemed_points: Exact | None = Field(None, gt=0)
    max_daily_adjustments: int | None = Field(None, ge=1)
    max_daily_adjusted_points: Exact | None = Field(None, gt=0)
    adjustment_approval_points: Exact | None = Field(None, gt=0)
    max_refund_cycles: int | None = Field(None, ge=0)
    max_transfer_cycles: int | None = Field(None, ge=0)
    pattern_days: int = Field(30, ge=1, le=366)
    """Business days a pattern is looked for, the day of the close included."""


class Programme(Strict):
    """One loyalty programme (contract section 8)."""

    id: Id
    name: str
    points_name: str = "points"
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    company_id: Id
    timezone: Zone
    cut_off: CutOff = "24:00"
    tolerance: Exact = Field(Decimal("0.0001"), ge=0, lt=1)
    tolerance_cap: Exact | None = Field(None, ge=0)
    ledger_measure: Literal["face", "deferred"] = "face"
    ledgers: dict[str, Literal["face", "deferred"]] = Field(default_factory=dict)
    value_per_point: DatedValues
    value_rounding: ValueRounding = ValueRounding()
    minor_unit: int | None = Field(None, ge=0, le=4)
    ssp_per_point: DatedValues | None = None
    urr_for_ssp: DatedValues
    urr: tuple[UrrVersion, ...] = ()
    lot_policy: Literal["expiring_first", "fifo", "lifo", "weighted_average", "source_trace", "subtype_sequence"] = "expiring_first"
    earn_class_sequence: tuple[EarnClass, ...] = ()
    restore_expired: str = Field("expire", pattern=r"^(expire|new_expiry|grace:\d+)$")
    expiry: Expiry = Expiry()
    breakage: Literal["proportional", "remote", "escheat"] = "proportional"
    free_points: Literal["recognise_at_redemption", "accrue_cost"] = "recognise_at_redemption"
    cost_per_point: Exact = Decimal(0)
    instrument: Instrument = Instrument.POINTS
    issuer: str = "own"
    partners: tuple[Partner, ...] = ()
    windows: Windows = Windows()
    limits: ProgrammeLimits = ProgrammeLimits()
    go_live: date | None = None
    journal_scope: Literal["loyalty", "full_sale"] = "loyalty"
    accounts: dict[str, str]
    posts: dict[str, str] = Field(default_factory=dict)
    """Role on the other side of an issue, by event or event.earn_class; wins over the chart's."""

    @model_validator(mode="after")
    def _accounts_known(self) -> "Programme":
        known_accounts(self.accounts)
        known_posts(self.posts)
        if "liability" not in self.accounts:
            raise ValueError("accounts.liability is required")
        return self

    @model_validator(mode="after")
    def _cost_is_stated(self) -> "Programme":
        """A cost that nobody stated would accrue as nothing, without a word."""
        if self.free_points == "accrue_cost" and "cost_per_point" not in self.model_fields_set:
            raise ValueError("free_points is accrue_cost: say in cost_per_point what a point is expected to cost")
        return self

    @model_validator(mode="after")
    def _one_value_a_day(self) -> "Programme":
        """Of two values in force from one day none is the later one; to take either would be a guess about what is owed."""
        for u in _twice((u.effective, u.cohort, u.earn_class) for u in self.urr):
            raise ValueError(f"urr: two rates of {u[0]} for {' '.join(u[1:]).strip() or 'all cohorts'}; keep the one that was approved")
        for name in ("value_per_point", "ssp_per_point", "urr_for_ssp"):
            for day in _twice(v.effective for v in getattr(self, name) or ()):
                raise ValueError(f"{name}: two values of {day}; keep the one that was approved")
        return self

    @property
    def places(self) -> int:
        """Decimal places of posted money."""
        return minor_unit(self.currency) if self.minor_unit is None else self.minor_unit

    def dated(self, parameter: str) -> tuple[Dated, ...]:
        """Dated values of value_per_point, ssp_per_point or urr_for_ssp, in order; ssp defaults to value x urr_for_ssp."""
        if parameter == "ssp_per_point" and self.ssp_per_point is None:
            days = sorted({d.effective for d in (*self.value_per_point, *self.urr_for_ssp)})
            return tuple(Dated.model_construct(effective=d, value=_at(self.value_per_point, d) * _at(self.urr_for_ssp, d), approved_by="") for d in days)
        values: tuple[Dated, ...] = getattr(self, parameter)
        return tuple(sorted(values, key=lambda v: v.effective))


def _twice(keys: Iterable[_K]) -> list[_K]:
    """The keys that are there more than once."""
    return [key for key, count in Counter(keys).items() if count > 1]


def _at(values: tuple[Dated, ...], on: date) -> Decimal:
    """The value in force on a day; before the first one, the first."""
    in_force = [v for v in sorted(values, key=lambda v: v.effective) if v.effective <= on]
    return (in_force[-1] if in_force else min(values, key=lambda v: v.effective)).value


class FiscalYear(Strict):
    """Where a fiscal year of 52 or 53 weeks ends, and which year names it."""

    month: int = Field(1, ge=1, le=12)
    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "saturday"
    ends: Literal["last", "nearest"] = "nearest"
    named: Literal["start", "end"] = "start"


class Company(Strict):
    functional_currency: str = Field(pattern=r"^[A-Z]{3}$")
    presentation_currency: str = Field("", pattern=r"^([A-Z]{3})?$")
    fiscal_calendar: Literal["calendar_months", "4-4-5", "4-5-4", "5-4-4", "13_periods"] = "calendar_months"
    fiscal_year: FiscalYear = FiscalYear()
    """Only for calendars of weeks."""
    name: str = ""

    @property
    def calendar(self) -> FiscalCalendar:
        """The fiscal calendar."""
        year = self.fiscal_year
        return FiscalCalendar(self.fiscal_calendar, year.month, year.weekday, year.ends, year.named)


class Storage(Strict):
    lake: str = "lake"
    database: str = "sqlite:///tieout.db"
    database_env: str = ""
    """Name of an environment variable that holds the database URL; wins over `database`."""


class Engine(Strict):
    memory: str = Field("4GB", pattern=r"^\d+(\.\d+)?\s?[KMGT]i?B$")
    threads: int | None = Field(None, ge=1, le=256)
    """None: two, and one while everything delivered is small."""

    @property
    def most_threads(self) -> int:
        return self.threads or 2


class Dialect(Strict):
    """How the files of one source are written, where they are not canonical. Declared, never guessed."""

    encoding: Literal["utf-8", "utf-16", "cp1252", "latin-1"] = "utf-8"
    delimiter: str = Field(",", min_length=1, max_length=1)
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'"] = ""
    sign: Literal["leading", "trailing", "parentheses"] = "leading"
    date_order: Literal["ymd", "dmy", "mdy"] = "ymd"
    date_separator: Literal["-", "/", "."] = "-"
    columns: dict[str, str] = Field(default_factory=dict)
    """Their header -> our column name."""


class Credentials(Strict):
    """How a system knows us. Values are references, never secrets: "env:NAME" or "file:/run/secrets/name" (a mounted secret store)."""

    kind: Literal["none", "basic", "bearer", "oauth1_tba", "oauth2_client", "oauth2_refresh", "session", "x509"] = "none"
    secrets: dict[str, Annotated[str, Field(pattern=r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$")]] = Field(default_factory=dict)
    token_url: str = ""
    scope: str = ""
    expires: date | None = None
    """When the credential itself ends (a certificate, an integration's secret); warned about from two weeks before."""


class PostingTo(Strict):
    """Where approved adjusting entries go. A source without it is never written to."""

    ledgers: tuple[str, ...] = Field(min_length=1)
    """Entries of these ledgers (ledger_id) are posted to the source."""
    currencies: tuple[Annotated[str, Field(pattern=r"^[A-Z]{3}$")], ...] = Field(min_length=1)
    """What these ledgers are kept in; an entry in another currency is never sent."""
    settings: dict[str, str] = Field(default_factory=dict)
    """What the platform's post.toml asks for: journal name, document type, path of a WSDL."""
    ids: dict[Literal["account", "company", "currency"], dict[str, str]] = Field(default_factory=dict)
    """Our account, company or currency -> the system's id, where it is written under another one than it is read."""
    preparers: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    """Who may prepare and who may approve; empty: anybody, but never the same person both."""


class Source(Strict):
    dialect: Dialect = Dialect()
    tables: dict[InputTable, Dialect] = Field(default_factory=dict)
    """A dialect for one table of the source; wins over the source's."""
    kind: str = Field("", pattern=r"^[a-z0-9_]*$")
    """A platform of connectors/platforms or of the books' own platforms/; empty: files only."""
    url: str = ""
    """Where the system answers; empty: as the platform's definition says."""
    database_env: str = ""
    """Name of the environment variable that holds a database URL (platforms read by SQL)."""
    credentials: Credentials = Credentials()
    settings: dict[str, str] = Field(default_factory=dict)
    """What the definition asks for: account, company, version."""
    fields: dict[str, str] = Field(default_factory=dict)
    """Our column (event_id, batch_id, points, ...) -> the field of the system that holds it."""
    accounts: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9._ -]+$")], ...] = ()
    """Deliver these accounts only; empty: every line. A system that cannot be asked for them is read whole first."""
    start: date | None = None
    """The first day to read; empty: the day of the first close less the overlap."""
    overlap_days: int | None = Field(None, ge=0, le=366)
    deliver: tuple[Literal["line", "balance"], ...] = ("line", "balance")
    """Which of the system's streams become deliveries."""
    basis: Literal["local", "document", "group"] = "local"
    """Which of the system's amounts is the ledger's amount."""
    tls_minimum: Literal["1.3", "1.2"] = "1.3"
    ca_file: str = ""
    posting: PostingTo | None = None

    def dialect_of(self, table: str) -> Dialect:
        return self.tables.get(table, self.dialect)


class Feed(Strict):
    source: Id
    table: InputTable
    due: str = Field("06:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")


class DaysAllowed(Strict):
    """Days a break of each severity may stay open."""

    low: int = Field(30, ge=0)
    medium: int = Field(5, ge=0)
    high: int = Field(3, ge=0)
    critical: int = Field(1, ge=0)


class BreakWork(Strict):
    """How breaks are worked: urgency, and which decisions need a second person."""

    high_amount: Exact = Field(Decimal(1000), ge=0)
    critical_amount: Exact = Field(Decimal(10000), ge=0)
    escalate_days: int = Field(30, ge=0)
    days_allowed: DaysAllowed = DaysAllowed()
    approvers: tuple[str, ...] = ()
    """Who may be the second person; empty: anybody but the first."""
    second_person: tuple[Literal["explained", "accepted", "suppressed"], ...] = ("suppressed",)
    second_person_from: Exact | None = Field(None, ge=0)
    """Money from which every decision on a status needs a second person; none: no such limit."""

    @model_validator(mode="after")
    def _suppression_is_approved(self) -> "BreakWork":
        if "suppressed" not in self.second_person:
            raise ValueError("second_person must name suppressed: what is hidden until a date is approved by another person")
        return self


class SignOff(Strict):
    """Who may sign a day. Empty lists: anybody."""

    two_persons: bool = True
    """A preparer and another person as reviewer; else one signature signs the day."""
    preparers: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()


class Certification(Strict):
    """When a day is in order without a person. Only an approved, versioned policy certifies; without this section nothing is certified."""

    version: str = Field(min_length=1)
    approved_by: str
    approved_on: date
    reason: str = ""
    automatic: bool = False
    """Certify at every close; else only when asked for."""
    pairs: tuple[Pair, ...] = ()
    """Pairs that a day has to have compared; empty: every one."""
    net_tolerance: Exact = Field(Decimal("0.0001"), ge=0, lt=1)
    gross_tolerance: Exact = Field(Decimal("0.0001"), ge=0, lt=1)
    """Shares of what is owed in the currency."""
    max_age_days: int = Field(30, ge=0)
    max_decided: int = Field(0, ge=0)
    max_decided_amount: Exact = Field(Decimal(0), ge=0)
    """Caps on accepted and suppressed items."""
    sample_days: int = Field(2, ge=0, le=31)
    """Certified days of each period that a person performs again."""


class Periods(Strict):
    """What is said of changes to closed periods."""

    prior_period_error_amount: Exact | None = Field(None, ge=0)
    """Money from which a late event is a possible prior-period error; none: no such limit."""


class BooksFile(Strict):
    """tieout.toml."""

    company: Company
    storage: Storage = Storage()
    engine: Engine = Engine()
    sources: dict[str, Source] = Field(default_factory=dict)
    feeds: tuple[Feed, ...] = ()
    break_work: BreakWork = BreakWork()
    sign_off: SignOff = SignOff()
    certification: Certification | None = None
    periods: Periods = Periods()


class Chart(Strict):
    """chart_of_accounts.toml: accounts by role, and what issues of points are posted against; a programme's own [accounts] and [posts] win."""

    accounts: dict[str, str] = Field(default_factory=dict)
    posts: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> "Chart":
        known_accounts(self.accounts)
        known_posts(self.posts)
        return self


class Books(Strict):
    """Everything configured in one folder."""

    folder: Path
    file: BooksFile
    chart: Chart
    programmes: tuple[Programme, ...]
    tax_rules: tuple[Mapping[str, Any], ...] = ()
    tax_rates: tuple[Mapping[str, Any], ...] = ()
    escheat_rules: tuple[Mapping[str, Any], ...] = ()
    match_rules: tuple[MatchRules, ...] = ()
    config_hash: str

    def programme(self, programme_id: str) -> Programme | None:
        return next((p for p in self.programmes if p.id == programme_id), None)
