"""`tieout init`: write books with comments, ready to run."""

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from core.errors import UsageFault, quoted
from core.match_rules import MODELS, shipped_text

FILES = {
    "tieout.toml": "tieout.toml",
    "chart_of_accounts.toml": "chart_of_accounts.toml",
    "programme.toml": "programmes/your-programme.toml",
    "tax_rules.csv": "tax_rules.csv",
    "tax_rates.csv": "tax_rates.csv",
    "escheat_rules.csv": "escheat_rules.csv",
}


@dataclass(frozen=True, slots=True)
class InitResult:
    """Books that were written, and what comes next."""

    folder: Path
    exit_code = 0

    @property
    def next_steps(self) -> tuple[str, ...]:
        return (
            f"Describe your programme in {self.folder / 'programmes' / 'your-programme.toml'}",
            f"Drop files as {self.folder / 'inbox'}/<source>/<table>_<YYYY-MM-DD>.csv (docs/tables.md lists the columns)",
            f"tieout close YYYY-MM-DD --books {quoted(self.folder)}",
        )

    def as_dict(self) -> dict[str, Any]:
        return {"books": str(self.folder), "next": list(self.next_steps)}

    def show(self) -> None:
        import typer

        typer.echo("\n".join([f"Books are ready in {self.folder}.", *(f"  {n}. {step}" for n, step in enumerate(self.next_steps, start=1))]))


def run(folder: Path) -> InitResult:
    """Make the books. Raises UsageFault rather than overwrite anything."""
    if (folder / "tieout.toml").exists():
        raise UsageFault("there are books already", str(folder), "init never overwrites", f"choose another folder, or: tieout doctor --books {quoted(folder)}")
    write_books(folder)
    return InitResult(folder)


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
