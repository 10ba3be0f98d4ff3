"""The inbox of the sample company: every table of the contract, control files, one source in a German dialect, and files with faults."""

import csv
import hashlib
import io
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from tieout.sample.company import FIRST_DAY, recruit, recruit_idle
from tieout.sample.ledger import Books, Posting, balances, book, open_books, postings
from tieout.sample.plants import Plants, Truth
from tieout.sample.trade import Movement, Row, Trade

SUMMED = ("points", "amount")
GERMAN = "erp_de"


def write_company(
    folder: Path, days_count: int, members: int, seed: int, kinds: type[Plants] = Plants, first: date = FIRST_DAY
) -> tuple[list[date], list[Truth]]:
    """Fill inbox/ of prepared books; returns the business days and the truth about the planted breaks. `kinds` says what is planted.

    What happens is made for all days before anything is written, because plants look back and forth; files and balances are made day by day.
    """
    random = Random(seed)
    days = [first + timedelta(days=n) for n in range(days_count)]
    trade = Trade(random, recruit(random, members), forgets=kinds.forgets, first=first, refunds_first_day=kinds.refunds_first_day)
    trade.idle = recruit_idle(random, trade.members, kinds.idle_count(len(days)))
    trade.open_books()
    for day in days:
        trade.day(day)
    plants = kinds(random, trade, postings(trade, random), days)
    plants.plant()
    _deliver_days(Inbox(folder / "inbox", plants), trade, plants)
    plants.truth += [(day, row.get("code", "MS-02"), "event_ledger", row["line"]) for day, row in plants.loose_truth]
    truth = sorted(plants.truth)
    _write_truth(folder / "truth.csv", truth)
    return days, truth


def _deliver_days(inbox: "Inbox", trade: Trade, plants: Plants) -> None:
    """Day after day: what happened, what the ledgers made of it, and where everything stands at the close."""
    books = open_books(trade)
    held = {m.member_id: Decimal(0) for m in (*trade.members, *trade.idle)}
    movements: dict[date, list[Movement]] = {}
    posted: dict[date, list[Posting]] = {}
    for m in trade.movements:
        movements.setdefault(m.day, []).append(m)
    for p in plants.postings:
        posted.setdefault(p.day, []).append(p)
    lots: dict[str, list[str]] = {}
    for day in plants.days:
        todays = movements.get(day, [])
        for m in todays:
            held[m.member.member_id] += m.points
        book(books, day, posted.get(day, []), todays, plants.loose.get(day, []))
        _deliver(inbox, trade, books, plants, day, todays, held)
        inbox.put("loyalty", "lot_trace", day, [*_traces(todays, lots), *plants.traces.get(day, [])], header=TRACE)


def _deliver(inbox: "Inbox", trade: Trade, books: Books, plants: Plants, day: date, todays: list[Movement], held: dict[str, Decimal]) -> None:
    """Everything that arrives for one day."""
    faults = plants.faults.get(day, [])
    inbox.put("loyalty", "loyalty_event", day, [m.row for m in todays], faults)
    inbox.put("loyalty", "loyalty_balance", day, _loyalty_balances(trade, plants, day, held))
    identities = _identities(trade, plants) if day == plants.days[0] else plants.identities.get(day, [])
    inbox.put("loyalty", "identity", day, identities, header=IDENTITY)
    inbox.put("pos", "payment", day, trade.payments.get(day, []), faults)
    if "feed_missing" in faults:
        plants.truth.append((day, "DQ-01", "delivery", "treasury/fx_rate"))
    else:
        inbox.put("treasury", "fx_rate", day, [_rate(day, inbox.random)])
    left_out = {c for on, c, _ in plants.ledger_balance if on == day}
    stated = balances(books, trade, day)
    for source in ("erp", GERMAN):
        inbox.put(source, "ledger_line", day, [row for name, row in books.lines if name == source])
        inbox.put(source, "ledger_balance", day, plants.ledger_balances(day, [r for name, r in stated if name == source and r["member_id"] not in left_out]))
        inbox.put(source, "posting_manifest", day, _manifest(books, plants, day, source), header=("batch_id", "event_id", "points", "amount"))


TRACE = ("redemption_event_id", "accrual_event_id", "points")
IDENTITY = ("source_id", "member_id", "global_id", "valid_from", "valid_to")


def _identities(trade: Trade, plants: Plants) -> list[Row]:
    """Whose member is whose customer; one is forgotten (DQ-05)."""
    forgotten = plants.postings[0].movement.member if plants.forgets else None
    if forgotten:
        plants.truth.append((plants.days[0], "DQ-05", "delivery", forgotten.customer_id))
    rows = []
    for m in (*trade.members, *trade.idle):
        last = {"valid_to": plants.erased[m.member_id].isoformat()} if m.member_id in plants.erased else {}
        rows += [{"source_id": s, "member_id": m.member_id, "global_id": m.global_id, **last} for s in ("loyalty", "pos")]
        if m is not forgotten:
            rows.append({"source_id": m.programme.source, "member_id": m.customer_id, "global_id": m.global_id, **last})
    return rows


def _loyalty_balances(trade: Trade, plants: Plants, day: date, held: dict[str, Decimal]) -> list[Row]:
    changed = {m: delta for on, m, delta in plants.loyalty_balance if on == day}
    return [
        {
            "as_of_date": day.isoformat(),
            "programme_id": m.programme.id,
            "member_id": m.member_id,
            "points": f"{held[m.member_id] + (changed.get(m.member_id) or 0):.4f}",
        }
        for m in (*trade.members, *trade.idle)
        if not (m.member_id in changed and changed[m.member_id] is None)
    ]


def _traces(todays: list[Movement], lots: dict[str, list[str]]) -> list[Row]:
    """The platform's own attribution, where a member only ever had one lot; `lots` are those of the days before."""
    for m in todays:
        if m.points > 0:
            lots.setdefault(m.member.member_id, []).append(m.event_id)
    return [
        {"redemption_event_id": m.event_id, "accrual_event_id": lots[m.member.member_id][0], "points": f"{-m.points:.4f}"}
        for m in todays
        if m.row["kind"] == "redemption" and len(lots[m.member.member_id]) == 1
    ]


def _manifest(books: Books, plants: Plants, day: date, source: str) -> list[Row]:
    """Members of the day's batches; a planted fault loses the first of one batch."""
    rows = [row for name, row in books.manifests if name == source]
    for fault in plants.faults.get(day, []):
        batch = fault.removeprefix("manifest:")
        lost = next((r for r in rows if fault.startswith("manifest:") and r["batch_id"] == batch), None)
        if lost:
            rows = [r for r in rows if r is not lost]
            line = next(row for _, row in books.lines if row.get("batch_id") == batch)
            plants.truth.append((day, "AM-08", "event_ledger", "/".join(line[k] for k in ("ledger_id", "company_id", "document_id", "line_id"))))
            if day + timedelta(days=1) <= plants.days[-1]:
                plants.truth.append((day + timedelta(days=1), "MS-03", "event_ledger", lost["event_id"]))
    return rows


def _rate(day: date, random: Random) -> Row:
    return {"rate_date": day.isoformat(), "from_currency": "EUR", "to_currency": "USD", "rate": f"{Decimal(10800 + random.randrange(-150, 150)) / 10000:.6f}"}


class Inbox:
    """Writes files as the systems would, with their control files."""

    def __init__(self, folder: Path, plants: Plants) -> None:
        self.folder, self.plants, self.random = folder, plants, Random(1)

    def put(self, source: str, table: str, day: date, rows: list[Row], faults: list[str] | None = None, header: tuple[str, ...] = ()) -> None:
        """One file and its control file. `faults` are planted into payments and events only."""
        columns = list(header) or list(dict.fromkeys(c for row in rows for c in row if c not in ("omit_tax_line", "booked_jurisdiction")))
        if not columns:
            return
        bad = self._rows_with_faults(table, day, rows, faults or [])
        content = _text(columns, bad, german=source == GERMAN)
        name = f"{table}_{day.isoformat()}.csv"
        path = self.folder / source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        stated = {
            "rows": len(bad),
            "sums": {c: f"{sum(Decimal(r[c]) for r in bad if r.get(c) and ',' not in r[c]):.4f}" for c in SUMMED if c in columns},
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        if table == "payment" and "control_total" in (faults or []):
            stated["rows"] = len(bad) + 3
            self.plants.truth.append((day, "DQ-02", "delivery", name))
        path.with_suffix(".control.json").write_text(json.dumps(stated), encoding="utf-8")
        if table == "payment" and "delivered_twice" in (faults or []):
            (path.parent / f"{table}_{day.isoformat()}_2.csv").write_bytes(content)
            self.plants.truth.append((day, "DQ-03", "delivery", f"{table}_{day.isoformat()}_2.csv"))

    def _rows_with_faults(self, table: str, day: date, rows: list[Row], faults: list[str]) -> list[Row]:
        result = list(rows)
        if table == "payment" and "bad_row" in faults:
            result.append({**rows[0], "payment_id": f"P-BAD-{day:%m%d}", "order_id": f"BAD-{day:%m%d}", "amount": "12,90", "tax_amount": ""})
            self.plants.truth.append((day, "DQ-04", "delivery", f"payment_{day.isoformat()}.csv"))
        if table == "payment" and "key_twice" in faults:
            result += [
                {**rows[0], "payment_id": f"P-TWICE-{day:%m%d}", "order_id": f"TWICE-{day:%m%d}", "amount": a, "tax_amount": "0.00"} for a in ("5.00", "6.00")
            ]
            self.plants.truth.append((day, "DQ-06", "delivery", f"P-TWICE-{day:%m%d}"))
        return result


def _text(columns: list[str], rows: list[Row], *, german: bool) -> bytes:
    """RFC 4180 in UTF-8; the German ledger writes semicolons, decimal commas, trailing minus and dd.mm.yyyy in code page 1252."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";" if german else ",", lineterminator="\r\n" if german else "\n")
    writer.writerow(columns)
    for row in rows:
        cells = [str(row.get(c, "")) for c in columns]
        writer.writerow([_german(c, v) for c, v in zip(columns, cells, strict=True)] if german else cells)
    return buffer.getvalue().encode("cp1252" if german else "utf-8")


def _german(column: str, value: str) -> str:
    if column in ("amount", "points", "tax_base") and value:
        return value.replace(".", ",").removeprefix("-") + ("-" if value.startswith("-") else "")
    if column in ("posting_date", "document_date", "as_of_date") and value:
        return ".".join(reversed(value.split("-")))
    return value


def _write_truth(path: Path, truth: list[Truth]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(("business_date", "code", "pair", "business_key"))
        writer.writerows((d.isoformat(), *rest) for d, *rest in truth)
