"""`tieout init`: write books with comments, ready to run."""

from importlib import resources
from pathlib import Path

from core.errors import UsageFault
from core.match_rules import MODELS, shipped_text

FILES = {
    "tieout.toml": "tieout.toml",
    "chart_of_accounts.toml": "chart_of_accounts.toml",
    "programme.toml": "programmes/your-programme.toml",
    "tax_rules.csv": "tax_rules.csv",
    "tax_rates.csv": "tax_rates.csv",
    "escheat_rules.csv": "escheat_rules.csv",
}


def run(folder: Path) -> str:
    """Make the books. Raises UsageFault rather than overwrite anything."""
    if (folder / "tieout.toml").exists():
        raise UsageFault("there are books already", str(folder), "init never overwrites", f"choose another folder, or: tieout doctor --books {folder}")
    write_books(folder)
    return (
        f"Books are ready in {folder}.\n"
        f"  1. Describe your programme in {folder / 'programmes' / 'your-programme.toml'}\n"
        f"  2. Drop files as {folder / 'inbox'}/<source>/<table>_<YYYY-MM-DD>.csv (docs/tables.md lists the columns)\n"
        f"  3. tieout close YYYY-MM-DD --books {folder}"
    )


def write_books(folder: Path) -> None:
    """Every file of the contract's section 1, and the empty folders."""
    for source, target in FILES.items():
        path = folder / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(resources.files("tieout").joinpath("templates", source).read_bytes())
    for pair in MODELS:
        path = folder / "match_rules" / f"{pair}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(shipped_text(pair), encoding="utf-8")
    for name in ("inbox", "reports"):
        (folder / name).mkdir(exist_ok=True)
