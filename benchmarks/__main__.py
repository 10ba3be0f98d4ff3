"""`python -m benchmarks`: print the benchmark tables. See docs/benchmarks.md."""

import argparse
import platform
import tempfile
from pathlib import Path

from benchmarks import small_day


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Print the benchmark tables; seconds of wall clock and of processor.")
    parser.add_argument("--folder", type=Path, help="keep the books that are closed here; default: a temporary folder")
    parser.add_argument("--days", type=int, default=10, help="days of the backfill (10)")
    asked = parser.parse_args()
    if asked.folder is None:
        with tempfile.TemporaryDirectory() as temporary:
            show(Path(temporary), asked.days)
    else:
        show(asked.folder, asked.days)


def show(folder: Path, days: int) -> None:
    """Run and print every benchmark."""
    print(f"Small day, about {small_day.EVENTS} events; Python {platform.python_version()}, {platform.machine()}")
    print(f"{'':46}{'wall s':>8}{'cpu s':>8}")
    for what, figure in small_day.measure(folder, days):
        print(f"{what:46}{figure}", flush=True)


if __name__ == "__main__":
    main()
