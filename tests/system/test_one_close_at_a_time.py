"""Two workspaces of one books folder: whoever was refused once is refused again as long as the other holds the books."""

from pathlib import Path

import pytest

from assets.workspace import Workspace
from core.errors import SystemFault
from tests.system.small_books import make


def test_a_refused_close_does_not_hold_the_books_at_its_second_attempt(tmp_path: Path) -> None:
    folder = make(tmp_path / "books")
    first, second = Workspace(folder), Workspace(folder)
    first.hold("the nightly run")
    for _ in range(2):
        with pytest.raises(SystemFault, match="the nightly run"):
            second.hold("a backfill")
    first.release()
    second.hold("a backfill")
    second.hold("a backfill")
    with pytest.raises(SystemFault, match="a backfill"):
        first.hold("the nightly run")
    second.release()
    for workspace in (first, second):
        workspace.store.dispose()
