"""`python -m benchmarks.detection`: precision and recall per break code on labelled companies, and false breaks in a clean one.

The company is the sample company at a chosen size, closed step by step as `tieout close` does, without reports and publishing. What is planted is known
(tieout/sample/plants.py, every_kind.py, period_kinds.py). A break that is not planted is a consequence where it is of a member something was planted for or
whose posting is in transit, or of an account's total in a company that is not clean; any other is false. What is measured here does not time anything.
"""

import argparse
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from assets import steps
from assets.plan import plan_range
from assets.workspace import Days, Workspace
from benchmarks.company import EVENTS_PER_MEMBER
from core.kinds import BREAK_CODES
from tieout.commands.close import run as close
from tieout.commands.demo import prepare
from tieout.commands.period import change
from tieout.commands.sign import run as sign
from tieout.sample.every_kind import EveryKind, Nothing
from tieout.sample.files import write_company
from tieout.sample.plants import Plants

Key = tuple[str, str, str]
"""code, pair, business key."""

FIRST_DAY = date(2026, 2, 28)
"""The last day of a period, which is closed before anything is planted."""
TOTALS = frozenset({"control_account", "ledger_roll"})


@dataclass(frozen=True, slots=True)
class Score:
    """One code: planted, found of them, found on the planted day, consequences of other plants, false."""

    planted: int
    found: int
    on_day: int
    consequences: int
    false: int

    @property
    def recall(self) -> str:
        return "" if not self.planted else f"{self.found / self.planted:.3f}"

    @property
    def precision(self) -> str:
        return "" if not self.found + self.false else f"{self.found / (self.found + self.false):.3f}"


_MADE: list[Plants] = []
"""What was planted for, so that consequences can be told from false breaks."""


class _Labelled(EveryKind):
    def plant(self) -> None:
        super().plant()
        _MADE.append(self)


def detect(folder: Path, days: int, events: int, times: int, seed: int = 7) -> dict[str, Score]:
    """Close a labelled company of about `events` events over `days` days; scores by code. `times` of each kind a week; 0: a clean company."""
    members = max(round(events / days / EVENTS_PER_MEMBER), 50)
    _Labelled.times = times
    _MADE.clear()
    shutil.rmtree(folder, ignore_errors=True)
    prepare(folder)
    business_days, truth = write_company(folder, days, members, seed, _Labelled if times else Nothing, FIRST_DAY)
    _close_period(folder)
    found = _found(folder, business_days)
    labels: dict[Key, date] = {}
    for day, code, pair, key in truth:
        labels.setdefault((code, pair, key), day)
    planted_for, totals = (_planted_for(_MADE[0]), TOTALS) if times else (set[str](), frozenset[str]())
    return {code: _score(code, labels, found, planted_for, totals) for code in BREAK_CODES}


def _score(code: str, labels: dict[Key, date], found: dict[Key, tuple[date, set[str]]], planted_for: set[str], totals: frozenset[str]) -> Score:
    wanted = {k: d for k, d in labels.items() if k[0] == code}
    hit = [k for k in wanted if k in found]
    rest = [k for k in found if k[0] == code and k not in wanted]
    caused = [k for k in rest if k[1] in totals or found[k][1] & planted_for]
    on_day = sum(1 for k in hit if found[k][0] == wanted[k])
    return Score(len(wanted), len(hit), on_day, len(caused), len(rest) - len(caused))


def _planted_for(plants: Plants) -> set[str]:
    """Members, by every name, and events something was planted for."""
    touched = set(plants.touched) | {row["member"].member_id for rows in plants.loose.values() for row in rows}
    touched |= {name for m in plants.trade.members if m.member_id in touched for name in (m.global_id, m.customer_id)}
    return touched | {k for _, _, _, k in plants.truth}


def _close_period(folder: Path) -> None:
    """Close the first day, have it signed by two, and close the period that ends with it: all as the commands do it."""
    close(folder, FIRST_DAY, FIRST_DAY, again=False, strict=False, quiet=True)
    for person, role in (("Ann Sample", "preparer"), ("Bob Sample", "reviewer")):
        sign(folder, FIRST_DAY, person, role, "")
    change(folder, "close", f"{FIRST_DAY:%Y-%m}", "Ann Sample", "", "")


def _found(folder: Path, days: list[date]) -> dict[Key, tuple[date, set[str]]]:
    """Every break of every day: first day, and the names it concerns."""
    workspace = Workspace(folder)
    workspace.hold("benchmark")
    try:
        planned = plan_range(workspace, days[1], days[-1], again=True)
        entered, _ = steps.take_in(workspace, planned)
        for step in (steps.LOTS, steps.VALUATION, steps.RECONCILIATION):
            broken = [f"{d}: {v}" for d, o in steps.perform(step, workspace, entered).items() for v in o.violations]
            if broken:
                raise AssertionError("\n".join(broken[:5]))
        return {k: (d, names) for k, d, names in _breaks(workspace, entered, days)}
    finally:
        workspace.release()
        workspace.store.dispose()


def _breaks(workspace: Workspace, entered: Days, days: list[date]) -> Iterator[tuple[Key, date, set[str]]]:
    paths = [str(p) for files in entered.files("break", days[0], days[-1]).values() for p in files]
    if not paths:
        return
    rows = duckdb.execute(
        """select code, pair, business_key, min(business_date), any_value(global_id), any_value(left_ref), any_value(right_ref)
        from read_parquet($paths, hive_partitioning = false) where status <> 'closed' group by all order by all""",
        {"paths": paths},
    ).fetchall()
    for code, pair, key, first, member, left, right in rows:
        names = {n for part in (key, member, left, right) if part for n in (part, *part.replace(";", "/").split("/"))}
        yield (code, pair, key), first, names


def show(scores: dict[str, Score]) -> None:
    """The table."""
    print(f"{'code':6} {'planted':>8}{'found':>8}{'on day':>8}{'recall':>8}{'caused':>8}{'false':>7}{'precision':>10}")
    for code, s in scores.items():
        if s.planted or s.false or s.consequences:
            print(f"{code:6} {s.planted:8}{s.found:8}{s.on_day:8}{s.recall:>8}{s.consequences:8}{s.false:7}{s.precision:>10}")
    missing = [code for code, s in scores.items() if not s.planted]
    print(f"not planted: {', '.join(missing) or 'none'}")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.detection", description="Precision and recall per break code, and false breaks in a clean month."
    )
    parser.add_argument("--events", type=int, default=10_000, help="events of the whole range (10 000)")
    parser.add_argument("--days", type=int, default=30, help="business days (30)")
    parser.add_argument("--times", type=int, default=2, help="how often a week each kind is planted (2)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="keep the books here; default: a temporary folder")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        print(f"Labelled company, about {asked.events} events over {asked.days} days, seed {asked.seed}")
        show(detect(folder / "labelled", asked.days, asked.events, asked.times, asked.seed))
        clean = detect(folder / "clean", asked.days, asked.events, 0, asked.seed)
        seen = Counter({code: s.false for code, s in clean.items() if s.false})
        print(f"clean company: {sum(seen.values())} false breaks {dict(seen) or ''}")


if __name__ == "__main__":
    main()
