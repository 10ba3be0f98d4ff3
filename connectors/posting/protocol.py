"""Posting so that it can be repeated: look up by our key, write once, read back, say what is known.

build -> check (`prepared`) -> look up -> note the attempt -> write -> note that it was taken -> read back -> outcome. A write without answer is never
sent again by the same run: its outcome is unknown until a look-up finds the entry, or finds nothing after the time the system needs to settle.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, cast

from connectors.extraction.records import Drift, told
from connectors.http.client import Answer, NoAnswer, said_in
from connectors.http.secrets import redact
from connectors.posting.answers import plain, text, values
from connectors.posting.calling import Caller, Draft
from connectors.posting.definition import Find, Posting, Step
from connectors.posting.finding import Found, comparison, found_in, is_part
from connectors.posting.prepared import Prepared

_READ_BACK = 3


class Result(StrEnum):
    """What became of an entry."""

    CREATED = "created"
    ALREADY_PRESENT = "already_present"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an entry, its document in the system, and how it came to that."""

    result: Result
    document: str = ""
    detail: str = ""
    taken: bool = False
    """Unknown, though the system said that it took it."""
    handed: bool = False
    """What is known is the file's: no ledger has said anything."""


Note = Callable[[str, bytes, bytes | None], None]
"""Note(step, sent, answered): called before each write with None, so that the attempt is on record before anything leaves; and with its answer."""

Taken = Callable[[str], None]
"""Taken(document): called as soon as the system has said that it took the entry, so that a process that dies before it is read back leaves that behind."""


@dataclass(frozen=True, slots=True)
class Before:
    """What earlier attempts came to."""

    seconds_since: int | None = None
    """Since the last one whose outcome is unknown."""
    rejections: int = 0
    """How often it was refused, which makes {round}: a vendor that replays its answers would replay the refusal."""
    taken: bool = False
    """The system said that it took it, and nobody has found it: as `document`, where it named one."""
    document: str = ""


_NEVER = Before()


class Poster:
    """Posts entries to one system."""

    def __init__(self, name: str, caller: Caller, definition: Posting) -> None:
        self._name, self._caller, self._definition = name, caller, definition

    def post(self, prepared: Prepared, note: Note, taken: Taken, *, earlier: Sequence[Prepared] = (), before: Before = _NEVER) -> Outcome:
        """Bring one entry into the ledger, or say why not. `earlier`: the entry as it was sent before, with other dates or lines. Raises SystemFault
        before any write."""
        standing = self.look_up(prepared, earlier)
        if standing is not None:
            return standing
        if before.taken and self._definition.settle_seconds:
            why = "the system took it, but our key does not find it: look for it there; it is not sent again unless it is withdrawn"
            return Outcome(Result.UNKNOWN, before.document, why, taken=True)
        seconds_since = before.seconds_since
        if seconds_since is not None and seconds_since < self._definition.settle_seconds:
            left = self._definition.settle_seconds - seconds_since
            return Outcome(Result.UNKNOWN, detail=f"an earlier attempt is not found yet; it may still be at work for {left} s: run this again then")
        kept = {"round": str(before.rejections)}
        document = ""
        for step in self._definition.steps:
            for line in prepared.lists["lines"] if step.per == "line" else ({},):
                filled = {**prepared.values, **kept, **line}
                if step.check is not None and (wrong := self._checked(step.check, prepared, filled)):
                    return Outcome(Result.REJECTED, detail=f"{step.name}: {wrong}")
                there = self._find(step.find, prepared, filled) if step.find else None
                if there is not None:
                    kept |= there.kept
                    continue
                refused, tree, document = self._write(step, prepared, filled, note, document)
                if refused is not None:
                    return refused
                kept |= {k: text(tree, path) for k, path in step.keep.items()}
        taken(document)
        return self._read_back(prepared, document)

    def look_up(self, prepared: Prepared, earlier: Sequence[Prepared] = ()) -> Outcome | None:
        """What the system already has under our key, as it is or as it was sent before: some systems find a key only among the entries of a day, and
        the same difference is proposed again with another one. None: nothing. Raises SystemFault where it cannot say."""
        found = [o for p in (prepared, *earlier) if (o := self._looked_up(p)) is not None]
        ours = list(dict.fromkeys(o for o in found if o.result is Result.ALREADY_PRESENT))
        if len(ours) > 1:
            return Outcome(Result.REJECTED, ";".join(o.document for o in ours), "the ledger has it more than once, on different days")
        return ours[0] if ours else found[0] if found else None

    def _looked_up(self, prepared: Prepared) -> Outcome | None:
        found = self._find(self._definition.find, prepared, prepared.values) if self._definition.find else None
        if found is None:
            return None
        find = cast(Find, self._definition.find)
        differing = comparison(found, prepared, find.inner or find)
        if differing:
            return Outcome(Result.REJECTED, found.document, f"the ledger has something else under our key: {differing}")
        return Outcome(Result.ALREADY_PRESENT, found.document, "" if found.is_done else self._definition.then)

    # ------------------------------------------------------------------------------------------------------------------ pieces
    def _checked(self, check: Find, prepared: Prepared, filled: Mapping[str, str]) -> str:
        """Why what stands there is not our entry; empty: it is."""
        found = self._find(check, prepared, filled)
        wrong = comparison(found, prepared, check) if found else "there is nothing"
        return f"what would be posted is not this entry, correct it in the system: {wrong}" if wrong else ""

    def _find(self, find: Find | None, prepared: Prepared, filled: Mapping[str, str]) -> Found | None:
        if find is None:
            return None
        draft = self._caller.draft(find, filled, prepared.lists)
        try:
            found = found_in(find, self._caller.read(draft, find.absent), filled)
        except Drift as drift:
            raise told(drift, self._name, f"source {self._name}, looking up {prepared.reference}") from None
        if found is None or find.inner is None:
            return found
        inner = self._find(find.inner, prepared, {**filled, **found.kept})
        return None if inner is None or is_part(inner, prepared, find.inner) else replace(inner, documents=found.documents, is_done=found.is_done)

    def _write(
        self, step: Step, prepared: Prepared, filled: Mapping[str, str], note: Note, document: str
    ) -> tuple[Outcome | None, Any, str]:  # fmt: skip
        """(refusal or unknown, answer, document) of one step; after 'later' it is looked up again before it is sent again."""
        draft = self._caller.draft(step, filled, prepared.lists)
        for attempt in range(self._caller.client.attempts):
            note(step.name, draft.body, None)
            try:
                answer = self._caller.write(draft)
            except NoAnswer as fault:
                return self._lost(prepared, f"no answer ({fault})"), None, document
            note(step.name, draft.body, answer.content)
            if self._caller.client.asks_to_wait(answer, attempt):
                standing = self.look_up(prepared)
                if standing is not None:
                    return standing, None, document
                continue
            if answer.status >= 500 or answer.status == 408:
                return self._lost(prepared, f"it answered {answer.status}{self._words(step, draft, answer)}"), None, document
            return self._judged(step, prepared, draft, answer, document)
        return Outcome(Result.REJECTED, detail="it took nothing: too many requests"), None, document

    def _judged(self, step: Step, prepared: Prepared, draft: Draft, answer: Answer, document: str) -> tuple[Outcome | None, Any, str]:
        try:
            tree = self._caller.tree(draft, answer)
            refusal = _refusal(step, answer, tree)
            number = _document(step, answer, tree)
        except Drift as drift:
            said = f"status {answer.status}, but {drift}{said_in(answer)}; look it up by running this again"
            return Outcome(Result.UNKNOWN, detail=redact(said)[:500]), None, document
        if refusal is None and step.document and not number.strip("0"):
            refusal = "it names no document"
        if refusal is not None and number.strip("0"):
            return self._lost(prepared, f"it names document {number}, but {refusal}"), tree, document
        if refusal is not None:
            why = _reasons(step, tree) or f"{refusal}{said_in(answer)}"
            return Outcome(Result.REJECTED, detail=redact(f"{step.name}: {why}")[:500]), tree, document
        return None, tree, number or document

    def _words(self, step: Step, draft: Draft, answer: Answer) -> str:
        """What the system itself says in an answer that tells nothing else."""
        try:
            why = _reasons(step, self._caller.tree(draft, answer))
        except Drift:
            why = ""
        return redact(f": {why}"[:400] if why else said_in(answer))

    def _lost(self, prepared: Prepared, why: str) -> Outcome:
        """Nobody knows whether it was taken: one look-up, else unknown."""
        standing = self.look_up(prepared)
        if standing is None:
            return Outcome(Result.UNKNOWN, detail=f"{why}, and our key is not found yet; run this again: it looks before it sends")
        if standing.result is Result.ALREADY_PRESENT:
            return Outcome(Result.CREATED, standing.document, "; ".join(n for n in (f"{why}; found by our key", standing.detail) if n))
        return standing

    def _read_back(self, prepared: Prepared, document: str) -> Outcome:
        for attempt in range(_READ_BACK):
            standing = self.look_up(prepared)
            if standing is not None and standing.result is Result.ALREADY_PRESENT:
                return Outcome(Result.CREATED, standing.document or document, standing.detail)
            if standing is not None:
                return standing
            time.sleep(1 << attempt)
        return Outcome(Result.UNKNOWN, document, "it was taken, but our key does not find it; run this again: it looks before it sends", taken=True)


def _refusal(step: Step, answer: Answer, tree: Any) -> str | None:
    """Why an answer means that nothing was taken; None: it was."""
    if not 200 <= answer.status < 300:
        return f"it answered {answer.status}"
    for path, wanted in step.success.items():
        said = [_word(v) for v in values(tree, path)]
        if not said or any(s != wanted.lower() for s in said):
            return f"{path} is {', '.join(said) or 'missing'}"
    grave = [int(v) for path in step.severity for v in values(tree, path) if str(v).isdigit() and int(v) >= step.refused_from]
    return f"it reports severity {max(grave)}" if grave else None


def _reasons(step: Step, tree: Any) -> str:
    said = (plain(v) for path in step.reasons for v in values(tree, path) if isinstance(v, str | Mapping))
    return "; ".join(dict.fromkeys(s for s in said if s.strip()))


def _word(value: object) -> str:
    """A value as it is compared; XML may write true as 1."""
    word = str(value).strip().lower()
    return {"1": "true", "0": "false"}.get(word, word)


def _document(step: Step, answer: Answer, tree: Any) -> str:
    if step.document_in_location:
        location = next((v for k, v in answer.headers.items() if k.lower() == "location"), "")
        return location.rstrip("/").rpartition("/")[2]
    return text(tree, step.document) if step.document and 200 <= answer.status < 300 else ""
