"""An entry prepared for one system: every value a template may use, every body it would send, and one hash over both that people approve.

What does not belong here: sending (`protocol`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from connectors.extraction.definition import LOYALTY_FIELDS, Platform
from connectors.extraction.template import fill
from connectors.posting.body import Lists, Values
from connectors.posting.calling import Caller, Draft
from connectors.posting.definition import Posting
from connectors.posting.entry import Entry, EntryLine, digest, exact, money
from connectors.posting.file_body import file_draft
from core.errors import SystemFault
from core.policy import PostingTo, Source

_CUT = ("memo", "text")
"""Texts for people: shortened where a system has less room. Everything else is refused instead."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An entry, what would be sent for it, and the hash that an approval is bound to. With objections nothing is sent."""

    entry: Entry
    reference: str
    drafts: tuple[Draft, ...]
    objections: tuple[str, ...]
    fingerprint: str
    values: Values
    lists: Lists

    def as_dict(self) -> dict[str, object]:
        """What a dry run shows."""
        return {
            **self.entry.content(), "reference": self.reference, "text": self.entry.text, "hash": self.fingerprint,
            "requests": [d.shown() for d in self.drafts], "objections": list(self.objections),
        }  # fmt: skip


def prepare(
    entry: Entry, caller: Caller | None, source: Source, to: PostingTo, chosen: Platform, definition: Posting, settings: Mapping[str, str], again: int = 0
) -> Prepared:  # fmt: skip
    """Fill every body; an envelope that does not fit the WSDL is an objection. `again`: how often it was handed over as a file and taken back."""
    found = [*entry.objections(to.currencies, definition.max_lines), *_without_id(entry, to, definition)]
    said, _ = _fitting({**settings, **_entry_values(entry, to, definition), **_round_values(entry, again)}, definition.lengths)
    values, too_long = _fitting(said | {k: fill(said[k], said) for k in definition.settings}, definition.lengths)
    lines = [_line_values(n, entry, to) for n in entry.lines]
    fitted = [_fitting(n, definition.lengths) for n in lines]
    found += dict.fromkeys([*too_long, *(o for _, more in fitted for o in more)])
    lists: dict[str, Sequence[Values]] = {"lines": [n for n, _ in fitted]}
    fields = {**chosen.definition.fields, **source.fields}
    for line in lists["lines"]:
        own = [{"field": fields[c], "value": line[c], "column": c} for c in LOYALTY_FIELDS if c in fields and line.get(c)]
        lists[f"fields_{line['line_no']}"] = own
        lists.setdefault("fields", own)
    drafts: tuple[Draft, ...] = ()
    try:
        drafts = () if found else tuple(_drafts(caller, definition, values, lists))
    except SystemFault as misfit:
        found.append(misfit.what)
    hashed = digest(entry.content(), [d.shown() for d in drafts])
    return Prepared(entry, values["reference"], drafts, tuple(found), hashed, values, lists)


def _drafts(caller: Caller | None, definition: Posting, values: Values, lists: Lists) -> list[Draft]:
    """What would be sent, step by step; what only an answer will tell stands there by its name."""
    if definition.file is not None:
        return [file_draft(definition.file, values, lists)]
    if caller is None:
        return []
    later = {"round": "<round>"} | {k: f"<{k}>" for step in definition.steps for k in (*step.keep, *(step.find.keep if step.find else ()))}
    return [
        caller.draft(step, {**later, **values, **line}, lists)
        for step in definition.steps
        for line in (lists["lines"] if step.per == "line" else ({},))
    ]  # fmt: skip


def _without_id(entry: Entry, to: PostingTo, definition: Posting) -> list[str]:
    known: dict[Literal["account", "company", "currency"], set[str]] = {
        "account": {n.account for n in entry.lines}, "company": {entry.company_id}, "currency": {entry.currency},
    }  # fmt: skip
    return [
        f"the system's id of {kind} {ours} is not named (posting.ids.{kind})"
        for kind, named in known.items()
        for ours in sorted(named)
        if (kind in definition.needs_ids or ours in to.ids.get(kind, {})) and not to.ids.get(kind, {}).get(ours, "").strip(" -.")
    ]


def _entry_values(entry: Entry, to: PostingTo, definition: Posting) -> dict[str, str]:
    reference = entry.key[: definition.key_length]
    on, effective = entry.posting_date, entry.effective_date
    total = sum((n.debit for n in entry.lines), start=entry.lines[0].debit * 0)
    return {
        "reference_upper": reference.upper(), "code": reference[:10].upper(), "document_number": reference[:20].upper(),
        "key": entry.key, "reference": reference, "reason_code": entry.reason_code, "business_key": entry.business_key,
        "programme_id": entry.programme_id, "event_id": entry.event_id, "member_id": entry.member_id, "ledger_id": entry.ledger_id,
        "company_id": entry.company_id, "company_as": to.ids.get("company", {}).get(entry.company_id, entry.company_id), "currency": entry.currency,
        "currency_as": to.ids.get("currency", {}).get(entry.currency, entry.currency), "total": money(total, entry.currency),
        "posting_date": on.isoformat(), "posting_date_compact": on.strftime("%Y%m%d"), "posting_next": (on + timedelta(days=1)).isoformat(),
        "posting_year": str(on.year), "effective_date": effective.isoformat(), "text": entry.text,
        "memo": f"tieout {reference} {entry.reason_code} {entry.business_key}",
    }  # fmt: skip


def _round_values(entry: Entry, again: int) -> dict[str, str]:
    """What tells a file from the one before it that the system refused: rows of both in one group would be imported together."""
    return {"again": f"_{again + 1}" if again else "", "number": str(int(entry.key[:14], 16) + again)}


def _line_values(line: EntryLine, entry: Entry, to: PostingTo) -> dict[str, str]:
    debit, credit = (money(v, entry.currency) if v else "" for v in (line.debit, line.credit))
    return {
        "line_no": str(line.line_no), "account_number": line.account, "account": to.ids.get("account", {}).get(line.account, line.account),
        "debit": debit, "credit": credit, "amount": money(line.amount, entry.currency), "unsigned": debit or credit, "side": "Debit" if debit else "Credit",
        "debit_or_zero": debit or money(line.debit, entry.currency), "credit_or_zero": credit or money(line.credit, entry.currency),
        "debit_or_credit": "S" if debit else "H", "points": exact(line.points), "event_id": entry.event_id, "member_id": entry.member_id,
        "programme_id": entry.programme_id,
    }  # fmt: skip


def _fitting(values: Mapping[str, str], lengths: Mapping[str, int]) -> tuple[dict[str, str], list[str]]:
    """The values, texts for people cut to the room there is; and what is too long otherwise."""
    fitted = {k: v[: lengths[k]] if k in _CUT and k in lengths else v for k, v in values.items()}
    return fitted, [
        f"{k} {v!r} is longer than the {lengths[k]} characters the system has room for" for k, v in fitted.items() if k in lengths and len(v) > lengths[k]
    ]
