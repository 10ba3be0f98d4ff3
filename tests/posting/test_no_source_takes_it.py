"""An entry of a ledger that no source posts to: whoever prepares or approves it is told why not, instead of meeting a fault of ours."""

from collections.abc import Callable
from pathlib import Path

import pytest

from assets.posting import Item, approve, prepare
from assets.workspace import Workspace
from core.errors import UsageFault
from tests.posting.adjustments import DAY, ENTRY
from tests.system.system_books import tieout


@pytest.mark.parametrize("act", [prepare, approve])
def test_what_no_source_takes_is_refused_with_its_reason(act: Callable[..., object], tmp_path: Path) -> None:
    books = tmp_path / "books"
    assert tieout("init", books).returncode == 0
    item = Item(ENTRY, "", None, ("no source takes entries of ledger main",), None)
    with pytest.raises(UsageFault, match="no source takes entries of ledger main"):
        act(Workspace(books), DAY, [item], "A. Preparer (made up)", "posted by hand elsewhere")
