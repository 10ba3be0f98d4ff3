"""How results look on a terminal."""

from decimal import Decimal
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from reports.words import money

if TYPE_CHECKING:
    from tieout.commands.close import CloseResult


def console() -> Console:
    """The terminal as it is; 160 columns where there is none, so that a pipe gets whole lines."""
    return Console() if Console().is_terminal else Console(width=160)


def show_close(result: "CloseResult") -> None:
    """The table of days, the units not attributed, and what to open."""
    screen = console()
    table = Table(title=result.extra.get("title", "Closed days"), title_justify="left", header_style="bold")
    for name in ("day", "events", "matched", "breaks by code", "liability", "tie-out", "time"):
        is_number = name in {"events", "matched", "liability", "time"}
        is_wide = name == "breaks by code"
        table.add_column(name, justify="right" if is_number else "left", no_wrap=not is_wide, min_width=24 if is_wide else None, ratio=1 if is_wide else None)
    for day in result.days:
        table.add_row(
            day.business_date.isoformat(),
            f"{day.events:,}",
            f"{day.matched:,}",
            " ".join(f"{code}×{n}" for code, n in day.breaks.items()) or "none",
            "\n".join(money(amount, currency) for currency, amount in day.liability.items()) or "0",
            "\n".join(f"{status.replace('_', ' ')} ×{n}" for status, n in day.tie_out.items()) or "not judged",
            "" if day.seconds is None else f"{day.seconds:.1f} s",
        )
    screen.print(table)
    missing = {name: sum((d.unattributed.get(name) or Decimal(0) for d in result.days), Decimal(0)) for name in ("lot", "ledger_entry", "tax_entry")}
    screen.print(
        f"Redeemed units without a lot: {missing['lot']:,.4f} · without a ledger entry: {missing['ledger_entry']:,.4f} · "
        f"without a tax entry: {missing['tax_entry']:,.4f} (each is listed: expected, or a break)",
        soft_wrap=True,
    )
    for day, told in result.extra.get("certification", {}).items():
        refused = told["refused"].get("day", {})
        screen.print(f"{day}: " + (f"not certified: {', '.join(refused)}" if refused else f"certified under policy {told['policy_version']}"), soft_wrap=True)
    if not result.closed:
        screen.print("Nothing had changed; every day stands on current input.")
    if result.days:
        last = result.folder / "reports" / result.days[-1].business_date.isoformat()
        screen.print("\nOpen:", soft_wrap=True)
        for name in ("daily.html", "liability.xlsx", "discrepancies.xlsx", "ledger_export.xlsx"):
            screen.print(f"  {last / name}", soft_wrap=True, highlight=False, markup=False)
