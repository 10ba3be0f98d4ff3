"""Contract section 9 once more, in plain Python and exact fractions, written from its sentences and not from the SQL.

It answers for redemptions that enter the books on one day. Nothing of `ledgers` is imported.
"""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

Row = Mapping[str, Any]
OFF = {"DISCOUNT_REDUCES_BASE", "COUPON_EXCLUDED_ALWAYS", "VAT_PRICE_REDUCTION", "VAT_SPV_AT_ISSUE"}
ON_COST = {"SELLER_USE_TAX_COST", "SELLER_USE_TAX_DEFERRED"}


def half_up(value: Fraction, places: int) -> Fraction:
    """Half away from zero."""
    scaled = abs(value) * 10**places
    whole = math.floor(scaled + Fraction(1, 2))
    return Fraction(whole if value >= 0 else -whole, 10**places)


def shares(total: Fraction, weights: Sequence[Fraction]) -> list[Fraction]:
    """Parts at 4 places that add up: differences of the rounded running share."""
    whole, parts, running, before = sum(weights, Fraction(0)), [], Fraction(0), Fraction(0)
    for weight in weights:
        running += weight
        after = half_up(total * running / whole, 4) if whole else Fraction(0)
        parts.append(after - before)
        before = after
    return parts


def covers(prefix: str, place: str) -> bool:
    return place.split("-")[: len(prefix.split("-"))] == prefix.split("-")


def in_force(row: Row, place: str, on: Any) -> bool:
    return covers(row["jurisdiction"], place) and row["effective_from"] <= on and (row["effective_to"] is None or on <= row["effective_to"])


def choose(rules: Sequence[Row], tax_type: str, reward: Row, earn_class: str) -> Row | None:
    """The rule that holds for one redemption, one earn class, one type of tax."""
    evidence = set((reward.get("receipt_evidence") or "").split(";"))
    fitting = [
        r
        for r in rules
        if r["tax_type"] == tax_type
        and in_force(r, reward["tax_jurisdiction"], reward["effective_date"])
        and r["instrument"] in ("", reward.get("instrument") or "points")
        and r["funded_by"] in ("", reward.get("funded_by") or "seller")
        and r["earn_class"] in ("", earn_class)
        and set(filter(None, r["receipt_evidence"].split(";"))) <= evidence
    ]
    order = sorted(
        fitting,
        key=lambda r: (
            -len(r["jurisdiction"].split("-")), not (r["instrument"] or r["funded_by"] or r["receipt_evidence"]), r["priority"], r["rule_id"],
        ),
    )  # fmt: skip
    return order[0] if order else None


def rate_of(rates: Sequence[Row], tax_type: str, reward: Row) -> Fraction | None:
    found = [r for r in rates if r["tax_type"] == tax_type and in_force(r, reward["tax_jurisdiction"], reward["effective_date"])]
    found.sort(key=lambda r: (-len(r["jurisdiction"].split("-")), -r["effective_from"].toordinal()))
    return Fraction(found[0]["rate"]) if found else None


def tax_types(rules: Sequence[Row], reward: Row) -> list[str]:
    place = reward["tax_jurisdiction"]
    found = sorted({r["tax_type"] for r in rules if in_force(r, place, reward["effective_date"])})
    return found or ["SALES" if place.split("-")[0] == "US" else "VAT"]


def number(reward: Row, name: str, default: Any = 0) -> Fraction:
    value = reward.get(name)
    return Fraction(default if value is None else value)


def bases(reward: Row, units: Sequence[Row], rules: Sequence[Row], tax_type: str) -> list[dict[str, Any]]:
    """Per allocation: the rule, the share of goods, what is taken off for the tax owed and for the tax collected."""
    chosen = [choose(rules, tax_type, reward, u["earn_class"] or "") for u in units]
    treatments = ["UNREVIEWED_FULL_BASE" if r is None else r["treatment"] for r in chosen]
    on_cost = [t in ON_COST or (r is None and tax_type == "USE") for t, r in zip(treatments, chosen, strict=True)]
    kept = [i for i in range(len(units)) if not on_cost[i] or reward.get("cost_amount") is not None]
    gross = number(reward, "transaction_amount")
    goods = number(reward, "taxable_amount", gross)
    value = sum((Fraction(u["redemption_value"]) for u in units), Fraction(0))
    repaid = number(reward, "reimbursed_amount", 0 if (reward.get("funded_by") or "seller") == "seller" else value)
    evidence = set((reward.get("receipt_evidence") or "").split(";"))
    weights = [Fraction(units[i]["points"]) for i in kept]
    values = [Fraction(units[i]["redemption_value"]) for i in kept]
    kept_value = sum(values, Fraction(0))
    rows = []
    unpaid = shares(max(kept_value - repaid, Fraction(0)), values)
    for n, i in enumerate(kept):
        base = number(reward, "cost_amount") if on_cost[i] else max(kept_value, gross) if treatments[i] == "MAX_VALUE_OR_RETAIL" else goods
        exempt = Fraction(0) if on_cost[i] or treatments[i] == "MAX_VALUE_OR_RETAIL" else max(gross - goods, Fraction(0))
        if treatments[i] == "NO_TAX_EVENT":
            base, exempt = Fraction(0), gross
        off = Fraction(0)
        if treatments[i] in OFF or (treatments[i] == "EXCLUDED_IF_LINKED_ON_RECEIPT" and {"described", "linked"} <= evidence):
            off = values[n]
        paid_for = treatments[i] == "VAT_MPV_AT_REDEMPTION" and reward.get("reimbursed_amount") is not None
        if treatments[i] in ("THIRD_PARTY_INCLUDED", "VAT_THIRD_PARTY_CONSIDERATION") or paid_for:
            off = unpaid[n]
        net = treatments[i] == "COLLECT_NET_REMIT_GROSS" and "disclosed" not in evidence
        rows.append(
            {
                "unit": units[i], "rule": chosen[i], "treatment": treatments[i], "off": off, "off_collected": values[n] if net else off,
                "points_value": values[n], "base_before": shares(base, weights)[n], "gross_price": shares(gross, weights)[n],
                "exempt_base": shares(exempt, weights)[n],
            }
        )  # fmt: skip
    goods_in_all = sum((r["base_before"] for r in rows), Fraction(0))
    for name, of in (("base_adjustment", "off"), ("adjustment_collected", "off_collected")):
        wanted = [r[of] for r in rows]
        for row, part in zip(rows, shares(min(sum(wanted, Fraction(0)), goods_in_all), wanted), strict=True):
            row[name] = -part
    return rows


def line_of(reward: Row) -> tuple[Any, ...]:
    """The goods a reward stands on: the line of an order if both are named, at its price and place; else its own."""
    if not reward.get("order_id") or not reward.get("order_line_id"):
        return (reward["event_id"],)
    return (*(reward.get(n) for n in ("order_id", "order_line_id", "tax_jurisdiction")), number(reward, "transaction_amount"))


def parted(rewards: Sequence[Row]) -> list[Row]:
    """Rewards with the goods of a line they share counted once, parted by what each takes off (evenly if that is nothing)."""
    result: list[Row] = []
    for reward in rewards:
        mates = sorted((r for r in rewards if line_of(r) == line_of(reward)), key=lambda r: r["event_id"])
        values = [max(number(r, "redemption_value"), Fraction(0)) for r in mates]
        weights = values if sum(values) else [Fraction(1)] * len(mates)
        at = [m["event_id"] for m in mates].index(reward["event_id"])
        own = dict(reward)
        if len(mates) > 1:
            gross = number(reward, "transaction_amount")
            amounts = {"transaction_amount": gross, "taxable_amount": number(reward, "taxable_amount", gross), "cost_amount": reward.get("cost_amount")}
            own |= {n: None if v is None else shares(Fraction(v), weights)[at] for n, v in amounts.items()}
        result.append(own)
    return result


def assess(rewards: Sequence[Row], units: Sequence[Row], rules: Sequence[Row], rates: Sequence[Row], places: int = 2) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Entries of redemptions of one day by (redemption, lot, sequence, tax type)."""
    computations: dict[tuple[Any, ...], list[tuple[str, list[dict[str, Any]], Fraction | None, str]]] = {}
    for reward in sorted(parted(rewards), key=lambda r: r["event_id"]):
        own = sorted((u for u in units if u["event_id"] == reward["event_id"]), key=lambda u: (u["sequence"], u["lot_id"]))
        for tax_type in tax_types(rules, reward):
            rows = bases(reward, own, rules, tax_type)
            by_order = reward.get("order_id") and any(r["rule"] is not None and r["rule"]["rounding_level"] == "invoice" for r in rows)
            rate = rate_of(rates, tax_type, reward)
            key = (reward["order_id"] if by_order else None, None if by_order else reward["event_id"], tax_type, reward["tax_jurisdiction"], rate)
            computations.setdefault(key, []).append((reward["event_id"], rows, rate, tax_type))
    result: dict[tuple[Any, ...], dict[str, Any]] = {}
    for members in computations.values():
        for name, adjustment in (("tax_amount", "base_adjustment"), ("tax_collected", "adjustment_collected")):
            charged = [
                Fraction(0) if name == "tax_collected" and tax_type == "USE" else sum((r["base_before"] + r[adjustment] for r in rows), Fraction(0))
                for _, rows, _, tax_type in members
            ]
            tax = half_up(sum(charged, Fraction(0)) * (members[0][2] or 0), places)
            for (_, rows, _, _), part in zip(members, shares(tax, charged), strict=True):
                for row, amount in zip(rows, shares(part, [Fraction(r["unit"]["points"]) for r in rows]), strict=True):
                    row[name] = amount
        for event_id, rows, rate, tax_type in members:
            for row in rows:
                row["taxable_base"] = row["base_before"] + row["base_adjustment"]
                row["base_collected"] = Fraction(0) if tax_type == "USE" else row["base_before"] + row["adjustment_collected"]
                row["rate"] = rate
                result[(event_id, row["unit"]["lot_id"], row["unit"]["sequence"], tax_type)] = row
    return result
