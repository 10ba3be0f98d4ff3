"""Reading what is published: sessions over whole closes only, for export, trace, explain and summaries."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from assets.workspace import INPUT_NAMES, PREFIX, Workspace
from core.errors import UsageFault
from core.schema import OUTPUTS, TABLES, Kind
from core.sql import Session
from ledgers import escheat, tax
from store.periods import KIND, open_day

DERIVED = frozenset({"lot", "tax_ledger", "escheat_schedule", "adjusting_entry"})
"""Tables no close writes: made when asked for, from what the closes wrote."""
EXPORTED = (*(t.name for t in OUTPUTS), *INPUT_NAMES)


def open_workspace(folder: Path) -> Workspace:
    """The books of a folder, with at least one closed day. Raises UsageFault otherwise."""
    workspace = Workspace(folder)
    if not workspace.store.closes():
        raise UsageFault("no day has been closed", str(folder), "only whole closes are read", "tieout close DATE")
    return workspace


@contextmanager
def published(
    workspace: Workspace, names: Iterable[str], *, first: date | None = None, last: date | None = None, as_of: datetime | None = None
) -> Iterator[Session]:
    """A session in which each named table is a view of its published rows, business_date and close_id in front."""
    with workspace.session() as session:
        for name in names:
            session.view(name, TABLES[name], workspace.store.files(name, first=first, last=last, as_of=as_of), prefix=PREFIX)
        yield session


@contextmanager
def derived(workspace: Workspace, table: str, day: date, as_of: datetime | None = None) -> Iterator[Session]:
    """A session with a derived table as it stood at the close of a day (as known at `as_of`)."""
    if table == "adjusting_entry":
        with adjustments_of(workspace, day, as_of) as session:
            yield session
        return
    if table != "tax_ledger":
        with lots_of(workspace, day, as_of) as session:
            if table == "escheat_schedule":
                escheat.schedule(session, day)
            yield session
        return

    with published(workspace, ("tax_entry", "tax_draft", "ledger_line"), last=day, as_of=as_of) as session:
        tax.period_ledger(session, day)
        yield session


@contextmanager
def lots_of(workspace: Workspace, day: date, as_of: datetime | None = None) -> Iterator[Session]:
    """A session with the table `lot` as it stood at the close of a day (as known at `as_of`): the last month-end schedule and the movements since."""
    from ledgers.lots import lot_state

    store = workspace.store
    before = date.fromordinal(day.toordinal() - 1)
    with workspace.session() as session:
        session.view("loyalty_event", TABLES["loyalty_event"], store.files("loyalty_event", last=day, as_of=as_of))
        for name in ("lot_schedule", "lot_issue", "lot_movement", "ledger_link", "cohort_state"):
            session.view(f"prior_{name}", TABLES[name], store.files(name, last=before, as_of=as_of))
            session.view(name, TABLES[name], store.files(name, first=day, last=day, as_of=as_of))
        lot_state(session, day)
        yield session


@contextmanager
def adjustments_of(workspace: Workspace, day: date, as_of: datetime | None = None) -> Iterator[Session]:
    """A session with the table `adjusting_entry` of a closed day (as known at `as_of`)."""
    from ledgers.adjusting import READS, propose

    store = workspace.store
    with workspace.session() as session:
        for name in READS:
            first = None if TABLES[name].kind is Kind.INPUT else day
            session.view(name, TABLES[name], store.files(name, first=first, last=day, as_of=as_of))
        propose(session, day, open_day(store.acts.rows(KIND), day))
        yield session
