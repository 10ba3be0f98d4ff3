"""`python -m benchmarks`: print the benchmark tables. See docs/benchmarks.md."""

import argparse
import platform
import tempfile
from pathlib import Path

from benchmarks import compare_files, event_ledger, member_balance, small_day
from benchmarks.process import busy


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Print the benchmark tables; seconds of wall clock and of processor.")
    parser.add_argument("--folder", type=Path, help="keep the books that are closed here; default: a temporary folder")
    parser.add_argument("--days", type=int, default=10, help="days of the backfill (10)")
    parser.add_argument("--rows", type=int, default=0, help="instead: compare files, balances, and events with the ledger, of so many rows")
    parser.add_argument("--share", type=float, default=0.005, help="share of planted differences (0.005)")
    parser.add_argument("--memory", default="4GB", help="what the engine may hold (4GB)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each; the one that used the processor least counts (3)")
    parser.add_argument("--datacompy", default="", help="the datacompy command; default: the one on the path, if any")
    parser.add_argument("--only", choices=("compare", "member_balance", "event_ledger"), help="of --rows, only this one")
    parser.add_argument("--peers", default="", help="an interpreter that has datacompy, pandas, polars and pyarrow, for member_balance")
    asked = parser.parse_args()
    if asked.rows:
        with tempfile.TemporaryDirectory() as temporary:
            show_rows(asked.folder or Path(temporary), asked)
        return
    if asked.folder is None:
        with tempfile.TemporaryDirectory() as temporary:
            show(Path(temporary), asked.days)
    else:
        show(asked.folder, asked.days)


def show_rows(folder: Path, asked: argparse.Namespace) -> None:
    """Run and print the benchmarks of comparing many rows."""
    print(f"{'':76}{'wall s':>8}{'cpu s':>8}{'GiB':>8}")
    for name, measure in (
        ("compare", compare_files.measure(folder, asked.rows, asked.repeats, asked.datacompy)),
        ("member_balance", member_balance.measure(folder, asked.rows, asked.share, asked.memory, asked.repeats, asked.peers)),
        ("event_ledger", event_ledger.measure(folder, asked.rows, asked.share, asked.memory, asked.repeats)),
    ):
        for what, figure in measure if asked.only in (None, name) else ():
            print(f"{what:76}{figure}", flush=True)
    print(busy())


def show(folder: Path, days: int) -> None:
    """Run and print every benchmark."""
    print(f"Small day, about {small_day.EVENTS} events; Python {platform.python_version()}, {platform.machine()}")
    print(f"{'':54}{'wall s':>8}{'cpu s':>8}")
    for what, figure in small_day.measure(folder, days):
        print(f"{what:54}{figure}", flush=True)


if __name__ == "__main__":
    main()
