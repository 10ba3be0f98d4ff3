"""Match rules: one strict, versioned file per pair of sides, match_rules/<pair>.toml; the passes are tried in the order of the ladder.

A pass without keys of its own is written for the reader: it cannot be switched off. Points are exact in every pass. What does not belong here: the
SQL of a pass (reconcilers), the macros a file is made into (match_macros) and terms of a programme (policy).
"""

import hashlib
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from core.errors import UsageFault
from core.kinds import Pair
from core.strict import Strict, exact, nearest, parse_text

WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


def _limit(value: object) -> object:
    """`programme`, a percentage, or an amount of money; kept as written."""
    if value == "programme":
        return value
    number, places = exact(value), 12 if str(value).strip().endswith("%") else 4
    if number < 0 or number != number.quantize(Decimal(1).scaleb(-places)):
        raise ValueError(f"a limit is not negative and has at most {places} decimal places (a percentage as a fraction)")
    if places == 12 and number >= 1:
        raise ValueError("a limit of 100% or more of the larger side finds no difference")
    return str(value).strip()


LimitText = Annotated[str, BeforeValidator(_limit)]


class Fixed(Strict):
    """A pass that has nothing to choose."""


class Composite(Strict):
    """Pass 3: one line and one event of the same member, order and units, in the posting window; unique both ways."""

    order: Literal["when_stated", "required"] = "when_stated"


class GroupSum(Strict):
    """Pass 5: what is left under one declared key, if both sums are equal. Programme, ledger, account and currency are always part of the key."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    keys: tuple[Literal["member", "order", "date"], ...]
    outcome: Literal["confirm", "suggest"] = "confirm"

    @model_validator(mode="after")
    def _a_key(self) -> "GroupSum":
        if not self.keys or len(self.keys) != len(set(self.keys)):
            raise ValueError("keys: one or more of member, order and date, each once")
        return self


class Limit(Strict):
    """How far money may lie apart: in percent of the larger side or as an amount, by direction, never beyond the cap."""

    currency: str = Field("", pattern=r"^([A-Z]{3})?$")
    right_higher: LimitText = "programme"
    right_lower: LimitText = "programme"
    cap: LimitText | None = None


class Tolerance(Strict):
    """Pass 6: the same thing, money within the limit. A limit that names the currency beats one that does not."""

    limits: tuple[Limit, ...] = ()

    @model_validator(mode="after")
    def _one_each(self) -> "Tolerance":
        named = [x.currency for x in self.limits]
        if len(named) != len(set(named)):
            raise ValueError("two limits for one currency")
        if any(x.cap is not None and (x.cap == "programme" or x.cap.endswith("%")) for x in self.limits):
            raise ValueError("a cap is an amount of money")
        return self


class DateLag(Strict):
    """Pass 7: in which days posting_days are counted, and how much later or earlier a line without event may still belong to one."""

    calendar: Literal["calendar_days", "business_days"] = "calendar_days"
    weekend: tuple[str, ...] = ("saturday", "sunday")
    holidays: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _days(self) -> "DateLag":
        for word in self.weekend:
            if word not in WEEKDAYS:
                raise ValueError(f"weekend: {word} is no day of the week{nearest(word, WEEKDAYS)}")
        if len(set(self.weekend)) == len(WEEKDAYS):
            raise ValueError("weekend: no business day is left")
        return self


class LineDateLag(DateLag):
    """For lines that name no event: days beyond the posting window, in the same calendar, and calendar days before the event."""

    later_days: int = Field(0, ge=0, le=60)
    earlier_days: int = Field(0, ge=0, le=60)


class Suggestion(Strict):
    """Pass 8: sums of several events, searched inside one member's window; suggested, never confirmed. What was not searched is AB-02."""

    max_items: int = Field(12, ge=0, le=14)
    max_lines: int = Field(200, ge=0, le=2_000)


class _Rules(Strict):
    version: str = Field(min_length=1)
    approved_by: str = ""


class EventLedgerRules(_Rules):
    pair: Literal["event_ledger"]
    exact_id: Fixed = Fixed()
    manifest: Fixed = Fixed()
    composite: Composite = Composite()
    reversal: Fixed = Fixed()
    group_sum: tuple[GroupSum, ...] = ()
    tolerance: Tolerance = Tolerance()
    date_lag: LineDateLag = LineDateLag()
    suggestion: Suggestion = Suggestion()

    @model_validator(mode="after")
    def _named_once(self) -> "EventLedgerRules":
        named = [g.id for g in self.group_sum]
        if len(named) != len(set(named)):
            raise ValueError("group_sum: two groups of one id; a match names its group by it")
        if taken := set(named) & set(type(self).model_fields):
            raise ValueError(f"group_sum: {min(taken)} is a pass; a match names its group by its id")
        return self


class RedemptionTaxRules(_Rules):
    pair: Literal["redemption_tax"]
    exact_id: Fixed = Fixed()
    group_sum: Fixed = Fixed()
    reversal: Fixed = Fixed()
    tolerance: Tolerance = Tolerance()
    date_lag: DateLag = DateLag()


class OrderEventRules(_Rules):
    pair: Literal["order_event"]
    exact_id: Fixed = Fixed()
    reversal: Fixed = Fixed()
    date_lag: DateLag = DateLag()


class MemberBalanceRules(_Rules):
    pair: Literal["member_balance"]
    exact_id: Fixed = Fixed()
    tolerance: Tolerance = Tolerance()


class ControlAccountRules(_Rules):
    pair: Literal["control_account"]
    exact_id: Fixed = Fixed()
    tolerance: Tolerance = Tolerance()


class BalanceEventsRules(_Rules):
    pair: Literal["balance_events"]
    exact_id: Fixed = Fixed()


class LedgerRollRules(_Rules):
    pair: Literal["ledger_roll"]
    exact_id: Fixed = Fixed()


MODELS: dict[str, type[_Rules]] = {
    "balance_events": BalanceEventsRules,
    "order_event": OrderEventRules,
    "event_ledger": EventLedgerRules,
    "redemption_tax": RedemptionTaxRules,
    "member_balance": MemberBalanceRules,
    "control_account": ControlAccountRules,
    "ledger_roll": LedgerRollRules,
}


class MatchRules(Strict):
    """The rules of one pair and the hash of the text they were read from."""

    pair: Pair
    rule_version: str
    rules: Any

    def row(self) -> dict[str, object]:
        """The row of the parameter table `match_rule`."""
        stated: _Rules = self.rules
        return {
            "pair": str(self.pair), "rule_version": self.rule_version, "version": stated.version, "approved_by": stated.approved_by,
            "settings": stated.model_dump_json(),
        }  # fmt: skip


def shipped_text(pair: str) -> str:
    """The commented file that `tieout init` writes for a pair."""
    return resources.files("core").joinpath("rules", f"{pair}.toml").read_text(encoding="utf-8")


@cache
def shipped_match_rules() -> tuple[MatchRules, ...]:
    """What every pair does without a file of its own: contract section 7."""
    return tuple(_read(pair, shipped_text(pair), Path(f"{pair}.toml")) for pair in MODELS)


def read_match_rules(folder: Path) -> tuple[MatchRules, ...]:
    """Every pair's rules: of the books' folder, else as shipped. Raises UsageFault naming file, key and the nearest valid key."""
    files = {p.stem: p for p in sorted(folder.glob("*.toml"))}
    for name, path in files.items():
        if name not in MODELS:
            raise UsageFault(
                f"{name} is no pair{nearest(name, tuple(MODELS))}",
                str(path),
                "a misspelt name would leave a pair to the shipped rules",
                f"pairs: {', '.join(MODELS)}",
            )
    return tuple(_chosen(files, rules) for rules in shipped_match_rules())


def _chosen(files: dict[str, Path], shipped: MatchRules) -> MatchRules:
    path = files.get(str(shipped.pair))
    return shipped if path is None else _read(str(shipped.pair), path.read_text(encoding="utf-8"), path)


def _read(pair: str, text: str, path: Path) -> MatchRules:
    return MatchRules(pair=Pair(pair), rule_version=hashlib.sha256(text.encode()).hexdigest()[:12], rules=parse_text(MODELS[pair], text, path))


def settings_of(pair: str, settings: str) -> Any:
    """The rules of a row of `match_rule`."""
    return MODELS[pair].model_validate_json(settings)
