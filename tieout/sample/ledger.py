"""What the two ledgers say of the trade: documents, batches with manifests, tax lines, balances. Still clean; plants change postings."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tieout.sample.company import Member, ProgrammeShape, worth
from tieout.sample.trade import Movement, Row, Trade

SALES, REVENUE, BREAKAGE, TAX, MARKETING = "400000", "405000", "406000", "215000", "610000"
COUNTER = {"accrual": SALES, "redemption": REVENUE, "expiry": BREAKAGE, "reversal": SALES, "adjustment": MARKETING}


@dataclass(slots=True)
class Posting:
    """One event in the ledger: when, how much (owed +), and inside which batch if any. Plants alter these fields."""

    movement: Movement
    day: date
    points: Decimal
    amount: Decimal
    batch: str = ""
    account: str = ""
    is_left_out: bool = False
    is_twice: bool = False
    posted_on: date | None = None
    currency: str = ""
    """Another currency than the programme's, in which `amount` is then."""

    @property
    def programme(self) -> ProgrammeShape:
        return self.movement.member.programme


@dataclass(slots=True)
class Books:
    """Both ledgers: lines and manifests of one day, and running balances, by source folder."""

    member_balances: dict[tuple[str, str], Decimal]
    lines: list[tuple[str, Row]] = field(default_factory=list)
    manifests: list[tuple[str, Row]] = field(default_factory=list)
    control: dict[str, Decimal] = field(default_factory=dict)
    document: int = 0


def postings(trade: Trade, random: Random) -> list[Posting]:
    """Every movement as the ledger should carry it: most on the day, some a day later, some stores in batches."""
    result = []
    for m in trade.movements:
        amount = worth(m.points, m.member.programme)
        late = timedelta(days=1 if m.day > trade.first and random.random() < 0.05 else 0)
        posting = Posting(m, m.day + late, m.points, amount)
        if m.event_id.startswith("OPEN-"):
            posting.batch = f"OPENING-{m.member.programme.id}"
        elif m.row["kind"] == "accrual" and m.member.store <= 5 and not late:
            posting.batch = f"{m.day:%Y%m%d}-{m.member.programme.id}-S{m.member.store:02d}"
        result.append(posting)
    return result


def open_books(trade: Trade) -> Books:
    """Every member owes nothing yet."""
    return Books({(m.programme.id, m.customer_id): Decimal(0) for m in (*trade.members, *trade.idle)})


def book(books: Books, day: date, todays: list[Posting], movements: list[Movement], extra: list[Row]) -> None:
    """Write the day's postings as documents, in place of the day before; `extra` are lines without an event."""
    books.lines.clear()
    books.manifests.clear()
    posted = [p for p in todays if not p.is_left_out]
    for posting in (p for p in posted if not p.batch):
        for _ in range(2 if posting.is_twice else 1):
            _single(books, posting)
    batches: dict[str, list[Posting]] = {}
    for posting in (p for p in posted if p.batch):
        batches.setdefault(posting.batch, []).append(posting)
    for batch in sorted(batches):
        _batch(books, batch, batches[batch])
    for row in extra:
        _loose(books, day, row)
    for movement in (m for m in movements if m.tax_base):
        _tax(books, movement)


def _number(books: Books) -> str:
    books.document += 1
    return f"{books.document:010d}"


def _line(programme: ProgrammeShape, day: date, document: str, line: int, account: str, amount: Decimal, **more: Any) -> Row:
    return {
        "ledger_id": programme.ledger_id,
        "company_id": programme.company_id,
        "document_id": document,
        "line_id": str(line),
        "posting_date": day.isoformat(),
        "document_date": day.isoformat(),
        "account": account,
        "amount": f"{amount:.4f}",
        "currency": programme.currency,
        "programme_id": programme.id,
        **more,
    }


def _single(books: Books, p: Posting) -> None:
    """Liability against the counter account; what is owed is a credit."""
    m, number = p.movement, _number(books)
    common = {"event_id": m.event_id, "order_id": m.row.get("order_id", "")}
    posted_on = p.posted_on or p.day
    account = p.account or p.programme.liability
    common |= {"currency": p.currency} if p.currency else {}
    period = {"fiscal_period": f"{posted_on.month:02d}", "fiscal_year": str(posted_on.year)}
    books.lines.append(
        (
            p.programme.source,
            _line(p.programme, posted_on, number, 1, account, -p.amount, points=f"{-p.points:.4f}", member_id=m.member.customer_id, **common, **period),
        )
    )
    books.lines.append((p.programme.source, _line(p.programme, posted_on, number, 2, COUNTER[m.row["kind"]], p.amount, **common, **period)))
    if account == p.programme.liability and not p.currency:
        _owe(books, m.member, p.amount)


def _batch(books: Books, batch: str, members: list[Posting]) -> None:
    """One line for many events; the manifest lists them."""
    first = members[0]
    number = _number(books)
    points, amount = sum((p.points for p in members), Decimal(0)), sum((p.amount for p in members), Decimal(0))
    books.lines.append(
        (
            first.programme.source,
            _line(first.programme, first.day, number, 1, first.programme.liability, -amount, points=f"{-points:.4f}", batch_id=batch),
        )
    )
    books.lines.append((first.programme.source, _line(first.programme, first.day, number, 2, SALES, amount, batch_id=batch)))
    for p in members:
        row = {"batch_id": batch, "event_id": p.movement.event_id, "points": f"{p.points:.4f}", "amount": f"{p.amount:.4f}"}
        books.manifests.append((first.programme.source, row))
        _owe(books, p.movement.member, p.amount)


def _loose(books: Books, day: date, row: Row) -> None:
    """A line nobody's event explains."""
    member, amount = row["member"], Decimal(row["amount"])
    number = _number(books)
    source = member.programme.source
    books.lines.append(
        (
            source,
            _line(
                member.programme, day, number, 1, member.programme.liability, -amount, member_id=member.customer_id, event_id=row["event_id"], text=row["text"]
            ),
        )
    )
    books.lines.append((source, _line(member.programme, day, number, 2, MARKETING, amount, text=row["text"])))
    _owe(books, member, amount)
    row["line"] = f"{member.programme.ledger_id}/{member.programme.company_id}/{number}/1"


def _tax(books: Books, m: Movement) -> None:
    """The order's tax as the till booked it; `order_tax` and `tax_base` are what plants alter."""
    if m.row.get("omit_tax_line"):
        return
    event = m.event_id if m.row["kind"] == "redemption" and m.member.store % 2 else ""
    jurisdiction = m.row.get("booked_jurisdiction", m.member.state)
    row = _line(
        m.member.programme,
        m.day,
        _number(books),
        1,
        TAX,
        -m.order_tax,
        event_id=event,
        order_id=m.row["order_id"],
        is_tax_line="true",
        tax_jurisdiction=jurisdiction,
    )
    books.lines.append((m.member.programme.source, row | {"tax_base": f"{m.tax_base:.4f}", "tax_code": "A1"}))


def _owe(books: Books, member: Member, amount: Decimal) -> None:
    owed_to = (member.programme.id, member.customer_id)
    books.member_balances[owed_to] = books.member_balances.get(owed_to, Decimal(0)) + amount
    books.control[member.programme.id] = books.control.get(member.programme.id, Decimal(0)) + amount


def balances(books: Books, trade: Trade, day: date) -> list[tuple[str, Row]]:
    """Closing of every member and of the control account, credit negative."""
    rows: list[tuple[str, Row]] = []
    programmes = {m.programme.id: m.programme for m in trade.members}
    for (programme_id, customer_id), amount in books.member_balances.items():
        rows.append((programmes[programme_id].source, _balance(programmes[programme_id], day, -amount, customer_id)))
    for programme_id, amount in books.control.items():
        rows.append((programmes[programme_id].source, _balance(programmes[programme_id], day, -amount, "")))
    return rows


def _balance(programme: ProgrammeShape, day: date, amount: Decimal, customer_id: str) -> Row:
    return {
        "as_of_date": day.isoformat(),
        "ledger_id": programme.ledger_id,
        "company_id": programme.company_id,
        "account": programme.liability,
        "amount": f"{amount:.4f}",
        "currency": programme.currency,
        "programme_id": programme.id,
        "member_id": customer_id,
    }
