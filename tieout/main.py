"""`tieout`: the commands of the contract. Heavy imports happen inside commands, so that `--help` is instant."""

import json
import os
import sys
import traceback
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NoReturn, Optional

import typer

from core.errors import Fault, UsageFault
from tieout import failing
from tieout.typed import books_folder, business_date, date_range, days_of, file_to_write

_UsageError: Any = typer.BadParameter.__mro__[2]
"""The command line library's own base of all misuse errors."""

app = typer.Typer(
    name="tieout",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

BooksOption = Annotated[Optional[Path], typer.Option("--books", help="The books folder; else $TIEOUT_BOOKS, else ./books.")]  # noqa: UP045
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable result on standard output.")]
StrictOption = Annotated[bool, typer.Option("--strict", help="Exit 1 if breaks block sign-off.")]
DayArgument = Annotated[str, typer.Argument(metavar="DATE", help="Business date, YYYY-MM-DD.")]


def _tell_version(asked: bool) -> None:
    if asked:
        from core.version import code_version

        typer.echo(f"tieout {code_version()}")
        raise typer.Exit


@app.callback()
def everywhere(
    version: Annotated[bool, typer.Option("--version", help="The version of the code, and exit.", callback=_tell_version, is_eager=True)] = False,
) -> None:
    """Reconcile loyalty balances with the ledgers, follow every redeemed unit, value what is owed."""


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to make the sample company's books.")] = Path("books"),
    days: Annotated[int, typer.Option(min=1, max=366, help="Business days to make and close.")] = 7,
    members: Annotated[int, typer.Option(min=10, max=1_000_000, help="Members of the main programme.")] = 2000,
    seed: Annotated[int, typer.Option(help="Same seed, same company, same bytes.")] = 7,
    erp: Annotated[
        str, typer.Option(help="Read the main ledger from a stand-in for this system (netsuite, sap_s4hana, ...; a wrong name lists them all).")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Make a sample company, close its days, and say what to open."""
    from tieout.commands.demo import run

    _finish(run(folder.resolve(), days, members, seed, quiet=as_json, erp=erp), as_json)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make; must not hold books yet.")],
    as_json: JsonOption = False,
) -> None:
    """Write books with comments, ready to run."""
    from tieout.commands.init import run

    _finish(run(folder.resolve()), as_json)


@app.command()
def close(day: DayArgument, books: BooksOption = None, strict: StrictOption = False, as_json: JsonOption = False) -> None:
    """Close one business day: extract, reconcile, value, report."""
    from tieout.commands.close import run

    chosen = business_date(day)
    _finish(run(books_folder(books), chosen, chosen, again=True, strict=strict, quiet=as_json), as_json)


@app.command()
def extract(
    day: DayArgument,
    source: Annotated[str, typer.Option("--source", help="Only this source.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Read anew what was read already; the earlier reading is kept as evidence.")] = False,
    books: BooksOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read the source systems for one day, without closing it."""
    from tieout.commands.extract import run

    _finish(run(books_folder(books), business_date(day), source, again=again), as_json)


@app.command()
def backfill(
    first: Annotated[str, typer.Argument(metavar="FROM", help="First business date, YYYY-MM-DD.")],
    last: Annotated[str, typer.Argument(metavar="TO", help="Last business date.")],
    books: BooksOption = None,
    strict: StrictOption = False,
    as_json: JsonOption = False,
) -> None:
    """Close a range, day after day.

    Days that already stand on current input are not taken again, so a backfill that was stopped goes on where it was.
    """
    from tieout.commands.close import run

    _finish(run(books_folder(books), *days_of(first, last), again=False, strict=strict, quiet=as_json), as_json)


@app.command()
def compare(
    left: Annotated[Path, typer.Argument(metavar="LEFT", help="CSV, Parquet or XLSX.")],
    right: Annotated[Path, typer.Argument(metavar="RIGHT", help="CSV, Parquet or XLSX.")],
    on: Annotated[str, typer.Option("--on", help="Key columns, joined by commas.")],
    amount: Annotated[str, typer.Option("--amount", help="Money columns, joined by commas.")],
    points: Annotated[Optional[str], typer.Option("--points", help="Points columns, joined by commas; always exact.")] = None,  # noqa: UP045
    tolerance: Annotated[str, typer.Option("--tolerance", help='Share of the larger side, "0.01%", or one for each: "net=0.01%,tax=0".')] = "0.01%",
    out: Annotated[Optional[Path], typer.Option("--out", help="Write the differences: .xlsx, .csv, .parquet or .json.")] = None,  # noqa: UP045
    memory: Annotated[str, typer.Option("--memory", help="What the comparison may hold in memory; more is spilled to disk.")] = "4GB",
    exact: Annotated[bool, typer.Option("--exact", help="Read every key exactly, without checksums first.")] = False,
    strict: StrictOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compare two files of any origin; no books needed."""
    from tieout.commands.compare import Options, run

    _finish(run(left, right, Options(on, amount, points or "", tolerance, file_to_write(out), strict, exact, memory, as_json)), as_json)


@app.command()
def export(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A table of docs/tables.md, for example break or allocation; a wrong name lists them all.")],
    day: Annotated[Optional[str], typer.Option("--date", metavar="D", help="Only this business date.")] = None,  # noqa: UP045
    first: Annotated[Optional[str], typer.Option("--from", metavar="D", help="First business date; without any date, every closed day.")] = None,  # noqa: UP045
    last: Annotated[Optional[str], typer.Option("--to", metavar="D", help="Last business date.")] = None,  # noqa: UP045
    form: Annotated[str, typer.Option("--format", help="csv, parquet, json or xlsx.")] = "csv",
    out: Annotated[Optional[Path], typer.Option("--out", metavar="FILE", help="Write here instead of to standard output.")] = None,  # noqa: UP045
    as_of: Annotated[Optional[str], typer.Option("--as-of", metavar="INSTANT", help="As known then: 2026-03-31T18:00:00Z.")] = None,  # noqa: UP045
    books: BooksOption = None,
) -> None:
    """Rows of one table: a day, a range, or every closed day."""
    from tieout.commands.export import run

    if day and (first or last):
        raise UsageFault("both a day and a range are asked for", "the command line", "one of them would be passed over", "either --date D, or --from D --to D")
    run(books_folder(books), table, *date_range(day or first, day or last), form, file_to_write(out), as_of)


@app.command("roll-forward")
def roll_forward(
    first: Annotated[str, typer.Option("--from", metavar="D", help="First day; the range opens at its opening.")],
    last: Annotated[str, typer.Option("--to", metavar="D", help="Last day; the range closes at its closing.")],
    by: Annotated[str, typer.Option("--by", help="company, programme, currency, earn_class, cohort, joined by commas.")] = (
        "company,programme,currency,earn_class,cohort"
    ),
    form: Annotated[str, typer.Option("--format", help="csv, parquet or json.")] = "csv",
    out: Annotated[Optional[Path], typer.Option("--out", metavar="FILE", help="Write here instead of to standard output.")] = None,  # noqa: UP045
    books: BooksOption = None,
) -> None:
    """Opening to closing of a range, by any grouping.

    With the revenue released out of its opening balance.
    """
    from tieout.commands.roll_forward import run

    run(books_folder(books), *days_of(first, last), by, form, file_to_write(out))


@app.command()
def trace(
    event_id: Annotated[str, typer.Argument(metavar="EVENT_ID", help="event_id of a loyalty event.")], books: BooksOption = None, as_json: JsonOption = False
) -> None:
    """Follow one event to lots, ledger and tax, and back.

    Redemption → lots → accruals → ledger lines → tax entries; from an accrual, who used it.
    """
    from tieout.commands.trace import run

    _finish(run(books_folder(books), event_id), as_json)


@app.command()
def explain(
    break_id: Annotated[str, typer.Argument(metavar="BREAK_ID", help="break_id of the reports and of: tieout export break.")],
    books: BooksOption = None,
    as_json: JsonOption = False,
) -> None:
    """Why a break is a break: both sides, rules tried, history.

    With the nearest candidates and the fields that differ.
    """
    from tieout.commands.explain import run

    _finish(run(books_folder(books), break_id), as_json)


@app.command()
def decide(
    break_ids: Annotated[Optional[list[str]], typer.Argument(metavar="BREAK_ID", help="One or more break_ids.")] = None,  # noqa: UP045
    action: Annotated[str, typer.Option("--as", help="explained, accepted, suppressed, proposed, approved, assigned, noted or withdrawn.")] = "",
    person: Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides.")] = "",
    reason: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, as an auditor should read it.")] = "",
    approver: Annotated[str, typer.Option("--approved-by", metavar="NAME", help="The second person, where policy asks for one.")] = "",
    queue: Annotated[str, typer.Option("--queue", help="assigned: finance, tech_support or security.")] = "",
    until: Annotated[Optional[str], typer.Option("--until", metavar="D", help="suppressed: the last day it holds.")] = None,  # noqa: UP045
    evidence: Annotated[Optional[list[str]], typer.Option("--evidence", metavar="LINK", help="Where the proof lies; may be repeated.")] = None,  # noqa: UP045
    on: Annotated[Optional[str], typer.Option("--date", metavar="D", help="Business date from which it holds.")] = None,  # noqa: UP045
    file: Annotated[Optional[Path], typer.Option("--from", metavar="FILE", help="discrepancies.xlsx with its decision columns filled in.")] = None,  # noqa: UP045
    books: BooksOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide about breaks: who, what, why.

    A decision acts when the day is closed, on queue and status, never on a difference.
    """
    from reconcilers.decisions import Asked
    from tieout.commands.decide import run_file, run_one

    folder, day = books_folder(books), business_date(on) if on else None
    if file is not None:
        _finish(run_file(folder, file, day, person), as_json)
    if not break_ids:
        raise UsageFault("no break is named", "the command line", "a decision is about a break", "name its id, or hand in a workbook with --from FILE")
    asked = Asked(action, person, reason, day or date.min, queue, business_date(until) if until else None, approver, ";".join(evidence or ()))
    _finish(run_one(folder, break_ids, asked, day), as_json)


@app.command()
def post(
    day: DayArgument,
    source: Annotated[str, typer.Option("--source", help="Only entries of this source's ledgers.")] = "",
    entries: Annotated[Optional[list[str]], typer.Option("--entry", metavar="KEY", help="Only this entry; may be repeated.")] = None,  # noqa: UP045
    prepare: Annotated[bool, typer.Option("--prepare", help="Record that --by prepared the entries as they stand.")] = False,
    approve: Annotated[bool, typer.Option("--approve", help="Record that --by, another person, approved exactly what was prepared.")] = False,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take preparation and approval back (--why).")] = False,
    send: Annotated[bool, typer.Option("--send", help="Send what is approved; without it nothing leaves.")] = False,
    person: Annotated[str, typer.Option("--by", metavar="NAME", help="Who does it.")] = "",
    reason: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, as an auditor should read it.")] = "",
    books: BooksOption = None,
    as_json: JsonOption = False,
) -> None:
    """Post adjusting entries of a closed day into the ledger.

    Shown by default; prepared, approved by another person, sent once.
    """
    from tieout.commands.post import ACTIONS, run

    asked = [name for name, given in zip(ACTIONS, (prepare, approve, withdraw, send), strict=True) if given]
    if len(asked) > 1:
        raise UsageFault(f"--{asked[0]} and --{asked[1]} are two acts", "the command line", "each is recorded by itself", "run the command once for each")
    _finish(run(books_folder(books), business_date(day), source, entries or [], asked[0] if asked else "show", person, reason), as_json)


@app.command()
def sign(
    day: DayArgument,
    person: Annotated[str, typer.Option("--by", metavar="NAME", help="Who signs.")],
    role: Annotated[str, typer.Option("--as", help="preparer or reviewer; else whichever comes next.")] = "",
    reason: Annotated[str, typer.Option("--why", metavar="TEXT", help="A remark; a withdrawal needs one.")] = "",
    first: Annotated[Optional[str], typer.Option("--from", metavar="D", help="Sign every day from this one on.")] = None,  # noqa: UP045
    take_back: Annotated[bool, typer.Option("--withdraw", help="Take the signatures of the last signed day back.")] = False,
    second: Annotated[str, typer.Option("--second", metavar="NAME", help="The second person a withdrawal needs.")] = "",
    books: BooksOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign a closed day: preparer, then reviewer.

    A signed day never changes.
    """
    from tieout.commands.sign import run_range, withdraw

    folder, chosen = books_folder(books), business_date(day)
    _finish(
        withdraw(folder, chosen, person, second, reason) if take_back else run_range(folder, *days_of(first or day, day), person, role, reason),
        as_json,
    )


@app.command()
def certify(
    day: Annotated[Optional[str], typer.Argument(metavar="DATE", help="Business date, YYYY-MM-DD.")] = None,  # noqa: UP045
    sample: Annotated[str, typer.Option("--sample", metavar="PERIOD", help="The certified days of a period that a person performs again.")] = "",
    again: Annotated[bool, typer.Option("--reperformed", help="Record that a person performed the day again (--by, --why).")] = False,
    person: Annotated[str, typer.Option("--by", metavar="NAME", help="Who does it.")] = "",
    reason: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, as an auditor should read it.")] = "",
    books: BooksOption = None,
    as_json: JsonOption = False,
) -> None:
    """Certify a closed day by policy, or say why not.

    The day and each of its pairs, under the policy a named person approved in tieout.toml.
    """
    from tieout.commands import certify as command

    folder = books_folder(books)
    if sample:
        _finish(command.sample(folder, sample), as_json)
    if not day:
        raise UsageFault("no day is named", "the command line", "a certificate is about one closed day", "tieout certify DATE")
    chosen = business_date(day)
    _finish(command.perform_again(folder, chosen, person, reason) if again else command.run(folder, chosen), as_json)


@app.command()
def period(
    action: Annotated[str, typer.Argument(metavar="ACTION", help="close, lock, reopen or show.")],
    period_id: Annotated[str, typer.Argument(metavar="PERIOD", help="2017-01, or 2016-P12 in a calendar of weeks.")],
    person: Annotated[str, typer.Option("--by", metavar="NAME", help="Who does it.")] = "",
    second: Annotated[str, typer.Option("--second", metavar="NAME", help="The second person reopening needs.")] = "",
    reason: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, as an auditor should read it.")] = "",
    books: BooksOption = None,
    as_json: JsonOption = False,
) -> None:
    """Close, lock, reopen or show a fiscal period.

    `show` gives it as signed, as known now, and what lies between.
    """
    from tieout.commands.period import ACTIONS, change, show

    folder = books_folder(books)
    if action == "show":
        _finish(show(folder, period_id), as_json)
    if action not in ACTIONS:
        raise UsageFault(
            f"{action!r} is no action", "the command line", "a period is closed, locked, reopened or shown", "tieout period close 2017-01 --by NAME"
        )
    _finish(change(folder, action, period_id, person, second, reason), as_json)


@app.command()
def verify(
    day: Annotated[Optional[str], typer.Argument(metavar="DATE", help="Only this closed day; else every one.")] = None,  # noqa: UP045
    books: BooksOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recompute seals and totals of what is stored."""
    from tieout.commands.verify import run

    _finish(run(books_folder(books), business_date(day) if day else None), as_json)


@app.command()
def attest(
    since: Annotated[str, typer.Option("--since", metavar="DATE", help="Compared with how this business date was closed, YYYY-MM-DD.")],
    books: BooksOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which code, rules, rates, parameters changed since a day."""
    from tieout.commands.attest import run

    _finish(run(books_folder(books), business_date(since)), as_json)


@app.command()
def urr(
    day: Annotated[Optional[str], typer.Argument(metavar="DATE", help="A closed day; else the last one.")] = None,  # noqa: UP045
    adopt: Annotated[Optional[str], typer.Option("--adopt", metavar="PROGRAMME", help="Write a new approved rate into its file.")] = None,  # noqa: UP045
    rate: Annotated[str, typer.Option("--rate", help='"0.83" or "83%".')] = "",
    effective: Annotated[Optional[str], typer.Option("--effective", metavar="DATE", help="The day from whose opening it acts.")] = None,  # noqa: UP045
    approved_by: Annotated[str, typer.Option("--approved-by", help="Who approves it.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    cohort: Annotated[str, typer.Option("--cohort", help="Only this issue month, YYYY-MM.")] = "",
    earn_class: Annotated[str, typer.Option("--earn-class", help="Only this class.")] = "",
    books: BooksOption = None,
    as_json: JsonOption = False,
) -> None:
    """Redemption rates in force and proposed.

    --adopt writes one into a programme's file in a named approver's name.
    """
    from tieout.commands.urr import Adoption, run

    if adopt is not None and effective is None:
        raise UsageFault("--effective is missing", "the command line", "a rate acts from the opening of a day", "--effective 2026-04-01")
    adoption = None
    if adopt is not None and effective is not None:
        adoption = Adoption(adopt, rate, business_date(effective), approved_by, reason, cohort, earn_class)
    _finish(run(books_folder(books), business_date(day) if day else None, adoption), as_json)


@app.command()
def doctor(books: BooksOption = None, as_json: JsonOption = False) -> None:
    """Environment, configuration, reachability, versions."""
    from tieout.commands.doctor import run

    _finish(run(books_folder(books)), as_json)


@app.command()
def ui(books: BooksOption = None, port: Annotated[int, typer.Option(help="Port of the web interface.")] = 3000) -> None:
    """Dagster over the books: assets, checks, backfills."""
    from tieout.commands.ui import run

    run(books_folder(books), port)


def _finish(result: Any, as_json: bool) -> None:
    """Print a command's result one way or the other and leave with its exit code."""
    if as_json:
        typer.echo(json.dumps(result.as_dict(), indent=2, default=str, sort_keys=True))
    else:
        result.show()
    raise typer.Exit(result.exit_code)


def main() -> None:
    """Entry point: faults become their message and exit code; anything else is a bug of ours."""
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except Fault as fault:
        _refuse(fault)
    except typer.Abort:
        sys.exit(130)
    except _UsageError as misuse:
        if len(sys.argv) == 1:
            misuse.show()  # no command at all: the list of commands
            sys.exit(2)
        _refuse(failing.misuse(misuse))
    except BrokenPipeError:  # whoever reads our output has enough: no message can reach it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as failure:  # noqa: BLE001 - the one place where everything unforeseen ends, with its own exit code
        refused = failing.environment(failure)
        if refused is None:
            traceback.print_exc()
        _refuse(refused or failing.bug(failure))


def _refuse(refused: Fault) -> NoReturn:
    fault = failing.on_the_same_books(refused, sys.argv[1:])
    if "--json" in sys.argv:
        typer.echo(json.dumps(fault.as_dict(), indent=2))
    typer.echo(f"tieout: {fault}", err=True)
    sys.exit(fault.exit_code)


if __name__ == "__main__":
    main()
