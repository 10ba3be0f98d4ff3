"""`tieout decide`: what people decide about breaks, one by one or from the discrepancy workbook. All of it is taken or none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from assets.workspace import Workspace
from core.errors import UsageFault, quoted
from core.kinds import DecisionAction
from core.sql import literal
from reconcilers.decisions import Asked, objections
from reports.discrepancies import row_hash_sql
from store.decisions import Decision, record, table_rows
from tieout.reading import open_workspace, published


@dataclass(frozen=True, slots=True)
class Wanted:
    """A decision asked for: where it was written, for which break (as its row stood, by hash; empty: as it stands now), and what."""

    place: str
    break_id: str
    row_hash: str
    asked: Asked
    cells: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class DecideResult:
    """What was recorded and from which day it holds."""

    folder: Path
    taken: list[Decision]
    known: int
    overtaken: tuple[str, ...] = ()
    """Rows of a file that had been taken before and about which somebody decided otherwise since: that stands."""

    exit_code = 0

    def as_dict(self) -> dict[str, Any]:
        rows = [{"break_id": d.break_id, "action": d.action, "effective_date": d.effective_date.isoformat(), "by": d.decided_by} for d in self.taken]
        first = self.first.isoformat() if self.first else None
        return {"taken": rows, "known_before": self.known, "decided_otherwise_since": list(self.overtaken), "close_again_from": first}

    @property
    def first(self) -> date | None:
        return min((d.effective_date for d in self.taken), default=None)

    def show(self) -> None:
        from tieout.commands.show import console

        screen = console()
        for d in self.taken:
            screen.print(f"{d.code} {d.business_key}: {d.action} by {d.decided_by}, from {d.effective_date}", soft_wrap=True, markup=False, highlight=False)
        if self.known:
            screen.print(f"{self.known} had been taken before and were left as they are.")
        for place in self.overtaken:
            screen.print(f"{place} was decided otherwise since, which stands: tieout decide BREAK_ID decides again.", soft_wrap=True, markup=False)
        if self.first:
            screen.print(
                f"They act when the day is closed: tieout close {self.first} --books {quoted(self.folder)}", soft_wrap=True, markup=False, highlight=False
            )


def run_one(folder: Path, break_ids: Sequence[str], asked: Asked, on: date | None) -> DecideResult:
    """Decide about breaks as they stand now, or stood on `on`: the business date from which it holds; else the last closed day, if it is not signed."""
    return _decide(folder, [Wanted(f"break {b}", b, "", asked) for b in dict.fromkeys(break_ids)], on)


def run_file(folder: Path, path: Path, on: date | None, person: str) -> DecideResult:
    """Take the filled-in decision columns of a discrepancy workbook; `person` decides where a row names nobody."""
    from tieout.commands.decide_sheet import read_decisions

    return _decide(folder, read_decisions(path, person), on, where=path)


def first_open_day(workspace: Workspace) -> date:
    """The day after the last signed one; without any, the first closed day."""
    closes = workspace.store.closes()
    signed = [d for d, c in closes.items() if c.status == "signed"]
    return max(signed) + timedelta(days=1) if signed else min(closes)


def _decide(folder: Path, wanted: Sequence[Wanted], on: date | None, *, where: Path | None = None) -> DecideResult:
    workspace = open_workspace(folder)
    opened = first_open_day(workspace)
    if on is not None and on < opened:
        raise UsageFault(f"{on} is signed", "--date", "a signed day never changes", f"choose {opened} or a later day")
    rows = _standing(workspace, [w.break_id for w in wanted])
    acts = workspace.store.acts
    earlier = _by_break(r for day in table_rows(acts.rows("decision")).values() for r in day)
    taken: list[Decision] = []
    taken_of: dict[str, list[Decision]] = {}
    refused: list[str] = []
    overtaken: list[str] = []
    known = 0
    for w in wanted:
        history = rows.get(w.break_id, [])
        about, above = earlier.get(w.break_id, []), taken_of.setdefault(w.break_id, [])
        seen = _seen(history, w, on)
        row = _decided_row(w, about) if isinstance(seen, str) else seen
        decision = _decision(w, row, max(on or row.get("business_date", opened), opened)) if row else None
        if decision and _is_known(decision, about, is_row=bool(w.row_hash)):
            known += 1
            overtaken += [w.place] if not _is_known(decision, about, is_row=False) else []
            continue
        if isinstance(seen, str) or decision is None:
            refused.append(f"{w.place}: {seen}")
            continue
        standing = _row_on(history, decision.effective_date)
        faults = objections(_dated(w.asked, decision.effective_date), standing, [*about, *_as_rows(above)], workspace.books.file.break_work)
        faults += _twice(decision, above)
        refused += [f"{w.place}: {fault}" for fault in faults]
        taken.append(decision)
        above.append(decision)
    if refused:
        raise UsageFault(
            "nothing is decided:" + (f" {refused[0]}" if len(refused) == 1 else "".join(f"\n  - {r}" for r in refused)), str(where or folder),
            "a decision is somebody's, for one difference, as it stands", "correct them and run the command again",
        )  # fmt: skip
    if taken:
        record(acts, taken)
    return DecideResult(folder, taken, known, tuple(overtaken))


def _standing(workspace: Workspace, break_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Every published row of the breaks, oldest first, each with the hash its workbook row shows."""
    ids = ", ".join(literal(b) for b in sorted(set(break_ids)))
    found: dict[str, list[dict[str, Any]]] = {}
    if not ids:
        return found
    with published(workspace, ("break",)) as session:
        for row in session.fetch(f'select *, {row_hash_sql()} as row_hash from "break" where break_id in ({ids}) order by business_date'):
            found.setdefault(row["break_id"], []).append(row)
    return found


def _row_on(history: Sequence[dict[str, Any]], day: date | None) -> dict[str, Any]:
    """The break as it stood on a day: what closed later was open then, and an unsigned day may still need the decision."""
    return next((r for r in reversed(history) if day is None or r["business_date"] <= day), history[-1])


def _seen(history: Sequence[dict[str, Any]], wanted: Wanted, on: date | None) -> dict[str, Any] | str:
    """The row the person saw, or why there is none."""
    from tieout.commands.decide_sheet import edited_cell

    if not history:
        return f"no close knows a break {wanted.break_id!r}"
    if not wanted.row_hash:
        return _row_on(history, on)
    row = next((r for r in reversed(history) if r["row_hash"] == wanted.row_hash), None)
    if row is None:
        return f"break {wanted.break_id} was not shown like this by any close that stands: its hash was changed, or the day has been closed again since"
    changed = edited_cell(row, wanted.cells or {})
    return f"{changed} was edited; only the decision columns may be filled in" if changed else row


def _decided_row(wanted: Wanted, about: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """What was decided about a row that no close shows any more: since the day took the decision in, it shows it, and the row has another hash."""
    return next((r for r in about if wanted.row_hash and r["row_hash"] == wanted.row_hash), None)


def _decision(wanted: Wanted, row: Mapping[str, Any], effective: date) -> Decision:
    asked = wanted.asked
    return Decision(
        break_id=row["break_id"], action=asked.action, effective_date=effective, decided_by=" ".join(asked.decided_by.split()), reason=asked.reason.strip(),
        pair=row["pair"], code=row["code"], business_key=row["business_key"], programme_id=row["programme_id"], currency=row["currency"],
        queue=asked.queue or None, until=asked.until, approved_by=" ".join(asked.approved_by.split()) or None, evidence=asked.evidence.strip() or None,
        difference_points=str(row["difference_points"]), difference_amount=str(row["difference_amount"]), row_hash=row["row_hash"],
    )  # fmt: skip


def _dated(asked: Asked, effective: date) -> Asked:
    from dataclasses import replace

    return replace(asked, effective_date=effective)


def _by_break(rows: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Decisions by the break they are about, in the order in which they were made."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda r: r["sequence"]):
        found.setdefault(row["break_id"], []).append(row)
    return found


def _as_rows(taken: Sequence[Decision]) -> list[dict[str, Any]]:
    return [{"action": d.action, "decided_by": d.decided_by} for d in taken]


def _kind(action: str) -> str:
    """What a decision is about; of one kind the last holds."""
    return action if action in (DecisionAction.ASSIGNED, DecisionAction.NOTED) else "status"


def _twice(decision: Decision, taken: Sequence[Decision]) -> list[str]:
    """Two rows of one file that decide the same thing about one break (`taken`: in rows above): the order of rows must not decide which holds."""
    rivals = [d for d in taken if _kind(d.action) == _kind(decision.action)]
    if not rivals or decision.action == DecisionAction.NOTED or (rivals[-1].action, decision.action) == (DecisionAction.PROPOSED, DecisionAction.APPROVED):
        return []
    return [f"the break is decided twice: {rivals[-1].action} in a row above, {decision.action} here"]


def _is_known(decision: Decision, about: Sequence[Mapping[str, Any]], *, is_row: bool) -> bool:
    """Whether it had been decided before. A row of a file handed in again never decides again; a person who says it again after somebody
    decided otherwise does, for only the last decision of a kind holds."""
    rivals = [r for r in about if _kind(r["action"]) == _kind(decision.action)]
    asked_for = rivals if is_row or decision.action == DecisionAction.NOTED else rivals[-1:]
    return any(_is_same(decision, r) for r in asked_for)


_SAME = ("action", "decided_by", "approved_by", "reason", "queue", "evidence", "row_hash")


def _is_same(decision: Decision, row: Mapping[str, Any]) -> bool:
    """The same decision about the same row of the register: a file handed in twice decides once."""
    until = decision.until.isoformat() if decision.until else None
    return all((getattr(decision, name) or None) == (row.get(name) or None) for name in _SAME) and until == row.get("until")
