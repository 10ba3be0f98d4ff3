"""The books a benchmark closes: the sample company at a chosen size. What is measured on them does not belong here."""

import shutil
from datetime import date
from importlib import resources
from pathlib import Path

from tieout.commands.init import write_books
from tieout.sample.files import write_company

EVENTS_PER_MEMBER = 0.24
"""Events of an ordinary day per member of the main programme; the first day opens the books and has eight times as many."""

_TEMPLATES = (("demo_tieout.toml", "tieout.toml"), ("demo_orchard.toml", "programmes/orchard.toml"), ("demo_garten.toml", "programmes/garten.toml"))


def make_books(folder: Path, days: int, events_per_day: int, seed: int = 7) -> list[date]:
    """Fresh books of the sample company in `folder` (replaced); returns its business days."""
    shutil.rmtree(folder, ignore_errors=True)
    write_books(folder)
    (folder / "programmes" / "your-programme.toml").unlink()
    for template, target in _TEMPLATES:
        (folder / target).write_bytes(resources.files("tieout").joinpath("templates", template).read_bytes())
    business_days, _ = write_company(folder, days, round(events_per_day / EVENTS_PER_MEMBER), seed)
    return business_days
