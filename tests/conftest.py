"""Order of the whole suite: what takes minutes begins first, so that the second worker is not left waiting for it at the end.

A file runs whole on one worker (`--dist loadfile`), so what its tests share is made once; marks of groups are not heard by this pytest.
"""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of minutes before the others; otherwise as collected."""
    items.sort(key=lambda item: item.get_closest_marker("minutes") is None)
