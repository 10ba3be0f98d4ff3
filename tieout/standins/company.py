"""A company's ledger moved from files into a stand-in: for `tieout demo --erp`, and for tests of whole closes."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

from assets.extraction import extract_days
from assets.workspace import Workspace
from core.errors import UsageFault
from tieout.standins.ledger import Ledger, ledger_of
from tieout.standins.vendor import Vendor
from tieout.standins.vendors import VENDORS

SOURCE = "erp"


def vendor(name: str, ledger: Ledger) -> Vendor:
    """The stand-in called `name`, holding the ledger. Raises UsageFault naming those there are."""
    if name in VENDORS:
        return VENDORS[name](ledger)
    raise UsageFault(f"there is no stand-in for {name}", "the command line", "the demo needs a system to read", f"tieout demo --erp {', '.join(VENDORS)}")


@contextmanager
def served(folder: Path, name: str) -> Iterator[None]:
    """While this lasts, the lines of inbox/erp come out of a stand-in; without a name nothing changes."""
    if not name:
        yield
        return
    files = sorted((folder / "inbox" / SOURCE).glob("ledger_line_*.csv"))
    ledger, days = ledger_of(files), sorted(date.fromisoformat(path.stem[12:22]) for path in files)
    chosen = vendor(name, ledger)
    for path in files:
        path.unlink()
        path.with_suffix(".control.json").unlink(missing_ok=True)
    chosen.prepare(folder / "exports" / SOURCE)
    with ExitStack() as open_things:
        if chosen.stand_in:
            open_things.enter_context(chosen.stand_in)
        secrets = Path(open_things.enter_context(tempfile.TemporaryDirectory(prefix="standin-")))
        for secret, value in chosen.files.items():
            (secrets / secret).write_text(value, encoding="utf-8")
        posted = [date.fromisoformat(row["posting_date"]) for _, row in ledger.lines] if chosen.by_posting_date else []
        with (folder / "tieout.toml").open("a", encoding="utf-8") as config:
            config.write(source_toml(name, chosen, min([*posted, days[0]]).isoformat(), secrets))
        open_things.enter_context(_environment({f"{SOURCE.upper()}_{k.upper()}": v for k, v in chosen.secrets.items()}))
        _read_each_evening(folder, days, chosen)
        yield


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """The credentials where a close looks for them, and only while the stand-in answers: what the process had before comes back."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _read_each_evening(folder: Path, days: Sequence[date], chosen: Vendor) -> None:
    """Read every day before the next one begins, as a nightly close would: what is entered later is not in the system yet."""
    workspace = Workspace(folder)
    for day in days:
        if chosen.stand_in:
            chosen.stand_in.today = day
        extract_days(workspace, day, day, only=SOURCE)


def source_toml(name: str, chosen: Vendor, start: str, secrets: Path) -> str:
    """What books say of the source."""
    url = chosen.stand_in.url if chosen.stand_in else ""
    lines = [
        "",
        "# Read from a stand-in while the demo ran: its address is gone, and the days that were read stand.",
        f"[sources.{SOURCE}]",
        f'kind = "{name}"',
        f"start = {start}",
        'deliver = ["line"]',
        f"settings = {_inline(chosen.settings)}",
        f"fields = {_inline(chosen.fields)}",
    ]
    if url:
        lines.append(f'url = "{url}"')
    if chosen.overlap_days is not None:
        lines.append(f"overlap_days = {chosen.overlap_days}")
    if chosen.dialect:  # of the exports only: what else lies in the source's inbox is written as the file drop is
        lines += [f"dialect = {_inline(chosen.dialect)}", "tables = { ledger_balance = {}, posting_manifest = {} }"]
    lines += [f"[sources.{SOURCE}.credentials]", f'kind = "{chosen.credentials}"']
    if chosen.token_path:
        lines.append(f'token_url = "{url}{chosen.token_path}"')
    if chosen.files:
        lines.append(f"secrets = {_inline({k: f'file:{secrets / k}' for k in chosen.files})}")
    return "\n".join(lines) + "\n"


def _inline(values: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f"{k} = {json.dumps(v)}" for k, v in values.items()) + " }"
