"""Whatever decides a result is part of the code's version."""

from importlib import resources
from pathlib import Path

import pytest

from core.version import ROOMS, sources


@pytest.mark.parametrize("room", ROOMS)
def test_every_file_of_a_room_counts_and_nothing_compiled(room: str) -> None:
    with resources.as_file(resources.files(room)) as folder:
        found = {p.relative_to(folder).as_posix() for p in sources(Path(folder))}
        wanted = {p.relative_to(folder).as_posix() for s in ("py", "sql", "toml") for p in Path(folder).rglob(f"*.{s}")}
    assert wanted <= found
    assert not [name for name in found if name.endswith(".pyc")]


def test_shipped_match_rules_count() -> None:
    with resources.as_file(resources.files("core")) as folder:
        assert folder / "rules" / "event_ledger.toml" in sources(Path(folder))
