"""`tieout urr`: the redemption rates in force, what the last month end proposes, and a named approver's adoption of one.

Adoption writes a new [[urr]] version at the end of the programme file and nothing else; the next close posts its effect as an
entry of its own. What is estimated and how belongs to `ledgers.urr`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from assets.workspace import Workspace
from core.books import load_books
from core.errors import UsageFault, quoted
from core.kinds import EarnClass
from core.strict import read_text
from reports.words import money
from store.signatures import last_signed
from tieout.reading import open_workspace, published

ORDER = ("in_force", "proposed", "chain_ladder", "bornhuetter_ferguson")


@dataclass(frozen=True, slots=True)
class Adoption:
    """Who adopts which rate from when, and why."""

    programme_id: str
    rate: str
    effective: date
    approved_by: str
    reason: str
    cohort: str = ""
    earn_class: str = ""


@dataclass(frozen=True, slots=True)
class UrrResult:
    """Estimates as of the last close that made any, or the version that was written."""

    business_date: date | None
    estimates: list[dict[str, Any]]
    adopted: str = ""
    exit_code = 0

    def as_dict(self) -> dict[str, Any]:
        shown = [{k: str(v) if isinstance(v, Decimal) else v for k, v in r.items()} for r in self.estimates]
        return {"business_date": self.business_date.isoformat() if self.business_date else None, "estimates": shown, "adopted": self.adopted}

    def show(self) -> None:
        from rich.table import Table

        from tieout.commands.show import console

        screen = console()
        if self.adopted:
            screen.print(self.adopted, soft_wrap=True, highlight=False, markup=False)
            return
        title = f"Ultimate redemption rates as of {self.business_date} (a proposal changes nothing; adopt one with --adopt)"
        grid = Table("programme", "class", "cohort", "method", "issued", "redeemed", "ultimate", "rate", "liability", title=title)
        for r in self.estimates:
            owed = "" if r["liability_amount"] is None else money(r["liability_amount"], r["currency"])
            grid.add_row(
                r["programme_id"], r["earn_class"], r["cohort"] or "all", r["method"].replace("_", " "), f"{r['issued_points']:,.0f}",
                f"{r['redeemed_points']:,.0f}", f"{r['ultimate_points']:,.0f}", f"{r['urr']:.2%}", owed,
            )  # fmt: skip
        screen.print(grid)


def run(folder: Path, day: date | None, adoption: Adoption | None) -> UrrResult:
    """Show the estimates of a day (default: the last closed one that made proposals, else the last), or adopt a rate.

    Raises UsageFault for an unclosed day, an unknown programme, or an adoption without approver, reason or a rate between 0 and 1.
    """
    if adoption is not None:
        return UrrResult(None, [], adopt(folder, adoption))
    workspace = open_workspace(folder)
    with published(workspace, ("urr_estimate",), first=day, last=day) as session:
        found = session.value("select coalesce(max(business_date) filter (method = 'proposed'), max(business_date)) from urr_estimate")
        if found is None:
            raise UsageFault("no rate was in force yet", str(folder), "rates are estimated for cohorts that exist", "close a day with accruals first")
        rows = session.fetch("select * exclude (close_id) from urr_estimate where business_date = $day", day=found)
    rank = {m: n for n, m in enumerate(ORDER)}
    rows.sort(key=lambda r: (r["programme_id"], r["currency"], r["earn_class"], r["cohort"], rank.get(r["method"], len(rank)), r["method"]))
    return UrrResult(found, rows)


def adopt(folder: Path, adoption: Adoption) -> str:
    """Append the version to the programme's file; books that would no longer load are left as they were. Gives what was done in words."""
    for name in ("approved_by", "reason"):
        if not getattr(adoption, name).strip():
            raise UsageFault(
                f"--{name.replace('_', '-')} is empty", "the command line", "an estimate changes only in somebody's name and for a reason", "say it"
            )
    if adoption.earn_class and adoption.earn_class not in list(EarnClass):
        raise UsageFault(f"there is no earn class {adoption.earn_class}", "--earn-class", "a rate names a class that exists", ", ".join(EarnClass))
    path = _file_of(folder, adoption.programme_id)
    before = path.read_text(encoding="utf-8")
    lines = ["", "[[urr]]", f"effective = {adoption.effective.isoformat()}", f"rate = {_quoted(adoption.rate)}"]
    lines += [f"{k} = {_quoted(v)}" for k, v in (("cohort", adoption.cohort), ("earn_class", adoption.earn_class)) if v]
    lines += [f"approved_by = {_quoted(adoption.approved_by)}", f"reason = {_quoted(adoption.reason)}", ""]
    path.write_text(before.rstrip("\n") + "\n" + "\n".join(lines), encoding="utf-8")
    try:
        load_books(folder)
    except UsageFault:
        path.write_text(before, encoding="utf-8")
        raise
    named = " ".join(x for x in (adoption.earn_class, adoption.cohort) if x) or "all cohorts"
    signed = last_signed(Workspace(folder).store.closes())
    day = adoption.effective if signed is None or signed < adoption.effective else signed + timedelta(days=1)
    why = "" if day == adoption.effective else f" ({adoption.effective} is signed and stays as it is)"
    return (
        f"{path.name}: {adoption.rate} for {named} of {adoption.programme_id} from {adoption.effective}, approved by {adoption.approved_by}.\n"
        f"The close of {day} posts its effect as an entry of its own{why}: tieout close {day} --books {quoted(folder)}"
    )


def _file_of(folder: Path, programme_id: str) -> Path:
    """The file that declares a programme."""
    import tomllib

    for path in sorted((folder / "programmes").glob("*.toml")):
        if tomllib.loads(read_text(path)).get("id") == programme_id:
            return path
    known = ", ".join(p.id for p in load_books(folder).programmes)
    raise UsageFault(f"there is no programme {programme_id}", str(folder / "programmes"), "a rate belongs to a programme", f"one of: {known}")


def _quoted(text: str) -> str:
    """A TOML basic string."""
    import json

    return json.dumps(text, ensure_ascii=False)
