"""The GL_* tables in a database that is there: a SQLite file, whose amounts are text, or a real PostgreSQL, whose amounts are numeric without precision."""

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tieout.standins.ledger import Ledger
from tieout.standins.oracle_tables import GeneralLedger, columns_of, create

KINDS = {
    "sqlite": {"n": "integer", "t": "text", "d": "text", "m": "text"},
    "postgresql": {"n": "bigint", "t": "text", "d": "timestamp", "m": "numeric"},
}


class _ExactSum:
    """SUM without binary doubles."""

    def __init__(self) -> None:
        self.total: Decimal | None = None

    def step(self, value: Any) -> None:
        if value is not None:
            self.total = (self.total or Decimal(0)) + Decimal(str(value))

    def finalize(self) -> str | None:
        return None if self.total is None else format(self.total, "f")


def speak_oracle(connection: Any, _: object) -> None:
    """What SQLite lacks of Oracle: TO_DATE and exact sums. It subtracts in doubles, which hold the fifteen digits of these tests."""
    connection.create_function("TO_DATE", 2, lambda text, form: f"{text} 00:00:00" if form == "YYYY-MM-DD" else None)
    connection.create_aggregate("SUM", 1, _ExactSum)


def fill_database(url: str, ledger: Ledger, schema: str) -> sa.Engine:
    """Create and fill the tables. Returns the engine."""
    engine = sa.create_engine(url)
    kinds = KINDS[engine.dialect.name]
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text(f"create schema {schema}"))
        for statement in create(kinds, schema):
            connection.execute(sa.text(statement))
        for table, rows in GeneralLedger(ledger).rows.items():
            insert(connection, schema, table, rows)
    return engine


def insert(connection: sa.Connection, schema: str, table: str, rows: list[tuple[object, ...]]) -> None:
    names = columns_of(table)
    statement = f"insert into {schema}.{table} ({', '.join(names)}) values ({', '.join(f':{n}' for n in names)})"
    if rows:
        connection.execute(sa.text(statement), [dict(zip(names, r, strict=True)) for r in rows])
