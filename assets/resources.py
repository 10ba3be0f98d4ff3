"""The books as a Dagster resource: one folder, opened once per process."""

from pathlib import Path

import dagster as dg

from assets.workspace import Workspace

_opened: dict[str, Workspace] = {}


class BooksResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Where the books are."""

    folder: str

    def workspace(self) -> Workspace:
        """The books this process has open; opened now if it has not."""
        if self.folder not in _opened:
            _opened[self.folder] = Workspace(Path(self.folder))
        return _opened[self.folder]


def remember(workspace: Workspace) -> None:
    """Use these already opened books, and the lease they hold, for the runs of this process."""
    _opened[str(workspace.folder)] = workspace
