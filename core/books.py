"""A books folder read and checked, what identifies its configuration, and the configuration as rows of the parameter tables.

What does not belong here: what may be written in a file (`policy`, `match_rules`, `tax_tables`).
"""

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType

from core.calendar import cut_off_minutes
from core.errors import UsageFault, quoted
from core.kinds import BREAK_CODES
from core.match_rules import read_match_rules
from core.policy import Books, BooksFile, BreakWork, Chart, Company, Programme
from core.strict import parse, read_text
from core.tax_tables import read_escheat_rules, read_tax_rates, read_tax_rules

OPEN_END = date(9999, 12, 31)
FISCAL_YEARS = (2000, 2060)
"""Fiscal years whose periods of weeks are listed for the rules."""


def load_books(folder: Path) -> Books:
    """Read and check a books folder. Raises UsageFault naming file, key and the nearest valid key."""
    main = folder / "tieout.toml"
    if not main.is_file():
        raise UsageFault("no books here", str(folder), "tieout.toml is what makes a folder books", f"tieout init {quoted(folder)}")
    file = parse(BooksFile, main)
    chart_path = folder / "chart_of_accounts.toml"
    chart = parse(Chart, chart_path) if chart_path.is_file() else Chart()
    programmes = tuple(parse(Programme, p) for p in sorted((folder / "programmes").glob("*.toml")))
    if not programmes:
        raise UsageFault("no programme", str(folder / "programmes"), "there is nothing to close", "add programmes/<id>.toml; tieout init writes an example")
    _distinct(programmes, folder)
    return Books(
        folder=folder, file=file, chart=chart, programmes=programmes, tax_rules=read_tax_rules(folder / "tax_rules.csv"),
        tax_rates=read_tax_rates(folder / "tax_rates.csv"), escheat_rules=read_escheat_rules(folder / "escheat_rules.csv"),
        match_rules=read_match_rules(folder / "match_rules"),
        config_hash=_config_hash(folder),
    )  # fmt: skip


def _distinct(programmes: tuple[Programme, ...], folder: Path) -> None:
    seen: set[str] = set()
    for programme in programmes:
        if programme.id in seen:
            raise UsageFault(f"two programmes are called {programme.id}", str(folder / "programmes"), "an event must belong to one", "give one another id")
        seen.add(programme.id)


_REACHED_BY = frozenset({"url", "database_env", "credentials", "tls_minimum", "ca_file"})


def _config_hash(folder: Path) -> str:
    """Over every configuration file, by relative name. Where results rest, what a session may use and how a system is reached decide no
    figure and are left out."""
    names = ["chart_of_accounts.toml", "tax_rules.csv", "tax_rates.csv", "escheat_rules.csv"]
    paths = [folder / n for n in names] + sorted((folder / "programmes").glob("*.toml")) + sorted((folder / "match_rules").glob("*.toml"))
    file = tomllib.loads(read_text(folder / "tieout.toml"))
    deciding = {k: v for k, v in file.items() if k not in ("engine", "storage")}
    if "sources" in deciding:
        deciding["sources"] = {n: {k: v for k, v in s.items() if k not in _REACHED_BY} for n, s in deciding["sources"].items()}
    paths += sorted(p for p in (folder / "platforms").glob("*/*") if p.suffix in (".toml", ".sql"))
    digest = hashlib.sha256(json.dumps(deciding, sort_keys=True, default=str).encode())
    for path in paths:
        if path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(json.dumps([path.relative_to(folder).as_posix(), content]).encode())
    return digest.hexdigest()


# ---------------------------------------------------------------------------------------------------------------- parameters as rows


def parameter_rows(books: Books, without_data: Mapping[str, str] = MappingProxyType({})) -> dict[str, list[dict[str, object]]]:
    """Every parameter table (core.schema.PARAMETERS) as rows, ready for `Session.rows`. `without_data`: codes no ledger has data for, and why."""
    rows: dict[str, list[dict[str, object]]] = {
        "programme": [_programme_row(p, books.file.company) for p in books.programmes],
        "programme_value": [r for p in books.programmes for r in _value_rows(p)],
        "urr_version": [{"programme_id": p.id, **u.model_dump(), "earn_class": str(u.earn_class)} for p in books.programmes for u in p.urr],
        "programme_ledger": [{"programme_id": p.id, "ledger_id": k, "measure": v} for p in books.programmes for k, v in p.ledgers.items()],
        "programme_limit": [r for p in books.programmes for r in _limit_rows(p)],
        "programme_account": [
            {"programme_id": p.id, "role": r, "account": a} for p in books.programmes for r, a in {**books.chart.accounts, **p.accounts}.items()
        ],
        "programme_post": [r for p in books.programmes for r in _post_rows(p, books.chart)],
        "programme_partner": [
            {"programme_id": p.id, "partner_id": x.id, "price_per_point": x.price_per_point, "cost_per_point": x.cost_per_point, "role": x.role}
            for p in books.programmes
            for x in p.partners
        ],
        "match_rule": [r.row() for r in books.match_rules],
        "tax_rule": [dict(r) for r in books.tax_rules],
        "tax_rate": [dict(r) for r in books.tax_rates],
        "escheat_rule": [dict(r) for r in books.escheat_rules],
        "feed": [f.model_dump() for f in books.file.feeds],
        "fiscal_period": [{"period_id": p.period_id, "first_day": p.first, "last_day": p.last} for p in books.file.company.calendar.listed(*FISCAL_YEARS)],
        "break_code": [{"code": c.code, "queue": str(c.queue), "blocks_signoff": c.blocks_signoff} for c in BREAK_CODES.values()],
        "code_without_data": [{"code": c, "reason": why} for c, why in sorted(without_data.items())],
        "break_work": [{**_break_work_row(books.file.break_work), **books.file.periods.model_dump()}],
    }
    return rows


def _programme_row(p: Programme, company: Company) -> dict[str, object]:
    return {
        "programme_id": p.id, "name": p.name, "currency": p.currency, "company_id": p.company_id, "timezone": p.timezone,
        "cut_off_minutes": cut_off_minutes(p.cut_off), "tolerance": p.tolerance, "tolerance_cap": p.tolerance_cap, "ledger_measure": p.ledger_measure,
        "value_places": p.value_rounding.places, "value_mode": p.value_rounding.mode, "minor_unit": p.places, "lot_policy": p.lot_policy,
        "earn_class_sequence": ";".join(p.earn_class_sequence), "restore_expired": p.restore_expired, "expiry_months": p.expiry.months,
        "expiry_kind": p.expiry.kind, "breakage": p.breakage, "free_points": p.free_points, "cost_per_point": p.cost_per_point,
        "instrument": str(p.instrument), "issuer": p.issuer, "posting_days": p.windows.posting_days, "max_balance": p.limits.max_balance,
        "go_live": p.go_live, "journal_scope": p.journal_scope, "functional_currency": company.functional_currency,
        "presentation_currency": company.presentation_currency or company.functional_currency,
    }  # fmt: skip


def _post_rows(p: Programme, chart: Chart) -> Iterator[dict[str, object]]:
    for key, role in {**chart.posts, **p.posts}.items():
        event, _, earn_class = key.partition(".")
        yield {"programme_id": p.id, "event_kind": event, "earn_class": earn_class, "role": role}


def _limit_rows(p: Programme) -> Iterator[dict[str, object]]:
    """One row per pattern limit that is set; none at all where only the days are said. The balance cap is a column of `programme`."""
    set_limits = {k: v for k, v in p.limits.model_dump().items() if v is not None and k not in ("max_balance", "pattern_days")}
    for name, value in set_limits.items():
        yield {"programme_id": p.id, "name": name, "value": value, "pattern_days": p.limits.pattern_days}


def _break_work_row(work: BreakWork) -> dict[str, object]:
    allowed = {f"{severity}_days": days for severity, days in work.days_allowed.model_dump().items()}
    return {"high_amount": work.high_amount, "critical_amount": work.critical_amount, "escalate_days": work.escalate_days, **allowed}


def _value_rows(p: Programme) -> Iterator[dict[str, object]]:
    for parameter in ("value_per_point", "ssp_per_point", "urr_for_ssp"):
        values = p.dated(parameter)
        for n, value in enumerate(values):
            first = date(1, 1, 1) if n == 0 else value.effective
            last = values[n + 1].effective - timedelta(days=1) if n + 1 < len(values) else OPEN_END
            yield {"programme_id": p.id, "parameter": parameter, "effective_from": first, "effective_to": last, "value": value.value}
