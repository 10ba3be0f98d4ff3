"""Books for the store's specs, on SQLite and on a real PostgreSQL."""

import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from store_postgres import NoPostgres, server

from store import Store

_number = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        Path(folder).chmod(0o755)
        try:
            starting = server(Path(folder))
            url = starting.__enter__()
        except NoPostgres as fault:
            pytest.skip(f"no PostgreSQL can be started here: {fault}")
        try:
            yield url
        finally:
            starting.__exit__(None, None, None)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes an empty database and returns its URL."""

    def make() -> str:
        name = f"books_{next(_number)}"
        if request.param == "sqlite":
            return f"sqlite:///{tmp_path / name}.db"
        url = sa.make_url(request.getfixturevalue("postgres"))
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f"create database {name}"))
        engine.dispose()
        return url.set(database=name).render_as_string(hide_password=False)

    if request.param == "postgresql":
        request.getfixturevalue("postgres")
    return make


@pytest.fixture
def store(new_database: Callable[[], str], tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "lake", new_database(), tmp_path / "reports")
    yield opened
    opened.dispose()
