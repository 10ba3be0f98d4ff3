"""`tieout demo`: make the sample company, close its days, say where to look."""

import shutil
from importlib import resources
from pathlib import Path

from core.errors import UsageFault
from tieout.commands.close import CloseResult
from tieout.commands.init import write_books

MARK = ".sample"


def run(folder: Path, days: int, members: int, seed: int, *, quiet: bool, erp: str = "") -> CloseResult:
    """A fresh sample company in `folder`; an earlier one there is replaced, anything else is left alone (UsageFault).

    `erp`: the main ledger's lines come out of a stand-in for that system, over HTTP, as they would from the real one.
    """
    from tieout.commands.close import run as close
    from tieout.sample.files import write_company
    from tieout.standins.company import served

    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).is_file():
            raise UsageFault(f"{folder} is not empty", str(folder), "the demo never overwrites books of yours", "tieout demo another-folder")
        shutil.rmtree(folder)
    prepare(folder)
    (folder / MARK).write_text(f"seed {seed}, {members} members, {days} days\n", encoding="utf-8")
    business_days, truth = write_company(folder, days, members, seed)
    with served(folder, erp):
        result = close(folder, business_days[0], business_days[-1], again=False, strict=False, quiet=quiet)
    result.extra = {"title": f"Sample company, seed {seed}: {len(truth)} breaks planted (truth.csv)", "planted": len(truth)}
    return result


def prepare(folder: Path) -> None:
    """The sample company's books before anything is delivered."""
    write_books(folder)
    (folder / "programmes" / "your-programme.toml").unlink()
    for template, target in (
        ("demo_tieout.toml", "tieout.toml"),
        ("demo_orchard.toml", "programmes/orchard.toml"),
        ("demo_garten.toml", "programmes/garten.toml"),
    ):
        (folder / target).write_bytes(resources.files("tieout").joinpath("templates", template).read_bytes())
