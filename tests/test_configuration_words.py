"""A wrong configuration is refused with file, line, key and, where there is one, the nearest valid word; never as the library puts it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.books import load_books
from core.errors import UsageFault
from tieout.commands.init import write_books

PROGRAMME = "programmes/your-programme.toml"
RATE = '[[urr]]\neffective = 2026-01-01\nrate = "{}"\nearn_class = "bonus"\napproved_by = "A"\nreason = "B"\n'


@pytest.fixture
def books(tmp_path: Path) -> Path:
    write_books(tmp_path)
    return tmp_path


def _instead(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


def _after(more: str) -> Callable[[str], str]:
    return lambda text: f"{text}\n{more}\n"


@pytest.mark.parametrize(
    ("file", "change", "line", "said"),
    [
        ("tieout.toml", _instead("fiscal_calendar =", "fiscal_calender ="), "fiscal_calender", "did you mean fiscal_calendar?"),
        ("tieout.toml", _instead('"USD"', '"US"'), 'functional_currency = "US"', "'US' is not a currency code such as \"USD\""),
        ("tieout.toml", _instead('name = ""', "name = 3"), "name = 3", "write it as a quoted string, not 3"),
        ("tieout.toml", _instead('"4GB"', '"lots"'), 'memory = "lots"', 'an amount of memory such as "4GB"'),
        ("tieout.toml", _after('[[feeds]]\nsource = "a"\ntable = "payment"\n[[feeds]]\nsource = "a"\ntable = "paymnt"'), 'table = "paymnt"',
         "did you mean payment?"),
        ("tieout.toml", _after('[[feeds]]\nsource = "a"\ntable = "payment"\ndue = "26:00"'), 'due = "26:00"', 'a time of day such as "06:00"'),
        ("tieout.toml", _after('[sources.a.tables.paymnt]\ndelimiter = ";"'), "[sources.a.tables.paymnt]", "did you mean payment?"),
        ("tieout.toml", _after('[certification]\nversion = "1"'), "[certification]", "certification.approved_by: is required and not there"),
        ("tieout.toml", _after("[compani"), "[compani", "not valid TOML"),
        (PROGRAMME, _instead('"expiring_first"', '"fefo"'), 'lot_policy = "fefo"', "'fefo' is none of expiring_first, fifo"),
        (PROGRAMME, _instead('value_per_point = "0.01"', "value_per_point = 0.01"), "value_per_point = 0.01", "write it as a quoted string, not 0.01"),
        (PROGRAMME, _instead("posting_days = 1", "posting_days = -1"), "posting_days = -1", "-1 is out of range"),
        (PROGRAMME, _after('[[urr]]\neffective = 2026-01-01\nrate = "1.2"\napproved_by = "A"\nreason = "B"'), 'rate = "1.2"', "1.2 is out of range"),
        (PROGRAMME, _after(RATE.format("0.6") + RATE.format("0.9")), "", "urr: two rates of 2026-01-01 for bonus; keep the one that was approved"),
        (PROGRAMME, _instead('value_per_point = "0.01"', 'value_per_point = [{effective = 2026-01-01, value = "1"}, {effective = 2026-01-01, value = "2"}]'),
         "", "value_per_point: two values of 2026-01-01"),
        (PROGRAMME, _instead('"recognise_at_redemption"', '"accrue_cost"'), "", "say in cost_per_point what a point is expected to cost"),
        (PROGRAMME, _instead("sales_tax =", "sale_tax ="), "", "did you mean sales_tax?"),
        ("tax_rules.csv", _instead("THIRD_PARTY_INCLUDED", "THIRD_PARTY_INCLUDE"), "THIRD_PARTY_INCLUDE,", "did you mean THIRD_PARTY_INCLUDED?"),
        ("tax_rates.csv", _instead("0.0725", "7.25%"), "7.25%", "'7.25%' is not a number from 0 on"),
        ("tax_rates.csv", _instead("2017-01-01", "01/01/2017"), "01/01/2017", "a date, YYYY-MM-DD"),
    ],
)  # fmt: skip
def test_a_wrong_configuration(books: Path, file: str, change: Callable[[str], str], line: str, said: str) -> None:
    path = books / file
    wrong = change(path.read_text(encoding="utf-8"))
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(UsageFault) as refused:
        load_books(books)
    assert said in refused.value.what
    number = next((f":{n}" for n, text in enumerate(wrong.splitlines(), start=1) if line and line in text and not text.startswith("#")), "")
    assert refused.value.where == f"{path}{number}"


def test_a_secret_that_was_written_out_is_not_repeated(books: Path) -> None:
    path = books / "tieout.toml"
    path.write_text(
        path.read_text(encoding="utf-8") + '\n[sources.erp]\nkind = "netsuite"\n[sources.erp.credentials.secrets]\ntoken = "hunter2"\n', encoding="utf-8"
    )
    with pytest.raises(UsageFault) as refused:
        load_books(books)
    assert "hunter2" not in str(refused.value)
    assert "env:NAME" in refused.value.what


@pytest.mark.parametrize("file", ["tieout.toml", PROGRAMME, "tax_rates.csv"])
def test_a_file_in_another_encoding(books: Path, file: str) -> None:
    (books / file).write_bytes((books / file).read_bytes() + "# Bücher".encode("latin-1"))
    with pytest.raises(UsageFault, match="not written in UTF-8"):
        load_books(books)


def test_a_byte_order_mark_is_no_matter(books: Path) -> None:
    before = load_books(books)
    for file in ("tieout.toml", PROGRAMME, "tax_rates.csv"):
        (books / file).write_bytes(b"\xef\xbb\xbf" + (books / file).read_bytes())
    after = load_books(books)
    assert (after.file, after.programmes, after.tax_rates) == (before.file, before.programmes, before.tax_rates)
