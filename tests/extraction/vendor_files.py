"""The vendors' own interface descriptions, where they are: $TIEOUT_VENDOR_SPECS, else beside the repository. Never part of the project."""

import os
from pathlib import Path

import pytest


def vendor_file(*parts: str) -> Path:
    """A vendor's file; skips where the collection is not here."""
    folder = Path(os.environ.get("TIEOUT_VENDOR_SPECS", Path(__file__).resolve().parents[3] / "shared" / "vendor_specs"))
    path = folder.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the vendors' descriptions are not here ({folder}; say where with TIEOUT_VENDOR_SPECS)")
    return path
