"""`tieout compare`: two files of any origin, no books needed."""

import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import UsageFault
from core.money import EXACT
from core.sql import Limits, Session, literal

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
        several = len(f.measures) > 1
        first: dict[str, object] = {"left": str(self.left), "right": str(self.right), "left rows": f.left_rows, "right rows": f.right_rows}
        for name, m in f.measures.items():
            of = f" of {name}" if several else " amount"
            net, gross = (f"net difference{of if several else ''} (left - right)", f"gross difference{of if several else ''}")
            first |= {f"left{of}": _short(m.left), f"right{of}": _short(m.right), net: _short(m.net_difference), gross: _short(m.gross_difference)}
            first[f"tolerance{of if several else ''} (of the larger side)"] = "exact" if m.tolerance is None else _percent(m.tolerance)
        return {**first, **{f"keys {status.replace('_', ' ')}": t.keys for status, t in f.classes.items()}, "keys in difference": f.breaks}

    def as_dict(self) -> dict[str, Any]:
        f = self.found
        return {
            "left": str(self.left), "right": str(self.right), "left_rows": f.left_rows, "right_rows": f.right_rows, "left_amount": format(f.left_amount, "f"),
            "right_amount": format(f.right_amount, "f"), "net_difference": format(f.net_difference, "f"), "gross_difference": format(f.gross_difference, "f"),
            "tolerance": str(f.tolerance), "classes": {status: t.keys for status, t in f.classes.items()}, "breaks": f.breaks,
            "is_equal": f.breaks == 0, "out": str(self.out) if self.out else None,
            "measures": {
                name: {
                    "left": format(m.left, "f"), "right": format(m.right, "f"), "net_difference": format(m.net_difference, "f"),
                    "gross_difference": format(m.gross_difference, "f"), "tolerance": None if m.tolerance is None else str(m.tolerance),
                }
                for name, m in f.measures.items()
            },
            "class_totals": {
                status: {"keys": t.keys, "left_rows": t.left_rows, "right_rows": t.right_rows, "net_difference": format(t.net_difference, "f")}
                for status, t in f.classes.items() if t.keys
            },
            "certified_keys": f.certified_keys,
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
            screen.print(f"Differences: {self.out}", soft_wrap=True, highlight=False, markup=False)


@dataclass(frozen=True, slots=True)
class Options:
    """What to compare, and how: columns as typed (joined by commas), tolerances, where to write, what the engine may use."""

    on: str
    amount: str
    points: str = ""
    tolerance: str = "0.01%"
    out: Path | None = None
    strict: bool = False
    exact: bool = False
    memory: str = "4GB"
    quiet: bool = False


def run(left: Path, right: Path, options: Options) -> CompareCommandResult:
    """Load both files as text, compare by key in exact decimals, write the differences. Raises UsageFault for unusable files or options."""
    from connectors.files.table_file import load_text
    from reconcilers.compare_files import compare_files

    for path in (left, right):
        if not path.is_file():
            raise UsageFault(f"there is no file {path}", "the command line", "both sides are needed", "check the path")
    if not re.fullmatch(r"\d+(\.\d+)?\s?[KMGT]i?B", options.memory):
        raise UsageFault(f"{options.memory!r} is no amount of memory", "--memory", "the comparison stays under it by spilling to disk", "--memory 2GB")
    on, amounts, points = _columns(options.on), _columns(options.amount), _columns(options.points)
    wanted, out, before = [*on, *amounts, *points], _form(options.out), _stamps(left, right)
    with tempfile.TemporaryDirectory() as scratch, _steps(options.quiet) as step:
        limits = Limits((left.resolve().parent, right.resolve().parent, Path(scratch)), options.memory, spill=Path(scratch) / "spill")
        with Session(limits) as session:
            for name, path in (("left_file", left), ("right_file", right)):
                step(f"reading {path.name}")
                _require(load_text(session, name, path, wanted=wanted), wanted, path)
            step(f"comparing {left.name} with {right.name} by {', '.join(on)}")
            found = compare_files(session, "left_file", "right_file", on, amounts, points, _tolerances(options.tolerance), exact=options.exact)
            if _stamps(left, right) != before:
                raise UsageFault("a file changed while it was compared", f"{left} or {right}", "parts of two versions would be mixed", "compare again")
            result = CompareCommandResult(left, right, found, options.out, options.strict)
            if options.out is not None:
                step(f"writing {options.out.name}")
                _write(session, result, options.out, out, Path(scratch))
    return result


def _stamps(*paths: Path) -> list[tuple[int, int]]:
    """Size and last change: files are read more than once."""
    return [(found.st_size, found.st_mtime_ns) for found in (path.stat() for path in paths)]


@contextmanager
def _steps(quiet: bool) -> Iterator[Callable[[str], None]]:
    """Say on the terminal what is being done; nothing where nobody looks."""
    if quiet or not sys.stderr.isatty():
        yield lambda _words: None
        return
    from rich.console import Console

    with Console(stderr=True).status("starting") as status:
        yield status.update


def _columns(text: str) -> list[str]:
    return [c for c in text.split(",") if c]


def _require(found: Sequence[str], wanted: Sequence[str], path: Path) -> None:
    missing = [c for c in wanted if c not in found]
    if missing:
        raise UsageFault(f"no column {', '.join(missing)}", f"{path}:1", "rows are compared by these columns", f"columns there: {', '.join(found)}")


def _tolerances(text: str) -> Fraction | Mapping[str, Fraction]:
    """One tolerance for every money column, or one for each: "amount=0.01%,tax=0"."""
    if "=" not in text:
        return _tolerance(text)
    named = {}
    for part in text.split(","):
        column, _, share = part.rpartition("=")
        if not column:
            raise UsageFault(
                f"{part!r} names no column", "--tolerance", "either one tolerance holds for all, or each is named", "--tolerance amount=0.01%,tax=0"
            )
        named[column.strip()] = _tolerance(share.strip())
    return named


def _tolerance(text: str) -> Fraction:
    """A share as an exact fraction: "0.01%" is 1/10 000; whether it can be used is the engine's to say."""
    try:
        number = Fraction(Decimal(text.removesuffix("%").strip()))
    except (InvalidOperation, ValueError, OverflowError):
        raise UsageFault(f"{text!r} is not a tolerance", "--tolerance", "money is compared to an exact fraction", "--tolerance 0.01%") from None
    return number / 100 if text.endswith("%") else number


def _percent(share: Fraction) -> str:
    return f"{Decimal(share.numerator) * 100 / Decimal(share.denominator):f}%"


def _short(number: Decimal) -> Decimal:
    """The same number with no more places than it needs, but at least two."""
    places = -int(number.normalize().as_tuple().exponent)
    return number.quantize(Decimal(1).scaleb(-max(places, 2)), context=EXACT)


def _form(out: Path | None) -> str:
    form = "" if out is None else out.suffix.lower().removeprefix(".")
    if out is not None and form not in ("xlsx", *_COPIES):
        raise UsageFault(f"{out.name} has no known ending", "--out", "the ending names the format", ".xlsx, .csv, .parquet or .json")
    return form


_COPIES = {"csv": "format csv, header", "json": "format json, array true", "parquet": "format parquet"}


def _write(session: Session, result: CompareCommandResult, out: Path, form: str, scratch: Path) -> None:
    if form == "xlsx":
        from reports.workbook import compare_workbook

        out.write_bytes(compare_workbook(session, result.summary()))
        return
    made = scratch / f"differences.{form}"
    session.statement(f"copy compare_difference to {literal(made)} ({_COPIES[form]})")
    shutil.copyfile(made, out)
