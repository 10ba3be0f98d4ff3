"""From records of text to lines that may be delivered: mapping SQL, then the gates.

What belongs here: running a platform's mapping and judging the result. What does not: asking systems, writing deliveries.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import duckdb

from connectors.extraction.definition import Platform
from connectors.extraction.line import SHAPES, macros
from connectors.extraction.locating import place_of_fault
from core.errors import UnprovenFault
from core.policy import Source
from core.sql import Session, literal


def map_streams(session: Session, source_name: str, source: Source, platform: Platform, records: Mapping[str, Path], settings: Mapping[str, str]) -> list[str]:
    """Make `line`, `balance`, `total` from the streams' records by the platform's mapping SQL. Returns which were made. Raises UnprovenFault."""
    settings = {**settings, "source": source_name, "basis": source.basis}
    for macro in macros(source.dialect):
        session.statement(macro)
    session.statement("create or replace table setting as select " + ", ".join(f'{literal(v)} as "s_{k}"' for k, v in settings.items()))
    for stream, path in records.items():
        session.statement(f"create or replace view {stream}_record as select * from read_parquet({literal(str(path / '*.parquet'))})")
    made = []
    for name, shape in SHAPES.items():
        mapping = platform.mapping(name)
        if mapping is None or (name not in records and name != "line"):
            continue
        session.statement(f"create or replace table {name} ({', '.join(f'{c} {t}' for c, t in shape.items())})")
        try:
            session.statement(f"insert into {name} by name {mapping}")
        except (duckdb.InvalidInputException, duckdb.ConversionException) as fault:
            raise UnprovenFault(
                f"{source_name}: {_first_line(fault)}",
                f"source {source_name}{_files(platform, settings)}{place_of_fault(session, mapping, records)}, mapping {platform.name}/{name}.sql",
                "a figure that cannot be read exactly would be wrong or missing",
                "look at the answer or the file kept in lake/extracts; correct it at the source, or declare the dialect of this source in tieout.toml",
            ) from None  # fmt: skip
        made.append(name)
    return made


def _files(platform: Platform, settings: Mapping[str, str]) -> str:
    """The day's exports a mapping reads, as they are named; empty where it reads a system."""
    named = [
        s.files.replace("{as_of}", settings.get("as_of", "")).replace("{to}", settings.get("as_of", ""))
        for s in platform.definition.streams.values()
        if s.files
    ]
    return f", exports/{settings['source']}/ {' '.join(named)}" if named else ""


def judge_lines(session: Session, source_name: str, source: Source, platform: Platform) -> dict[str, object]:
    """Run the gates over `line` (and `total`). Returns the evidence; raises UnprovenFault naming every gate that does not hold."""
    definition = platform.definition
    whole = definition.whole_documents and not (source.accounts and _is_asked_by_account(platform, "line"))
    session.rule("connectors", "extract_gate", whole_documents=whole, basis=source.basis)
    gates = session.fetch("select gate, violations, meaning, first from extract_gate")
    failed = [f"{g['gate']}: {g['violations']} ({g['meaning']}{f', first {first}' if (first := g['first']) else ''})" for g in gates if g["violations"]]
    evidence: dict[str, object] = {g["gate"]: "holds" for g in gates}
    if not whole:
        evidence["documents balance"] = (
            "not applicable: only some accounts are read" if definition.whole_documents else "not applicable: the system cannot show whole documents"
        )
    if definition.totals:
        verdict = _compare_totals(session, definition.totals.amount)
        evidence["control totals"] = verdict or "agree with the system's own"
        failed += [f"control totals: {verdict}"] if verdict else []
    if failed:
        raise UnprovenFault(
            f"{source_name} cannot be proven complete: {'; '.join(failed)}", f"source {source_name}",
            "a day closed on part of the ledger would be wrong without showing it; nothing was delivered",
            "run the close again later; if it stays, compare lake/extracts with the system",
        )  # fmt: skip
    return evidence


def keep_accounts(session: Session, source: Source, platform: Platform, made: Sequence[str]) -> dict[str, int]:
    """Leave out accounts the source does not name, where the system cannot be asked for less than all: after the whole was proven. Says how many rows."""
    left_out: dict[str, int] = {}
    for name in {"line", "balance"}.intersection(made) if source.accounts else ():
        if not _is_asked_by_account(platform, name):
            others = f"from {name} where account not in ({', '.join(map(literal, source.accounts))})"
            left_out[name] = int(session.value(f"select count(*) {others}") or 0)
            session.statement(f"delete {others}")
    return left_out


def _is_asked_by_account(platform: Platform, name: str) -> bool:
    """Whether a stream's requests name the accounts."""
    stream = platform.definition.streams.get(name)
    return stream is not None and bool(stream.account_filter)


def _compare_totals(session: Session, basis: str) -> str:
    """What differs between our sums and the system's own; empty if nothing."""
    session.rule("connectors", "extract_total", basis=basis)
    ours = session.fetch("select * from extract_total")[0]
    theirs = session.fetch("select sum(line_count)::bigint as line_count, coalesce(sum(debit), 0) as debit, coalesce(sum(credit), 0) as credit from total")[0]
    differing = [f"{k} {_shown(ours[k])} read, {_shown(theirs[k])} stated" for k in ours if theirs[k] is not None and ours[k] != theirs[k]]
    return ", ".join(differing)


def _shown(value: object) -> str:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def _first_line(fault: duckdb.Error) -> str:
    return str(fault).splitlines()[0].removeprefix("Invalid Input Error: ").removeprefix("Conversion Error: ")
