"""Great-expectations controls: DuckDB counts violations, a suite made from `core.schema` judges the small frame of counts.

Importing great-expectations takes seconds, so a child process started with the close imports it behind the intake. Controls
show, they do not block: a day with wrong data still closes and its breaks block sign-off.
"""

import json
import subprocess
import sys
from datetime import date
from typing import Any, ClassVar

from core.errors import IntegrityFault
from core.schema import INPUTS, Table, Type
from core.sql import Session, literal


def expected_controls() -> dict[str, str]:
    """Control id -> what must be zero; the suite's whole catalogue."""
    return {control: meaning for declared in INPUTS for control, meaning, _ in _controls(declared)} | {
        "control_total.failed": "files whose stated rows or sums differ from what was read, or that were refused",
        "control_total.quarantined": "rows set aside",
    }


def _controls(declared: Table) -> list[tuple[str, str, str]]:
    """(control id, meaning, SQL condition of a violation) for one input table: what is required is there, what is closed is inside."""
    required = [c for c in declared.columns if c.required]
    absent = " or ".join(f'"{c.name}" is null' + (f" or \"{c.name}\" = ''" if c.type is Type.TEXT else "") for c in required)
    controls = [(f"{declared.name}.required", f"rows without {', '.join(c.name for c in required)}", absent)]
    closed = [c for c in declared.columns if c.words]
    if closed:
        outside = " or ".join(f"\"{c.name}\" not in ({', '.join(literal(w) for w in c.words)}, '')" for c in closed)
        controls.append((f"{declared.name}.vocabulary", f"rows whose {', '.join(c.name for c in closed)} is outside its vocabulary", outside))
    return controls


def count_violations(session: Session) -> dict[str, int]:
    """Violations of every control on the rows that entered today (`entered` views named as their tables) and today's control totals."""
    counts: dict[str, int] = {}
    for declared in INPUTS:
        controls = _controls(declared)
        columns = ", ".join(f'count(*) filter (where {condition}) as "{control}"' for control, _, condition in controls)
        counts |= session.fetch(f'select {columns} from "{declared.name}"')[0]
    counts["control_total.failed"] = int(session.value("select count(*) from control_total where status in ('failed', 'refused')"))
    counts["control_total.quarantined"] = int(session.value("select coalesce(sum(rows_quarantined), 0)::bigint from control_total"))
    return counts


class ControlWorker:
    """The child process that holds great-expectations."""

    _process: ClassVar[subprocess.Popen[str] | None] = None

    @classmethod
    def start(cls) -> None:
        """Begin importing now; returns at once."""
        if cls._process is None or cls._process.poll() is not None:
            cls._process = subprocess.Popen([sys.executable, "-m", "assets.control_judge"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    @classmethod
    def judge(cls, frames: dict[date, dict[str, int]]) -> dict[date, dict[str, Any]]:
        """The suite's verdict per day: {"success": bool, "failed": {control: count}}."""
        cls.start()
        process = cls._process
        if process is None or process.stdin is None or process.stdout is None:
            raise IntegrityFault("the control judge did not start", "assets.control_judge", "controls must be judged", "tieout doctor")
        answer, _ = process.communicate(json.dumps({d.isoformat(): f for d, f in frames.items()}))
        cls._process = None
        if process.returncode != 0:
            raise IntegrityFault("the control judge failed", "assets.control_judge", "controls must be judged", "python -m assets.control_judge; tieout doctor")
        verdicts: dict[str, dict[str, Any]] = json.loads(answer)
        return {date.fromisoformat(day): verdict for day, verdict in verdicts.items()}
