"""Order of the whole suite: what takes minutes begins first, so that the second worker is not left waiting for it at the end."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Groups (tests that share an expensive set-up) before single tests; otherwise as collected."""
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)
