"""A stream from a database by SQL. What belongs here: one page of rows as text, exact. What does not: what columns mean."""

import json
import os
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.extraction.definition import Stream
from connectors.extraction.json_page import read_answer
from connectors.extraction.json_text import parse_json
from connectors.extraction.records import Drift, Page
from connectors.extraction.template import fill
from connectors.http.secrets import redact, remember
from core.errors import SystemFault, UsageFault
from core.policy import Source


class DatabaseStream:
    """Runs a stream's SELECT, page after page by key."""

    resumes = True

    def __init__(self, name: str, source: Source) -> None:
        from sqlalchemy import create_engine  # late: a close without such a source must not pay for it

        url = os.environ.get(source.database_env, "") if source.database_env else source.url
        if not url:
            raise UsageFault(
                f"source {name} has no database", "tieout.toml", "there is nothing to read from", f'[sources.{name}] database_env = "NAME_OF_THE_VARIABLE"'
            )
        remember(url)
        self._name, self._engine = name, create_engine(url)
        if self._engine.url.password:
            remember(str(self._engine.url.password))

    def fetch(self, stream: Stream, values: Mapping[str, str]) -> tuple[bytes, dict[str, object]]:
        from sqlalchemy import text
        from sqlalchemy.exc import SQLAlchemyError

        statement = fill(stream.sql, values)
        try:
            with self._engine.connect() as connection:
                result = connection.execution_options(stream_results=True).execute(text(statement))
                rows = result.fetchmany(stream.pager.size) if stream.pager.kind == "keyset" else result  # a page, whatever the dialect calls its limit
                answer = {"columns": list(result.keys()), "rows": [[as_text(v) for v in row] for row in rows]}
        except SQLAlchemyError as fault:
            raise SystemFault(
                f"the database refused: {redact(str(fault.args[0]) if fault.args else type(fault).__name__)}", f"source {self._name}",
                "what cannot be read completely is not closed", "check the database and its rights, then tieout doctor",
            ) from None  # fmt: skip
        return json.dumps(answer).encode(), {"statement": statement}

    def parse(self, stream: Stream, content: bytes, names: Mapping[str, str]) -> Page:
        wide = stream.model_copy(update={"fields": (*stream.fields, *names), "shape": "rows"})
        page = read_answer(wide, parse_json(content), {})
        page.columns |= {column: page.columns[path] for path, column in names.items()}
        return page


def as_text(value: Any) -> str | None:
    """A database value as exact text. Raises Drift for a binary double, and for an instant, whose day would be the session's: the query casts them."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime) and value.tzinfo is not None:
        raise Drift("a column holds instants with a time zone, whose day depends on who asks; cast it in the query to the day it is booked on, or to text")
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise Drift(f"a column holds {type(value).__name__} values, which are not exact; cast it in the query")
