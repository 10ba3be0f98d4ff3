"""Certificates: that a close was in order under an approved policy, recorded as acts, and withdrawn when what they were about has changed."""

from collections.abc import Mapping, Sequence
from datetime import date

from store.acts import Act, Acts, Draft
from store.closes import Close

KIND = "certificate"
DAY = "day"
_PARTS = {
    "input_hash": "what was delivered or decided", "code_version": "the code", "config_hash": "the configuration: rules, rates, parameters or policy",
    "output_hash": "the results",
}  # fmt: skip
FALLS = {"input_changed": _PARTS["input_hash"], "configuration_changed": _PARTS["config_hash"]}
"""Refusals for which a certificate that was issued is withdrawn, with what has changed."""


def certify(acts: Acts, close: Close, scopes: Sequence[str], policy: Mapping[str, str]) -> None:
    """Record certificates over a close for the day or for pairs; the person is the one who approved the policy."""
    parts = {name: getattr(close, name) for name in _PARTS}
    day = close.business_date
    acts.append([Draft(KIND, day.isoformat(), day, policy["approved_by"], {"what": "issued", "scope": s, "policy": dict(policy), **parts}) for s in scopes])


def reperformed(acts: Acts, day: date, person: str, reason: str) -> None:
    """Record that a person performed a certified day of the sample again."""
    acts.append([Draft(KIND, day.isoformat(), day, person, {"what": "reperformed", "scope": DAY, "reason": reason})])


def standing(found: Sequence[Act]) -> dict[tuple[date, str], Act]:
    """Certificates that hold as far as is recorded, by day and scope."""
    made: dict[tuple[date, str], Act] = {}
    for act in found:
        key = (act.effective_date, act.body["scope"])
        if act.body["what"] == "issued":
            made[key] = act
        elif act.body["what"] == "withdrawn":
            made.pop(key, None)
    return made


def changes(act: Act, close: Close | None, config_hash: str = "") -> list[str]:
    """What has changed since a certificate was issued, in words; empty: it holds.

    `config_hash` is today's configuration: a day that nobody signed is certified under the rules in force, not under earlier ones.
    """
    if close is None:
        return ["the day is not closed any more"]
    now = {name: getattr(close, name) for name in _PARTS}
    if config_hash and close.status != "signed":
        now["config_hash"] = config_hash
    return [words for name, words in _PARTS.items() if act.body[name] != now[name]]


def withdraw_changed(acts: Acts, closes: Mapping[date, Close], config_hash: str) -> list[Act]:
    """Withdraw every certificate whose close, or the configuration it was made under, has changed, saying what changed; returns the withdrawals."""
    changed = {key: changes(act, closes.get(key[0]), config_hash) for key, act in standing(acts.rows(KIND)).items()}
    return withdraw(acts, {key: words for key, words in changed.items() if words})


def withdraw(acts: Acts, changed: Mapping[tuple[date, str], Sequence[str]]) -> list[Act]:
    """Withdraw standing certificates, by day and scope with what changed."""
    held = standing(acts.rows(KIND))
    drafts = [
        Draft(KIND, day.isoformat(), day, held[(day, scope)].person, {"what": "withdrawn", "scope": scope, "changed": list(words)})
        for (day, scope), words in sorted(changed.items())
    ]
    return acts.append(drafts) if drafts else []
