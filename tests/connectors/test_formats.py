"""Every table through CSV, Parquet and XLSX gives the same rows; what a typed format would lose is refused or set aside."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.schema import INPUTS, Type, table

SAMPLE = {
    Type.POINTS: "-12.3400",
    Type.AMOUNT: "7.5",
    Type.RATE: "1.123456789012",
    Type.DATE: "2024-01-05",
    Type.INSTANT: "2024-01-05T12:00:00Z",
    Type.BOOL: "true",
}
PARQUET = {
    Type.POINTS: pa.decimal128(18, 4), Type.AMOUNT: pa.decimal128(18, 4), Type.RATE: pa.decimal128(38, 12), Type.DATE: pa.date32(),
    Type.INSTANT: pa.timestamp("us", "UTC"), Type.BOOL: pa.bool_(), Type.TEXT: pa.string(),
}  # fmt: skip


def sample(declared):
    row = {}
    for column in declared.delivered:
        row[column.name] = SAMPLE.get(column.type) or (column.words[-1] if column.words else "00" + column.name[:5])
        if "currency" in column.name:
            row[column.name] = "USD"
    row |= {k: v for k, v in {"programme_id": "stars", "kind": None, "receipt_evidence": "described;linked"}.items() if k in row and v}
    if declared.name == "loyalty_event":
        row |= {"kind": "redemption", "deferred_amount": "0"}
    return row


def typed(kind, text):
    if kind in (Type.POINTS, Type.AMOUNT, Type.RATE):
        return Decimal(text)
    if kind is Type.DATE:
        return date.fromisoformat(text)
    if kind is Type.INSTANT:
        return datetime.fromisoformat(text)
    return True if kind is Type.BOOL else text


def as_csv(declared, row):
    return (",".join(row) + "\n" + ",".join(row.values()) + "\n").encode()


def as_parquet(declared, row):
    out = io.BytesIO()
    arrays = {n: pa.array([typed(declared[n].type, v)], PARQUET[declared[n].type]) for n, v in row.items()}
    pq.write_table(pa.table(arrays), out)
    return out.getvalue()


def workbook(*rows):
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def as_xlsx(declared, row):
    cells = [typed(k, v) if (k := declared[n].type) in (Type.DATE, Type.BOOL, Type.AMOUNT) else v for n, v in row.items()]
    return workbook(list(row), [float(c) if isinstance(c, Decimal) else c for c in cells])


@pytest.mark.parametrize("name", [t.name for t in INPUTS])
def test_every_table_reads_the_same_from_every_format(company, name):
    declared = table(name)
    row = sample(declared)
    for suffix, write in (("csv", as_csv), ("parquet", as_parquet), ("xlsx", as_xlsx)):
        company.drop(f"{name}_2024-01-05.{suffix}", write(declared, row), source=suffix)
    deliveries = {d.source: d for d in company.collect()}
    columns = ", ".join(f'"{n}"' for n in row)
    read = {s: company.rows_of(d, columns) for s, d in deliveries.items()}
    assert [company.set_aside(d) for d in deliveries.values()] == [[], [], []]
    assert read["csv"] == read["parquet"] == read["xlsx"]
    assert list(read["csv"][0].values()) == [typed(declared[n].type, v) for n, v in row.items()]
    assert len({d.content for d in deliveries.values()}) == 1


HEADER = ["payment_id", "order_id", "kind", "occurred_at", "amount", "currency", "member_id"]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("member_id", 123, "format the column as text"),
        ("occurred_at", datetime(2024, 1, 5, 12), "a date cell has no offset"),
        ("amount", 123456789012.3457, "more than 15 digits is not exact"),
        ("amount", "=1+1", "a formula; paste its value"),
        ("amount", True, "a true/false cell"),
        ("amount", "#REF!", "not a number"),
        ("amount", 1.23456, "more than 4 decimal places"),
        ("order_id", date(2024, 1, 5), "a date cell; format the column as text"),
    ],
)
def test_cells_that_would_lose_something(company, column, value, reason):
    good = dict(zip(HEADER, ["P1", "O1", "sale", "2024-01-05T12:00:00Z", 1.25, "USD", "M1"], strict=True))
    delivery = company.parsed(workbook(HEADER, list(good.values()), list((good | {"payment_id": "P2", column: value}).values())), "payment_2024-01-05.xlsx")
    (problem,) = company.set_aside(delivery)
    assert (problem[0], problem[1], delivery.row_count, delivery.bad_count) == (3, column, 2, 1)
    assert reason in problem[3] or (value == "#REF!" and "error value" in problem[3])
    assert company.rows_of(delivery, "amount") == [{"amount": Decimal("1.25")}]


def test_not_a_workbook(company):
    assert "not a workbook" in company.parsed(b"payment_id,order_id", "payment_2024-01-05.xlsx").refused


def test_workbook_bomb(company):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (12 << 20))
    assert "unpacks to more than 200 times" in company.parsed(out.getvalue(), "payment_2024-01-05.xlsx").refused


def test_workbook_part_outside(company):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../evil.xml", b"0")
    assert "points outside" in company.parsed(out.getvalue(), "payment_2024-01-05.xlsx").refused


def test_two_sheets_are_not_guessed(company):
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.create_sheet("more")
    book.save(out)
    assert "2 sheets" in company.parsed(out.getvalue(), "payment_2024-01-05.xlsx").refused


@pytest.mark.parametrize(
    ("kind", "values", "reason"),
    [
        (pa.float64(), [1.5], "column amount is stored as DOUBLE; a binary float is not exact; write it as DECIMAL(18,4) or as text"),
        (pa.date32(), [date(2024, 1, 5)], "column amount is stored as DATE; write it as DECIMAL(18,4) or as text"),
    ],
)
def test_parquet_types_that_are_refused_whole(company, kind, values, reason):
    out = io.BytesIO()
    at = pa.array([datetime(2024, 1, 5, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    data = {"payment_id": ["P1"], "order_id": ["O1"], "kind": ["sale"], "occurred_at": at, "amount": pa.array(values, kind), "currency": ["USD"]}
    pq.write_table(pa.table(data), out)
    assert company.parsed(out.getvalue(), "payment_2024-01-05.parquet").refused == reason


def test_parquet_instants_need_a_zone(company):
    out = io.BytesIO()
    at = pa.array([datetime(2024, 1, 5)], pa.timestamp("us"))
    pq.write_table(pa.table({"payment_id": ["P"], "order_id": ["O"], "kind": ["sale"], "occurred_at": at, "amount": ["1"], "currency": ["USD"]}), out)
    assert "an instant needs its time zone" in company.parsed(out.getvalue(), "payment_2024-01-05.parquet").refused


def test_not_parquet(company):
    assert "not a readable Parquet file" in company.parsed(b"PAR1 no", "payment_2024-01-05.parquet").refused
