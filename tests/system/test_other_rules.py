"""Days closed before and after a rule was changed: whichever was closed again first, the books end the same, and no close passes for another."""

from datetime import date
from pathlib import Path

import pytest

from tests.system.small_books import close, fill, make
from tests.system.system_books import closes, contents, must_be_equal, seals

pytestmark = pytest.mark.minutes
D1, D2 = date(2017, 1, 29), date(2017, 1, 30)


def _change_a_rule(books: Path) -> None:
    rules = books / "match_rules" / "member_balance.toml"
    rules.write_text(rules.read_text(encoding="utf-8").replace('version = "1"', 'version = "2"', 1), encoding="utf-8")


def test_an_earlier_day_is_closed_again_under_the_rules_of_a_later_one(tmp_path: Path) -> None:
    books = make(tmp_path / "books")
    fill(books, D1, 2)
    close(books, D1, D2)
    _change_a_rule(books)
    close(books, D2, again=True)
    built_on_old_rules = closes(books)[D2]
    assert close(books, D1, again=True) == [D1, D2]
    assert closes(books)[D2].close_id != built_on_old_rules.close_id, "it builds on another close of the day before"
    assert close(books, D2, again=True) == [D2]

    at_once = make(tmp_path / "at-once")
    fill(at_once, D1, 2)
    _change_a_rule(at_once)
    close(at_once, D1, D2)
    must_be_equal(seals(at_once), seals(books))
    must_be_equal(contents(at_once), contents(books))
