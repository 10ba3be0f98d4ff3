"""Take the pictures of the README anew: the asset graph in Dagster and the morning page of the last closed day.

    python -m docs.pictures.take BOOKS

BOOKS are closed books of the sample company. Needs a browser (tests/ui/install).
"""

import sys
from pathlib import Path
from typing import Any

from tests.ui.dagster_services import interface, page

HERE = Path(__file__).parent


def asset_graph(address: str, shown: Any) -> None:
    """The graph without the frame of the application: the ledgers and the reconciliation opened, the other groups closed."""
    shown.goto(f"{address}/asset-groups", wait_until="domcontentloaded")
    for group in ("ledgers", "reconciliation"):
        shown.get_by_text(group, exact=True).last.wait_for()
        shown.wait_for_timeout(2500)
        shown.get_by_text(group, exact=True).last.click()
        shown.wait_for_timeout(2500)
        shown.reload(wait_until="domcontentloaded")  # only then the graph fits the window again
    shown.get_by_text("break_register").first.wait_for()
    shown.wait_for_timeout(5000)
    clip = {"x": 552, "y": 290, "width": 1340, "height": 1110}
    shown.screenshot(path=HERE / "asset_graph.png", animations="disabled", clip=clip)


def daily_report(file: Path, shown: Any) -> None:
    """The first screen of the page people open in the morning."""
    shown.goto(file.as_uri())
    shown.screenshot(path=HERE / "daily_report.png", animations="disabled")


def main(books: Path) -> None:
    """Both pictures from these books."""
    with page(1200, 800) as shown:
        daily_report(max((books / "reports").glob("*/daily.html")), shown)
    with interface(books) as running, page(1900, 1560) as shown:
        asset_graph(running.address, shown)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
