"""Published examples of points as a liability, closed like any day: programme file and file-drop rows in, exported tables out.

Facts and figures only, each with its source. A year of an example is a day here: only the order of days matters to a cohort. Every example is a
programme of the same books, so that all of them cost one close of four days. Rounding is what the example states: `minor_unit` of the programme.
"""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest

from assets.workspace import Workspace
from tests.spec.worked_books import HEAD, Closed, Row, close, event, programme
from tieout.commands.roll_forward import run
from tieout.reading import adjustments_of

ISSUE, YEAR_1, YEAR_2, YEAR_3 = "2026-01-29", "2026-01-30", "2026-01-31", "2026-02-01"
D = Decimal


class Example:
    """A programme with its events, collected until the books are made."""

    made: ClassVar[dict[str, str]] = {}
    events: ClassVar[list[Row]] = []
    payments: ClassVar[list[Row]] = []

    def __init__(self, name: str, settings: str, urr: list[tuple[str, str]], *rows: tuple[str, str, object, dict[str, object]]) -> None:
        head = HEAD.replace('"example"', f'"{name}"').replace('"1000"', f'"{name}"')
        Example.made[name] = programme(settings, urr=urr, head=head)
        for n, (day, kind, points, more) in enumerate(rows):
            Example.events.append(event(f"{name}-{n}", day, kind, points, **{"programme_id": name, "member_id": f"{name}-M", **more}))


def sold(points: object, amount: str, **more: object) -> tuple[str, str, object, dict[str, object]]:
    return (ISSUE, "accrual", points, {"transaction_amount": amount, **more})


def used(day: str, points: int) -> tuple[str, str, object, dict[str, object]]:
    return (day, "redemption", -points, {})


def fixed(points: object, deferred: str, amount: str = "100000") -> tuple[str, str, object, dict[str, object]]:
    """An accrual whose allocation the source itself rounded: 91 %/9 % instead of 91.16 %/8.84 %."""
    return sold(points, amount, deferred_amount=deferred, reason="allocation as published")


def value(per_point: str, urr: str, minor_unit: int = 2, more: str = "") -> str:
    return f'value_per_point = "{per_point}"\nurr_for_ssp = "{urr}"\nminor_unit = {minor_unit}\n{more}'


IE52 = [(ISSUE, "0.95"), (YEAR_2, "0.97")]
Example("ie52", value("1", "0.95", 0), IE52, sold(10000, "100000"), used(YEAR_1, 4500), used(YEAR_2, 4000))
Example("ie52exact", value("1", "0.95", 4), IE52, sold(10000, "100000"), used(YEAR_1, 4500), used(YEAR_2, 4000))
Example("ie52split", value("1", "0.95", 0), IE52, fixed(10000, "8676"), used(YEAR_1, 4500), used(YEAR_2, 4000))
Example("kpmg10a", value("1", "0.97"), [(ISSUE, "0.97"), (YEAR_2, "0.99")], fixed(10000, "9000"), used(YEAR_1, 4500), used(YEAR_2, 4000))
Example("kpmg10b", value("1", "0.97"), [(ISSUE, "0.97"), (YEAR_2, "0.92")], fixed(10000, "9000"), used(YEAR_1, 4500), used(YEAR_2, 4000))
Example("kpmgexact", value("1", "0.97"), [], sold(10000, "100000"))
Example("negative", value("1", "0.97"), [(ISSUE, "0.97"), (YEAR_2, "0.99")], fixed(10000, "9000"), used(YEAR_1, 4500))
Example("icai", value("1", "1", 0), [(ISSUE, "0.964")], sold(5000000, "500000000"), used(YEAR_1, 4100000), used(YEAR_2, 540000))
Example("kpmg10a0", value("1", "0.97", 0), [(ISSUE, "0.97"), (YEAR_2, "0.99")], fixed(10000, "9000"), used(YEAR_1, 4500), used(YEAR_2, 4000))
Example("ifric13", value("1.25", "0.80"), [(ISSUE, "0.80"), (YEAR_2, "0.90")],
        fixed(100, "100", "2000"), used(YEAR_1, 40), used(YEAR_2, 41), used(YEAR_3, 9))  # fmt: skip
Example("grocery72", value("100", "0.80"), [(ISSUE, "0.80"), (YEAR_2, "0.90")],
        sold(10000, "7200000"), used(YEAR_1, 4000), used(YEAR_2, 4100), used(YEAR_3, 900))  # fmt: skip
Example("option", value("150", "0.80"), [], sold(1, "1000"))
Example("ie49", value("15", "0.80", 0), [], sold(1, "100"))
Example("far016", value("0.05", "0.80"), [], sold(1000, "200"))
Example("finlearn", value("0.10", "0.85"), [], sold(2000, "2000"), used(YEAR_1, 1000))
# ours: a national airline's miles in won, where every product of money and its weights is long
Example("won", value("1", "0.80", 0), [], fixed(2500000000000, "2500000000000", "50000000000000"), used(YEAR_1, 400000000000), used(YEAR_2, 250000000000))
Example("supplyclub", value("0.20", "0.80"), [], sold(150000, "216000"), used(YEAR_1, 96000))
Example("giftcard", value("1", "0.90", 2, 'instrument = "gift_card"'), [], sold(1000, "1000", earn_class="purchased"), used(YEAR_1, 540))
Example("fewer", value("2", "0.80"), [(ISSUE, "0.80"), (YEAR_2, "0.70")], fixed(1000, "1600"), used(YEAR_1, 200), used(YEAR_2, 300),
        (YEAR_3, "expiry", -500, {}))  # fmt: skip
PARTNER = '[[partners]]\nid = "AIR"\nprice_per_point = "0.01"\ncost_per_point = "0.009"\nrole = "{}"'
for ROLE in ("agent", "principal"):
    Example(f"air{ROLE}", value("0.01", "1", 2, 'issuer = "AIR"\n' + PARTNER.format(ROLE)), [], sold(1000000, "1000000", goods_ssp="990000"))
Example("coalition", value("0.02", "0.75", 2, PARTNER.format("agent").replace('"0.01"', '"0.015"')), [],
        (ISSUE, "accrual", 10000, {"earn_class": "partner", "partner_id": "AIR"}))  # fmt: skip
FREE = value("0.02", "0.72", 2, 'free_points = "{}"\ncost_per_point = "0.0125"')
Example("freecost", FREE.format("accrue_cost"), [], (ISSUE, "accrual", 500, {}))
Example("freememo", FREE.format("recognise_at_redemption"), [], (ISSUE, "accrual", 500, {}))
for UNIT, OPENING, EARNED, USED in (("delta22", 7559, 658, (543, 30)), ("delta21", 7182, 354, (241, 10)), ("american", 9135, 2367, (2355,))):
    Example(UNIT, value("1", "1", 0, 'lot_policy = "fifo"'), [], (ISSUE, "accrual", OPENING, {"earn_class": "migrated", "deferred_amount": str(OPENING),
            "reason": "opening"}), (YEAR_1, "accrual", EARNED, {"earn_class": "purchased", "transaction_amount": str(EARNED)}),
            *(used(YEAR_1, n) for n in USED))  # fmt: skip
REMOTE = value("1", "1", 0, 'lot_policy = "fifo"\nbreakage = "remote"\n[posts]\n"accrual.purchased" = "stored_value"')
for UNIT, OPENING, EARNED, CONVERTED, USED, FORFEITED in (
    ("southwest9m20", 3385, 1488, 105, 747, 44), ("southwestq120", 3385, 656, 0, 461, 19), ("southwest9m19", 3011, 2195, 0, 1814, 53),
    ("mannatech14", 5456, 1027 + 2728, 0, 570, 936), ("overstock20", 41821, 80287, 0, 32403, 0),
):  # fmt: skip
    Example(UNIT, REMOTE, [], (ISSUE, "accrual", OPENING, {"earn_class": "migrated", "deferred_amount": str(OPENING), "reason": "opening"}),
            (YEAR_1, "accrual", EARNED, {"earn_class": "cobrand", "transaction_amount": str(EARNED)}), used(YEAR_1, USED),
            *([(YEAR_1, "accrual", CONVERTED, {"earn_class": "purchased", "transaction_amount": str(CONVERTED)})] if CONVERTED else []),
            *([(YEAR_1, "expiry", -FORFEITED, {})] if FORFEITED else []))  # fmt: skip
for QUARTER, POINTS, AMOUNT in (("corridor22", 70000000, 3582000), ("corridor23a", 78000000, 3981000), ("corridor23", 110000000, 5781000),
                                ("corridor24", 126000000, 6144000)):  # fmt: skip
    Example(QUARTER, value("0.05", "0.8"), [], (ISSUE, "accrual", POINTS, {"earn_class": "migrated", "deferred_amount": AMOUNT, "reason": "opening"}))

GOLDEN = 'lot_policy = "{}"\njournal_scope = "full_sale"\nearn_class_sequence = ["cobrand", "bonus", "purchase"]'
for POLICY in ("expiring_first", "subtype_sequence"):
    Example(f"golden_{POLICY}", value("0.05", "0.80", 2, GOLDEN.format(POLICY)), [(ISSUE, "0.80"), (YEAR_2, "0.85")],
            sold(1000, "1000.00", expires_on="2028-01-10", order_id=f"{POLICY}-1"),
            (ISSUE, "accrual", 200, {"expires_on": "2026-06-30"}),
            (ISSUE, "accrual", 500, {"earn_class": "cobrand", "transaction_amount": "22.50", "expires_on": "2028-03-01"}),
            (YEAR_1, "redemption", -600, {"transaction_amount": "100.00", "order_id": f"{POLICY}-2"}), (YEAR_3, "expiry", -600, {}))  # fmt: skip
    PAID = {"kind": "sale", "currency": "USD", "tender": "card"}
    Example.payments += [{"payment_id": f"{POLICY}-1", "order_id": f"{POLICY}-1", "occurred_at": f"{ISSUE}T12:00:00Z", "amount": "1100.00",
                          "tax_amount": "100.00", **PAID}, {"payment_id": f"{POLICY}-2", "order_id": f"{POLICY}-2", "occurred_at": f"{YEAR_1}T12:00:00Z",
                          "amount": "77.00", "tax_amount": "7.00", **PAID}]  # fmt: skip
COST = 'lot_policy = "{}"\nfree_points = "accrue_cost"\ncost_per_point = "0.005"'
for POLICY in ("fifo", "lifo", "expiring_first"):
    Example(f"lots_{POLICY}", value("0.01", "1", 2, COST.format(POLICY)), [],
            sold(1000, "100", deferred_amount="8.00", reason="as constructed", expires_on="2028-01-10"),
            (YEAR_1, "accrual", 500, {"expires_on": "2026-06-30"}),
            (YEAR_2, "accrual", 2000, {"transaction_amount": "200", "deferred_amount": "18.00", "reason": "as constructed", "expires_on": "2028-03-01"}),
            (YEAR_2, "redemption", -1200, {}), (YEAR_3, "reversal", 300, {"reverses_event_id": f"lots_{POLICY}-3"}))  # fmt: skip


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Closed:
    return close(tmp_path_factory.mktemp("worked") / "books", Example.made, Example.events, last=YEAR_3, more={"payment": Example.payments})


@pytest.fixture(scope="module")
def rolls(books: Closed) -> dict[tuple[str, str], Row]:
    """The roll-forward by programme and day, deferred measure (accrued cost where that is what is owed)."""
    found = books.rows("""select programme_id, business_date::varchar as day, sum(closing_points) as points, sum(deferred_amount) as deferred,
        sum(released_amount) as released, sum(expired_amount) as expired, sum(re_estimated_amount) as re_estimated, sum(closing_amount) as closing
        from roll_forward where measure = 'deferred' group by all""", "roll_forward")  # fmt: skip
    return {(r["programme_id"], r["day"]): r for r in found}


# ------------------------------------------------------------------------------------------------------------ allocation at issue


@pytest.mark.parametrize(
    ("example", "deferred"),
    [
        ("ie52", "8676"),  # IFRS 15 IE267-IE270, ASC 606-10-55-353..356: 100,000 x 9,500 / 109,500; products 91,324
        ("ie52exact", "8675.7991"),
        ("kpmgexact", "8842.30"),  # KPMG IFRS 15 handbook, Example 10A, without its rounding to 91 %/9 %
        ("grocery72", "720000"),  # presentation "Illustration IFRS 15": 7,200,000 x 800,000 / 8,000,000; goods 6,480,000
        ("option", "107.14"),  # ifrscommunity: (200 - 50) x 80 % = 120; 1,000 x 120 / 1,120; product 892.86
        ("ie49", "11"),  # IFRS 15 IE250-IE253 (Example 49): voucher 12 of 112; product 89
        ("far016", "33.33"),  # CPA review: 200 x 40 / 240; goods 166.67
        ("finlearn", "156.68"),  # finlearnhub's 158 rounds to whole per cents
        ("supplyclub", "21600"),  # Spiceland: 216,000 x 24,000 / 240,000; goods 194,400
        ("icai", "4950495"),  # ICAI, KK Ltd: points at 100 % for the price, 96.4 % for recognition; goods 495,049,505
        ("coalition", "150"),  # rewardco: 10,000 points at 0.015
        ("airagent", "0"),  # IFRIC 13 Example 2: nothing stays with who grants another's points
        ("airprincipal", "0"),
        ("freecost", "0"),  # no contract without a purchase
    ],
)
def test_what_is_deferred_when_points_are_issued(rolls: dict[tuple[str, str], Row], example: str, deferred: str) -> None:
    assert rolls[example, ISSUE]["closing"] == D(deferred)


# ------------------------------------------------------------------------------------------------ revenue by cumulative catch-up


@pytest.mark.parametrize(
    ("example", "revenue", "liability"),
    [
        ("ie52", ("4110", "3493"), ("4566", "1073")),  # a prospective engine gives 3,512 for the second year
        ("ie52exact", ("4109.5890", "3492.9154"), ("4566.2101", "1073.2947")),
        ("kpmg10a0", ("4175", "3552"), ("4825", "1273")),  # KPMG IFRS 15 handbook
        ("kpmg10a", ("4175.26", "3552.01"), ("4824.74", "1272.73")),
        ("kpmg10b", ("4175.26", "4139.96"), ("4824.74", "684.78")),  # 4,175, 4,140; 685
        ("negative", ("4175.26", "-84.35"), ("4824.74", "4909.09")),  # a higher rate without redemptions takes revenue back
        ("ifric13", ("50", "40", "10"), ("50", "10", "0")),  # IFRIC 13 Example 1
        ("grocery72", ("360000", "288000", "72000"), ("360000", "72000", "0")),
        ("finlearn", ("92.17",), ("64.51",)),  # on 1,700 points expected, not on 2,000 awarded
        ("supplyclub", ("17280",), ("4320",)),
        ("won", ("500000000000", "312500000000"), ("2000000000000", "1687500000000")),
        ("icai", ("4211002", "554620"), ("739493", "184873")),
        ("giftcard", ("600",), ("400",)),  # 540 used + 60 breakage of 1,000 sold
        ("fewer", ("400", "742.86", "457.14"), ("1200", "457.14", "0")),  # 1,600 deferred; fewer are expected, then the rest expires
    ],
)
def test_revenue_of_each_year(rolls: dict[tuple[str, str], Row], example: str, revenue: tuple[str, ...], liability: tuple[str, ...]) -> None:
    years = (YEAR_1, YEAR_2, YEAR_3)
    rows = [rolls[example, y] for y in years[: len(revenue)]]
    assert [-(r["released"] + r["expired"] + r["re_estimated"]) for r in rows] == [D(x) for x in revenue]  # type: ignore[operator]
    assert [r["closing"] for r in rows] == [D(x) for x in liability]


@pytest.mark.parametrize(
    ("example", "since", "true_up", "redeemed"),
    [
        ("ie52split", "booked", "-85.05", "3577.73"),  # 8,676 x 4,500 / 9,700 less the 4,110 booked, and 8,676 x 4,000 / 9,700; together 3,493
        ("kpmg10a", "exact", "-84.35", "3636.36"),
        ("kpmg10b", "exact", "226.92", "3913.04"),
    ],
)
def test_a_new_rate_is_stored_as_two_entries(books: Closed, example: str, since: str, true_up: str, redeemed: str) -> None:
    """Group 0 is the new rate on what was redeemed so far, group 5 the redemptions at the new rate; both to the last digit."""
    rows = books.rows(f"""select group_no, exact_released, released_before_amount, urr, issued_deferral, expected_deferral, redeemed_deferral
        from cohort_movement
        where programme_id = '{example}' and business_date >= '{YEAR_1}' order by business_date, group_no""", "cohort_movement")  # fmt: skip
    before, opening, redemption = rows
    assert (before["group_no"], opening["group_no"], redemption["group_no"]) == (5, 0, 5)
    base = opening["released_before_amount"] if since == "booked" else before["exact_released"]
    assert round(opening["exact_released"] - base, 2) == D(true_up)
    assert round(redemption["exact_released"] - opening["exact_released"], 2) == D(redeemed)
    for r in rows:
        assert round(r["issued_deferral"] * r["redeemed_deferral"] / r["expected_deferral"], 6) == round(r["exact_released"], 6)


def test_face_and_breakage_of_a_release_are_stored(books: Closed) -> None:
    """4,500 x 8,676 / 10,000 is face, the rest of 4,110 breakage; in whole units as posted."""
    (row,) = books.rows(f"""select released_amount, face_released_amount, redeemed_deferral from cohort_movement
        where programme_id = 'ie52split' and business_date = '{YEAR_1}'""", "cohort_movement")  # fmt: skip
    assert (row["released_amount"], row["face_released_amount"], row["redeemed_deferral"]) == (D(4110), D(3904), D("3904.2"))
    entry = books.rows(f"""select account, debit - credit as amount from journal_line where programme_id = 'ie52split' and business_date = '{YEAR_1}'
        order by account""", "journal_line")  # fmt: skip
    assert {r["account"]: r["amount"] for r in entry} == {"2100": D(4110), "4050": D(-3904), "4060": D(-206)}


# ----------------------------------------------------------------------------------------------- points of others, and free points


@pytest.mark.parametrize(
    ("example", "entry"),
    [
        ("airagent", {"4000": "10000", "2130": "-9000", "4070": "-1000"}),  # IFRIC 13 Example 2, agent: commission of 1,000
        ("airprincipal", {"4000": "10000", "4050": "-10000", "5050": "9000", "2130": "-9000"}),  # principal: 10,000 and 9,000
        ("coalition", {"1150": "150", "2100": "-150"}),
        ("freecost", {"6100": "4.50", "2120": "-4.50"}),  # 500 x 0.0125 x 72 %
        ("freememo", {}),
    ],
)
def test_the_entry_of_issue(books: Closed, example: str, entry: dict[str, str]) -> None:
    lines = books.rows(f"select account, debit - credit as amount from journal_line where programme_id = '{example}' and business_date = '{ISSUE}'",
                       "journal_line")  # fmt: skip
    assert {r["account"]: r["amount"] for r in lines} == {k: D(v) for k, v in entry.items()}


# --------------------------------------------------------------------------------------------------------- published roll-forwards


@pytest.mark.parametrize(
    ("example", "opening", "deferred", "released", "closing"),
    [
        ("delta22", 7559, 658, -573, 7644),  # Delta 10-Q Q1 2022, R30: -543 air, -30 other (USD m)
        ("delta21", 7182, 354, -251, 7285),
        ("american", 9135, 2367, -2355, 9147),  # American 10-Q Q3 2022, R44: one homogenous pool
    ],
)
def test_a_published_roll_forward_ties(books: Closed, example: str, opening: int, deferred: int, released: int, closing: int) -> None:
    (row,) = books.rows(f"""select sum(opening_amount) as o, sum(deferred_amount) as d, sum(released_amount) as r, sum(closing_amount) as c from roll_forward
        where programme_id = '{example}' and business_date = '{YEAR_1}' and measure = 'deferred'""", "roll_forward")  # fmt: skip
    assert (row["o"], row["d"], row["r"], row["c"]) == (opening, deferred, released, closing)


@pytest.mark.parametrize(
    ("example", "moved"),
    [
        ("southwest9m20", (3385, 1488 + 105, -747, -44, 4187)),  # Southwest 10-Q Q3 2020 (USD m): 105 of unused funds turned into points
        ("southwestq120", (3385, 656, -461, -19, 3561)),
        ("southwest9m19", (3011, 2195, -1814, -53, 3339)),
        ("mannatech14", (5456, 1027 + 2728, -570, -936, 7705)),  # Mannatech 10-Q Q1 2014 (USD k): vested and unvested points, forfeited
        ("overstock20", (41821, 80287, -32403, 0, 89705)),  # Overstock 10-Q Q2 2020 (USD k), unearned revenue
    ],
)
def test_a_published_roll_forward_with_forfeited_points_ties(books: Closed, example: str, moved: tuple[int, ...]) -> None:
    (row,) = books.rows(f"""select sum(opening_amount), sum(deferred_amount), sum(released_amount), sum(expired_amount), sum(closing_amount) from roll_forward
        where programme_id = '{example}' and business_date = '{YEAR_1}' and measure = 'deferred'""", "roll_forward")  # fmt: skip
    assert tuple(row.values()) == moved


def test_ticket_credit_turned_into_points_leaves_the_stored_value(books: Closed) -> None:
    lines = books.rows(f"""select account, debit - credit as amount from journal_line where programme_id = 'southwest9m20' and business_date = '{YEAR_1}'
        and event_kind = 'accrual' order by account, amount""", "journal_line")  # fmt: skip
    assert [(r["account"], r["amount"]) for r in lines] == [("1150", 1488), ("2100", -1488), ("2100", -105), ("2105", 105)]


def test_the_implied_value_of_a_point_stays_in_the_published_corridor(rolls: dict[tuple[str, str], Row]) -> None:
    """SEC CIK 1848416, R18: selling price 0.031 to 0.061 a point; 0.0512, 0.0510, 0.0526, 0.0488 at four dates."""
    implied = [rolls[q, ISSUE]["closing"] / rolls[q, ISSUE]["points"] for q in ("corridor22", "corridor23a", "corridor23", "corridor24")]  # type: ignore[operator]
    assert [round(v, 4) for v in implied] == [D("0.0512"), D("0.0510"), D("0.0526"), D("0.0488")]
    assert all(D("0.031") <= v <= D("0.061") for v in implied)


def test_every_example_closes_without_a_break_of_ours(books: Closed) -> None:
    assert books.rows("select code, business_key from break where code in ('DQ-05', 'BL-01', 'BL-02') order by all", "break") == []


# ------------------------------------------------------------------------------------------- from end to end, and which lots are used


@pytest.mark.parametrize(
    ("day", "kind", "entry"),
    [
        (ISSUE, "accrual", {"1010": "1100", "4000": "-961.54", "2100": "-60.96", "2150": "-100", "1150": "22.50"}),
        (YEAR_1, "redemption", {"1010": "77", "2100": "19.23", "4000": "-70", "4050": "-15.38", "4060": "-3.85", "2150": "-7"}),
        (YEAR_2, "re_estimate", {"4065": "1.13", "2100": "-1.13"}),
        (YEAR_3, "expiry", {"2100": "20.36", "4060": "-20.36"}),
    ],
)
def test_the_entries_of_a_scenario_from_end_to_end(books: Closed, day: str, kind: str, entry: dict[str, str]) -> None:
    """A sale of 1,000 with points, a birthday bonus, a bank's points; 600 used on a sale of 100; 80 % becomes 85 %; 600 expire."""
    lines = books.rows(f"""select account, sum(debit - credit) as amount from journal_line where programme_id = 'golden_expiring_first'
        and business_date = '{day}' and event_kind = '{kind}' group by all""", "journal_line")  # fmt: skip
    assert {r["account"]: r["amount"] for r in lines} == {k: D(v) for k, v in entry.items()}


def test_the_scenarios_roll_forward_and_the_other_order_of_lots(books: Closed, rolls: dict[tuple[str, str], Row]) -> None:
    assert rolls["golden_expiring_first", YEAR_2]["closing"] == D("42.86")
    taken = books.rows("""select programme_id, earn_class, sum(points) as points, sum(redemption_value) as money_off from allocation
        where programme_id like 'golden%' group by all""", "allocation")  # fmt: skip
    assert {(r["programme_id"].removeprefix("golden_"), r["earn_class"]): (r["points"], r["money_off"]) for r in taken} == {
        ("expiring_first", "bonus"): (200, 10), ("expiring_first", "purchase"): (400, 20),
        ("subtype_sequence", "cobrand"): (500, 25), ("subtype_sequence", "bonus"): (100, 5),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "consumed", "deferred", "cost"),
    [
        ("fifo", {0: 1000, 1: 200}, "8.00", "1.00"),
        ("lifo", {2: 1200}, "10.80", "0.00"),
        ("expiring_first", {1: 500, 0: 700}, "5.60", "2.50"),
    ],
)
def test_the_order_of_lots_decides_revenue_and_cost(books: Closed, policy: str, consumed: dict[int, int], deferred: str, cost: str) -> None:
    """1,200 points out of lots of 1,000 (8.00 deferred), 500 (2.50 cost) and 2,000 (18.00)."""
    rows = books.rows(f"""select lot_id, points, released_amount, released_cost from allocation
        where event_id = 'lots_{policy}-3'""", "allocation")  # fmt: skip
    assert {int(r["lot_id"].split("-")[1]): r["points"] for r in rows} == consumed
    assert (sum(r["released_amount"] for r in rows), sum(r["released_cost"] for r in rows)) == (D(deferred), D(cost))


def test_a_refund_restores_the_lots_used_last(books: Closed) -> None:
    rows = books.rows("select lot_id, points from allocation where event_id = 'lots_expiring_first-4'", "allocation")
    assert rows == [{"lot_id": "lots_expiring_first-0", "points": D(-300)}]


def test_a_roll_forward_of_any_range_opens_and_closes_at_its_ends(books: Closed, tmp_path: Path) -> None:
    """IFRS 15 Example 52 over both years, and over the second alone: its revenue comes out of the opening balance to the last unit."""
    found = {}
    for first in (ISSUE, YEAR_2):
        run(books.folder, date.fromisoformat(first), date.fromisoformat(YEAR_3), "programme", "csv", tmp_path / "range.csv")
        rows = list(csv.DictReader((tmp_path / "range.csv").read_text(encoding="utf-8").splitlines()))
        (found[first],) = [r for r in rows if (r["programme_id"], r["measure"]) == ("ie52", "deferred")]
    names = ("opening_amount", "deferred_amount", "released_amount", "re_estimated_amount", "closing_amount", "released_from_opening_amount")
    assert [D(found[ISSUE][n]) for n in names] == [0, 8676, -7688, 85, 1073, 0]
    assert [D(found[YEAR_2][n]) for n in names] == [4566, 0, -3578, 85, 1073, 3493]


def test_a_differing_account_gets_a_proposed_entry_when_asked_for(books: Closed) -> None:
    with adjustments_of(Workspace(books.folder), date.fromisoformat(YEAR_3)) as session:
        assert session.value("select count(*) from adjusting_entry") == 0, "no ledger was delivered: nothing to adjust"
