"""What is posted to a system is read from it by the next close, and the break it answers has closed. For every system that has room for the event."""

from pathlib import Path

import pytest

from tests.posting.posted_books import D1, D2, approved, books, close, held, post, the
from tests.posting.vendors import OPEN

pytestmark = pytest.mark.minutes
BOOK = {"quickbooks_online": "accrual"}


@pytest.mark.parametrize("kind", sorted(k for k in OPEN if k != "netsuite"))
def test_the_next_close_shows_the_entry_and_closes_the_break(kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """NetSuite by REST goes through the command line itself, in test_post_command."""
    book = BOOK.get(kind, "gl")
    with OPEN[kind](monkeypatch, tmp_path, held(book)) as bench:
        folder = books(tmp_path / "books", bench.toml(D1, book))
        assert [(b["code"], b["business_key"], str(b["difference_amount"])) for b in close(folder, D1)] == [("MS-03", "gone", "9.0000")]
        approved(folder, D1)
        sent = post(folder, D1, "send", "Cid")
        assert (the(sent).state, sent.exit_code) == ("created", 0), the(sent).said
        bench.finish()
        assert close(folder, D2) == []
        assert the(post(folder, D1)).seen == D2
        assert bench.documents() == 1
