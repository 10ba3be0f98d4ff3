"""`tieout compare`: two files of any origin, no books needed."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import UsageFault
from core.sql import Limits, Session

if TYPE_CHECKING:
    from reconcilers.compare_files import CompareResult


@dataclass(frozen=True, slots=True)
class CompareCommandResult:
    """What was found, and where the differences were written."""

    left: Path
    right: Path
    found: "CompareResult"
    out: Path | None
    strict: bool

    @property
    def exit_code(self) -> int:
        return 1 if self.strict and self.found.breaks else 0

    def summary(self) -> dict[str, object]:
        """Words -> value, in reading order."""
        f = self.found
        return {
            "left": str(self.left), "right": str(self.right), "left rows": f.left_rows, "right rows": f.right_rows, "left amount": f.left_amount,
            "right amount": f.right_amount, "net difference (left - right)": f.net_difference, "gross difference": f.gross_difference,
            "tolerance (of the larger side)": f"{Decimal(f.tolerance.numerator) / Decimal(f.tolerance.denominator):%}",
            **{f"keys {status.replace('_', ' ')}": t.keys for status, t in f.classes.items()}, "keys in difference": f.breaks,
        }  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        f = self.found
        return {
            "left": str(self.left), "right": str(self.right), "left_rows": f.left_rows, "right_rows": f.right_rows, "left_amount": str(f.left_amount),
            "right_amount": str(f.right_amount), "net_difference": str(f.net_difference), "gross_difference": str(f.gross_difference),
            "tolerance": str(f.tolerance), "classes": {status: t.keys for status, t in f.classes.items()}, "breaks": f.breaks,
            "is_equal": f.breaks == 0, "out": str(self.out) if self.out else None,
        }  # fmt: skip

    def show(self) -> None:
        from tieout.commands.show import console

        screen = console()
        for words, value in self.summary().items():
            if value or not words.startswith("keys "):
                shown = f"{value:,}" if isinstance(value, int | Decimal) else str(value)
                screen.print(f"{words:32} {shown}", soft_wrap=True, highlight=False, markup=False)
        screen.print("In agreement." if not self.found.breaks else f"{self.found.breaks:,} keys differ.")
        if self.out:
            screen.print(f"Differences: {self.out}", soft_wrap=True, highlight=False)


def run(left: Path, right: Path, on: Sequence[str], amount: str, points: str | None, tolerance: str, out: Path | None, *, strict: bool) -> CompareCommandResult:
    """Load both files as text, compare by key in exact decimals, write the differences. Raises UsageFault for unusable files or options."""
    from connectors.files.table_file import load_text
    from reconcilers.compare_files import compare_files

    for path in (left, right):
        if not path.is_file():
            raise UsageFault(f"there is no file {path}", "the command line", "both sides are needed", "check the path")
    with tempfile.TemporaryDirectory() as scratch, Session(Limits((left.resolve().parent, right.resolve().parent, Path(scratch)))) as session:
        for name, path in (("left_file", left), ("right_file", right)):
            _require(load_text(session, name, path), [*on, amount, *([points] if points else [])], path)
        found = compare_files(session, "left_file", "right_file", on, amount, points, _tolerance(tolerance))
        result = CompareCommandResult(left, right, found, out, strict)
        if out is not None:
            _write(session, result.summary(), out, Path(scratch))
    return result


def _require(found: Sequence[str], wanted: Sequence[str], path: Path) -> None:
    missing = [c for c in wanted if c not in found]
    if missing:
        raise UsageFault(f"no column {', '.join(missing)}", f"{path}:1", "rows are compared by these columns", f"columns there: {', '.join(found)}")


def _tolerance(text: str) -> Decimal:
    """A share as an exact fraction: "0.01%" is 0.0001; whether it can be used is the engine's to say."""
    try:
        number = Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        raise UsageFault(f"{text!r} is not a tolerance", "--tolerance", "money is compared to an exact fraction", "--tolerance 0.01%") from None
    return number.scaleb(-2) if text.endswith("%") else number


def _write(session: Session, summary: dict[str, object], out: Path, scratch: Path) -> None:
    form = out.suffix.lower().removeprefix(".")
    if form == "xlsx":
        from reports.workbook import compare_workbook

        out.write_bytes(compare_workbook(session, summary))
    elif form in {"csv", "json", "parquet"}:
        options = {"csv": "format csv, header", "json": "format json, array true", "parquet": "format parquet"}[form]
        session.statement(f"copy compare_difference to '{scratch / out.name}' ({options})")
        out.write_bytes((scratch / out.name).read_bytes())
    else:
        raise UsageFault(f"{out.name} has no known ending", "--out", "the ending names the format", ".xlsx, .csv, .parquet or .json")
