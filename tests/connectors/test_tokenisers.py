"""The fast and the exact reader of delimited text agree on every file both accept, and the exact one on what RFC 4180 writes."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.files import csv_text
from connectors.files.table_file import load_text
from core.errors import UsageFault
from core.sql import Limits, Session

LETTERS = st.text(alphabet='ab0,;"\n \tΩé\r', max_size=6)
WIDTH = 3


@given(st.lists(st.lists(LETTERS, min_size=WIDTH, max_size=WIDTH), max_size=8))
def test_what_rfc_4180_writes_is_read_back(rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["x", "y", "z"], *rows])
    found = csv_text.records(out.getvalue(), ",", WIDTH, frozenset(range(WIDTH)))
    assert (found.fields, found.bad) == (rows, [])


@given(st.text(alphabet='ab,"\n', max_size=40))
def test_every_line_is_accounted_for(text):
    body = "x,y,z\n" + text
    found = csv_text.records(body, ",", WIDTH, frozenset(range(WIDTH)))
    taken = sum(1 + "".join(f).count("\n") for f in found.fields) + len(found.bad)
    assert taken == text.count("\n") + (text != "" and not text.endswith("\n"))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=25)
@given(st.lists(st.lists(st.text(alphabet="ab0\" ,Ω\t'", max_size=4), min_size=WIDTH, max_size=WIDTH), min_size=1, max_size=5), st.booleans(), st.booleans())
def test_both_readers_agree(rows, quoted, crlf):
    out = io.StringIO()
    end = "\r\n" if crlf else "\n"
    csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL).writerows([["x", "y", "z"], *rows])
    with tempfile.TemporaryDirectory() as folder, Session(Limits((Path(folder),))) as session:
        path = Path(folder) / "left.csv"
        path.write_text(out.getvalue(), encoding="utf-8", newline="")
        names = load_text(session, "side", path)
        fast = session.fetch("select * from side order by file_line")
    assert names == ["x", "y", "z"]
    assert csv_text.quote_of(out.getvalue().replace("\r\n", "\n"), ",") is not None
    assert [[r["x"], r["y"], r["z"]] for r in fast] == [[v or None for v in row] for row in rows]
    assert [r["file_line"] for r in fast] == list(range(2, len(rows) + 2))


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        (b"a,b\n1,2\n3\n", ":3:1", "the header has 2"),
        (b"a,b\n1,2,3\n", ":2:1", "an extra field"),
        (b'a,b\n1,"2\n3,4\n', ":2:1", "never closes"),
        (b"a,A\n1,2\n", ":1:2", "twice"),
        (b"a,\n1,2\n", ":1:2", "without a readable name"),
        (b"", ":1:1", "empty"),
        (b"a,b\n1,\xe9\n", ":2:3", "0xe9 is not utf-8"),
        (b"a,b\n1,2\n1,\0\n", ":3:2", "NUL"),
    ],
)
def test_compare_stops_at_the_first_thing_that_is_wrong(tmp_path, content, where, what):
    path = tmp_path / "left.csv"
    path.write_bytes(content)
    with Session(Limits((tmp_path,))) as session, pytest.raises(UsageFault) as fault:
        load_text(session, "side", path)
    assert fault.value.where == f"{path}{where}"
    assert what in fault.value.what


def test_compare_reads_quoted_line_breaks_and_counts_lines(tmp_path):
    path = tmp_path / "left.csv"
    path.write_text('\ufeffid,note\r\n1,"two\r\nlines"\n2,\n', newline="", encoding="utf-8")
    with Session(Limits((tmp_path,))) as session:
        assert load_text(session, "side", path) == ["id", "note"]
        assert session.fetch("from side order by file_line") == [{"id": "1", "note": "two\nlines", "file_line": 2}, {"id": "2", "note": None, "file_line": 4}]


@pytest.mark.parametrize("name", ["gone.csv", "left.doc"])
def test_compare_names_a_file_it_cannot_open(tmp_path, name):
    with Session(Limits((tmp_path,))) as session, pytest.raises(UsageFault) as fault:
        load_text(session, "side", tmp_path / name)
    assert str(tmp_path / name) in fault.value.where


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"k;note;a\n1;x,y;2\n", {"k": "1", "a": "2"}),
        (b"k\tnote\ta\n1\tx,y\t2\n", {"k": "1", "a": "2"}),
        (b'"k"|"no,te"|"a"\n1|x|2\n', {"k": "1", "a": "2"}),
        ("k;note;a\n1;é;2\n".encode("utf-16"), {"k": "1", "a": "2"}),
        (b"k,a,x;y\n1,2,3\n", {"k": "1", "a": "2"}),
    ],
)
def test_a_file_whose_header_names_the_columns_asked_for_tells_its_delimiter(tmp_path: Path, content: bytes, found: dict[str, str]) -> None:
    path = tmp_path / "side.csv"
    path.write_bytes(content)
    with Session(Limits(folders=(tmp_path,))) as session:
        load_text(session, "side", path, wanted=["k", "a"])
        assert session.fetch("select k, a from side") == [found]


def test_nothing_is_guessed_from_rows(tmp_path: Path) -> None:
    path = tmp_path / "side.csv"
    path.write_text("k;a\n1;2\n")
    with Session(Limits(folders=(tmp_path,))) as session:
        assert load_text(session, "side", path) == ["k;a"], "no column was asked for: a comma"
        assert load_text(session, "side", path, wanted=["k", "b"]) == ["k;a"], "not the columns asked for: a comma"
