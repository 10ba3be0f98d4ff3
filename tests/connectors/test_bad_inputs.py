"""The catalogue of bad inputs: for each, what is set aside or refused, on which line and column, and the sentence a person reads."""

from decimal import Decimal

import pytest

PAYMENT = "payment_id,order_id,kind,occurred_at,amount,currency,member_id,tender"
GOOD = "P1,O1,sale,2024-01-05T10:00:00Z,10.50,USD,M1,card"
EVENT = "event_id,programme_id,member_id,kind,points,occurred_at,reverses_event_id,reason"


def lines(*rows, header=PAYMENT, end="\n"):
    return end.join((header, *rows)) + end


def one(company, content, name="payment_2024-01-05.csv"):
    """(line, column, masked value, reason) of the only row set aside."""
    delivery = company.parsed(content, name)
    assert delivery.refused is None
    (problem,) = company.set_aside(delivery)
    assert delivery.bad_count == 1
    return problem


def cell(company, column, value):
    row = dict(zip(PAYMENT.split(","), GOOD.split(","), strict=True)) | {column: value}
    line, where, masked, reason = one(company, lines(GOOD.replace("P1", "P0"), ",".join(row.values())))
    assert (line, where) == (3, column)
    return masked, reason


def refusal(company, content, name="payment_2024-01-05.csv"):
    delivery = company.parsed(content, name)
    assert delivery.rows is None
    return delivery.refused


# ------------------------------------------------------------------------------------------------------------------ structure


def test_extra_field(company):
    line, column, masked, reason = one(company, lines(GOOD, GOOD.replace("P1", "P2") + ",more", GOOD.replace("P1", "P3")))
    assert (line, column) == (3, "")
    assert masked.startswith("a9,a9,aaaa,9999-99-99")
    assert "9 fields, but the header has 8: an extra field" in reason


def test_missing_field_inside_the_file(company):
    line, column, _, reason = one(company, lines("P2,O2,sale", GOOD))
    assert (line, column) == (2, "")
    assert "3 fields, but the header has 8; a field is missing" in reason


def test_truncated_last_record(company):
    line, column, _, reason = one(company, lines(GOOD) + "P2,O2,sale,2024-01-05T10")
    assert (line, column) == (3, "")
    assert "the file may be cut off" in reason


def test_last_record_without_line_end_is_complete(company):
    delivery = company.parsed(lines(GOOD).rstrip("\n"))
    assert (delivery.row_count, delivery.bad_count) == (1, 0)


def test_unterminated_quote_costs_its_own_line_only(company):
    delivery = company.parsed(lines('"P2,O2,sale,2024-01-05T10:00:00Z,1.00,USD,M1,card', GOOD, GOOD.replace("P1", "P3")))
    assert [(p[0], p[1]) for p in company.set_aside(delivery)] == [(2, "")]
    assert "never closes" in company.set_aside(delivery)[0][3]
    assert delivery.row_count == 3


def test_two_stray_quotes_do_not_swallow_the_lines_between(company):
    delivery = company.parsed(lines('P2,O2,sale,2024-01-05T10:00:00Z,"1.00,USD,M1,card', GOOD, 'P4,O4,sale,2024-01-05T10:00:00Z,1.00,USD,"M1,card'))
    assert [p[0] for p in company.set_aside(delivery)] == [2, 4]
    assert [r["payment_id"] for r in company.rows_of(delivery)] == ["P1"]


def test_quote_inside_a_field(company):
    line, column, _, reason = one(company, lines('P2,O"2"x,sale,2024-01-05T10:00:00Z,1.00,USD,M1,card'))
    assert (line, column) == (2, "")
    assert "without being doubled" in reason


def test_quoted_text_may_hold_line_breaks_and_lines_still_count_right(company):
    delivery = company.parsed(lines('P2,O2,sale,2024-01-05T10:00:00Z,1.00,USD,M1,"gift\r\ncard ""A"""', GOOD, GOOD.replace("P1", "P3").replace("10.50", "x")))
    assert company.rows_of(delivery, "line, tender") == [{"line": 2, "tender": 'gift\ncard "A"'}, {"line": 4, "tender": "card"}]
    assert [p[0] for p in company.set_aside(delivery)] == [5]


def test_byte_order_mark_is_taken_off(company):
    delivery = company.parsed(b"\xef\xbb\xbf" + lines(GOOD).encode())
    assert (delivery.row_count, delivery.bad_count, delivery.extra_columns) == (1, 0, ())


def test_mixed_line_ends(company):
    delivery = company.parsed(f"{PAYMENT}\r\n{GOOD}\n{GOOD.replace('P1', 'P2')}\r\n")
    assert (delivery.row_count, delivery.bad_count) == (2, 0)


def test_uniform_crlf(company):
    delivery = company.parsed(lines(GOOD, GOOD.replace("P1", "P2"), end="\r\n"))
    assert [r["line"] for r in company.rows_of(delivery)] == [2, 3]


def test_empty_line_inside_the_file(company):
    line, _, _, reason = one(company, lines(GOOD, "", GOOD.replace("P1", "P2")))
    assert line == 3
    assert "the line is empty" in reason


def test_duplicate_header(company):
    assert "names amount twice" in refusal(company, lines(GOOD + ",1", header=PAYMENT + ",amount"))


def test_empty_file(company):
    assert "empty; expected a header row" in refusal(company, b"")


def test_header_only_is_a_delivery_of_no_rows(company):
    delivery = company.parsed(lines())
    assert (delivery.refused, delivery.row_count) == (None, 0)


def test_schema_drift_missing_required_column_shows_the_difference(company):
    reason = refusal(company, lines(GOOD, header=PAYMENT.replace("amount", "amt")))
    assert "lacks amount" in reason
    assert "unknown here: amt" in reason


def test_schema_drift_missing_optional_column(company):
    delivery = company.parsed(lines(GOOD.rpartition(",")[0], header=PAYMENT.removesuffix(",tender")))
    assert company.rows_of(delivery, "tender") == [{"tender": None}]


def test_schema_drift_unknown_column_is_named_and_the_file_used(company):
    delivery = company.parsed(lines(GOOD + ",x", header=PAYMENT + ",shop"))
    assert (delivery.refused, delivery.bad_count, delivery.extra_columns) == (None, 0, ("shop",))


# ------------------------------------------------------------------------------------------------------------------- encoding


def test_utf16_undeclared(company):
    assert 'declare encoding = "utf-16"' in refusal(company, lines(GOOD).encode("utf-16"))


def test_utf16_declared(company):
    company.settings = '[sources.shop.dialect]\nencoding = "utf-16"\n'
    delivery = company.parsed(lines(GOOD.replace("card", "chèque")).encode("utf-16"))
    assert [r["tender"] for r in company.rows_of(delivery)] == ["chèque"]


def test_cp1252_undeclared_names_line_and_byte(company):
    reason = refusal(company, lines(GOOD, GOOD.replace("card", "ch\xe8que")).encode("cp1252"))
    assert "line 3, byte 48: 0xe8 is not utf-8" in reason


def test_cp1252_declared(company):
    company.settings = '[sources.shop.dialect]\nencoding = "cp1252"\n'
    delivery = company.parsed(lines(GOOD.replace("card", "ch\xe8que \x80".replace("\x80", "€"))).encode("cp1252"))
    assert [r["tender"] for r in company.rows_of(delivery)] == ["chèque €"]


def test_nul_byte(company):
    masked, reason = cell(company, "member_id", "M\0001")
    assert "control, invisible" in reason
    assert "\0" not in masked


@pytest.mark.parametrize("char", ["\u200b", "\u00a0", "\u202e", "\u00ad", "\u0007", "\u3164", "\ufeff"])
def test_invisible_characters_in_an_id(company, char):
    assert "control, invisible" in cell(company, "member_id", f"M{char}1")[1]


@pytest.mark.parametrize("value", [" M1", "M1 "])
def test_spaces_around_an_id(company, value):
    assert "a space before or after an id" in cell(company, "member_id", value)[1]


def test_direction_character_in_a_text(company):
    assert "control or direction character" in cell(company, "tender", "ca\u202erd")[1]


# ------------------------------------------------------------------------------------------------------------------ ids, words


def test_leading_zeros_are_kept(company):
    delivery = company.parsed(lines(GOOD.replace("M1", "00123")))
    assert company.rows_of(delivery, "member_id") == [{"member_id": "00123"}]


@pytest.mark.parametrize("value", ["1E5", "1.23457E+11", "1e5"])
def test_scientific_ids(company, value):
    assert "re-export the column as text" in cell(company, "order_id", value)[1]


def test_hexadecimal_ids_are_no_scientific_ids(company):
    assert company.parsed(lines(GOOD.replace("O1", "12E45F"))).bad_count == 0


def test_required_cell_empty(company):
    assert cell(company, "order_id", "")[1] == "empty, but payment needs order_id; deliver it"


def test_unknown_word(company):
    assert "use one of sale, refund, partial_refund, chargeback" in cell(company, "kind", "Sale")[1]


def test_currency_is_iso(company):
    assert "ISO 4217" in cell(company, "currency", "usd")[1]


# -------------------------------------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("NaN", "not a finite number"),
        ("inf", "not a finite number"),
        ("-Infinity", "not a finite number"),
        ("1e400", "scientific notation"),
        ("12.34567", "more than 4 decimal places"),
        ("1234567890" * 4, "too large: at most 14 digits"),
        ("123456789012345", "too large: at most 14 digits"),
        ("$12", "currency sign"),
        ("12 USD", "currency sign"),
        ("1.234.50", "not written in the declared format"),
        ("(12.00)", "not written in the declared format"),
        ("12.00-", "not written in the declared format"),
        ("12.", "not written in the declared format"),
        (".5", "not written in the declared format"),
        ("twelve", "currency sign or word"),
        ("-", "not a number"),
    ],
)
def test_numbers_that_are_none(company, value, reason):
    assert reason in cell(company, "amount", value)[1]


@pytest.mark.parametrize(("value", "exact"), [("+1", "1"), ("0012.5", "12.5"), ("1.230000", "1.23"), ("99999999999999.9999", "99999999999999.9999")])
def test_numbers_that_are_exact(company, value, exact):
    delivery = company.parsed(lines(GOOD.replace("10.50", value)))
    assert company.rows_of(delivery, "amount") == [{"amount": Decimal(exact)}]


def test_locale_numbers_undeclared(company):
    assert "not written in the declared format" in cell(company, "amount", '"1.234,50"')[1]


@pytest.mark.parametrize(
    ("dialect", "value", "exact"),
    [
        ('decimal = ","\nthousands = "."', "1.234,50", "1234.50"),
        ('decimal = ","', "1234,50", "1234.50"),
        ('sign = "trailing"', "12.00-", "-12.00"),
        ('sign = "parentheses"\nthousands = ","', "(1,212.00)", "-1212.00"),
        ('decimal = ","\nthousands = "\'"\nsign = "trailing"', "1'234'567,5-", "-1234567.5"),
    ],
)
def test_locale_numbers_declared(company, dialect, value, exact):
    company.settings = f'[sources.shop.dialect]\ndelimiter = ";"\n{dialect}\n'
    text = f"ledger_id;company_id;document_id;line_id;posting_date;account;amount;currency\nE;1;1;1;2024-01-05;2100;{value};EUR\n"
    delivery = company.parsed(text, "ledger_line_2024-01-05.csv")
    assert company.set_aside(delivery) == []
    assert company.rows_of(delivery, "amount") == [{"amount": Decimal(exact)}]


@pytest.mark.parametrize("value", ["12.345,6", "1.23,50", "-5,00", "1234.50"])
def test_declared_locale_is_strict_too(company, value):
    company.settings = '[sources.shop.dialect]\ndelimiter = ";"\ndecimal = ","\nthousands = "."\nsign = "trailing"\n'
    text = f"batch_id;event_id;points;amount\nB;E;1;{value}\n"
    if value == "12.345,6":
        assert company.parsed(text, "posting_manifest_2024-01-05.csv").bad_count == 0
    else:
        assert one(company, text, "posting_manifest_2024-01-05.csv")[1] == "amount"


# ---------------------------------------------------------------------------------------------------------------------- dates


def test_ambiguous_dates_undeclared(company):
    line, column, masked, reason = one(company, "rate_date,from_currency,to_currency,rate\n01/02/2024,EUR,USD,1.1\n", "fx_rate_2024-02-05.csv")
    assert (line, column, masked) == (2, "rate_date", "99/99/9999")
    assert "not a date written YYYY-MM-DD" in reason


@pytest.mark.parametrize(("order", "day"), [("dmy", "2024-02-01"), ("mdy", "2024-01-02")])
def test_ambiguous_dates_declared(company, order, day):
    company.settings = f'[sources.shop.dialect]\ndate_order = "{order}"\ndate_separator = "/"\n'
    delivery = company.parsed("rate_date,from_currency,to_currency,rate\n01/02/2024,EUR,USD,1.1\n", "fx_rate_2024-02-05.csv")
    assert str(company.rows_of(delivery, "rate_date")[0]["rate_date"]) == day


def test_a_day_that_is_not_on_the_calendar(company):
    assert "not a day of the calendar" in one(company, "rate_date,from_currency,to_currency,rate\n2024-02-30,EUR,USD,1.1\n", "fx_rate_2024-03-05.csv")[3]


def test_instant_without_offset(company):
    assert "without offset" in cell(company, "occurred_at", "2024-01-05T10:00:00")[1]


def test_instant_that_does_not_exist(company):
    assert "no such time" in cell(company, "occurred_at", "2024-01-05T25:00:00Z")[1]


def test_booleans_are_words(company):
    text = "ledger_id,company_id,document_id,line_id,posting_date,account,amount,currency,is_tax_line\nE,1,1,1,2024-01-05,2,1,EUR,{}\n"
    assert "not true or false" in one(company, text.format("1"), "ledger_line_2024-01-05.csv")[3]
    delivery = company.parsed(text.format(""), "ledger_line_2024-01-05.csv")
    assert company.rows_of(delivery, "is_tax_line") == [{"is_tax_line": False}]


# ------------------------------------------------------------------------------------------------------------- rules of a row


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("E1,stars,M1,accrual,-5,2024-01-05T10:00:00Z,,", "points", "negative points of an accrual"),
        ("E1,stars,M1,redemption,5,2024-01-05T10:00:00Z,,", "points", "positive points of a redemption"),
        ("E1,stars,M1,reversal,5,2024-01-05T10:00:00Z,,", "reverses_event_id", "must name the event"),
        ("E1,moons,M1,accrual,5,2024-01-05T10:00:00Z,,", "programme_id", "not a programme of these books; known: stars"),
    ],
)
def test_rows_that_contradict_themselves(company, row, column, reason):
    found = one(company, lines(row, header=EVENT), "loyalty_event_2024-01-05.csv")
    assert (found[0], found[1]) == (2, column)
    assert reason in found[3]


@pytest.mark.parametrize(
    ("kind", "points", "reason"),
    [
        ("adjustment", 0, "money deferred without points"),
        ("adjustment", -5, "for units that leave or move"),
        ("redemption", -5, "for units that leave or move"),
        ("reversal", 5, "for units that leave or move"),
        ("transfer_in", 5, "for units that leave or move"),
    ],
)
def test_a_deferral_no_lot_would_be_given_is_refused(company, kind, points, reason):
    """Without points nobody would carry it; units that leave or move keep what their own lots froze: taking the row and not the money would be silent."""
    header = "event_id,programme_id,member_id,kind,points,occurred_at,deferred_amount,reason,reverses_event_id"
    row = f"{{}},stars,M1,{kind},{points},2024-01-05T10:00:00Z,{{}},price,E0"
    found = one(company, lines(row.format("E1", "5.00"), row.format("E2", "0"), header=header), "loyalty_event_2024-01-05.csv")
    assert (found[0], found[1], reason in found[3]) == (2, "deferred_amount", True), "where nothing is stated nothing is lost"


def test_a_negative_deferral_is_no_liability(company):
    header = "event_id,programme_id,member_id,kind,points,occurred_at,earn_class,deferred_amount,reason"
    row = "E1,stars,M1,{},5,2024-01-05T10:00:00Z,{},-2,price"
    for kind, earn_class in (("adjustment", "cobrand"), ("accrual", "purchase"), ("accrual", "migrated")):
        found = one(company, lines(row.format(kind, earn_class), header=header), "loyalty_event_2024-01-05.csv")
        assert (found[0], found[1], "a negative deferral" in found[3]) == (2, "deferred_amount", True)


def test_sums_cover_every_parsable_cell_of_bad_rows_too(company):
    delivery = company.parsed(lines(GOOD, "P2,O2,sale,yesterday,1.25,USD,,", "P3,O3,sale,2024-01-05T10:00:00Z,x,USD,,"))
    assert (delivery.row_count, delivery.bad_count, delivery.sums) == (3, 2, (("amount", Decimal("11.7500")),))


def test_masked_values_hold_no_data(company):
    masked, _ = cell(company, "member_id", " Jörg-42" + "x" * 60)
    assert masked == (" aaaa-99" + "a" * 60)[:40]
