"""Estimates of the ultimate redemption rate: the published RAA figures to the last digit, and proposals of a programme's own history."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from core.books import load_books
from core.errors import UsageFault
from core.schema import table
from core.sql import Limits, Session
from ledgers.chain_ladder import bornhuetter_ferguson, chain_ladder, develop, factors, fitted_tail, without_latest
from ledgers.urr import propose
from tieout.commands.init import write_books
from tieout.commands.urr import Adoption, adopt

D = Decimal
# Reinsurance Association of America, Historical Loss Development; the triangle Mack (1993) uses.
RAA = [[D(x) for x in row.split()] for row in """
5012 8269 10907 11805 13539 16181 18009 18608 18662 18834
106 4285 5396 10666 13782 15599 15496 16169 16704
3410 8992 13873 16141 18735 22214 22863 23466
5655 11555 15766 21266 23425 26083 27067
1092 9565 15836 22169 25955 26180
1513 6445 11702 12935 15852
557 4020 10946 12314
1351 6947 13112
3133 5395
2063
""".strip().splitlines()]  # fmt: skip


def test_the_raa_triangle_gives_the_published_factors_and_ultimates() -> None:
    development = develop(RAA, tail=D(1))
    published = "2.999359 1.623523 1.270888 1.171675 1.113385 1.041935 1.033264 1.016936 1.009217"
    assert [str(round(f, 6)) for f in development.factors] == published.split()
    assert [str(round(f, 6)) for f in development.to_ultimate[:3]] == ["8.920234", "2.974047", "1.831848"]
    ultimates = [chain_ladder(row[-1], len(row) - 1, development) for row in RAA]
    assert [str(round(u, 2)) for u in ultimates] == [
        "18834.00", "16857.95", "24083.37", "28703.14", "28926.74", "19501.10", "17749.30", "24019.19", "16044.98", "18402.44",
    ]  # fmt: skip
    assert round(sum(ultimates), 2) == D("213122.23")
    assert round(sum(ultimates) - sum(row[-1] for row in RAA), 2) == D("52135.23")


def test_bornhuetter_ferguson_follows_its_prior_where_nothing_is_developed() -> None:
    development = develop([[D(10), D(20)], [D(10)]], tail=D(1))
    assert bornhuetter_ferguson(D(10), 0, development, D(40)) == 30  # half developed: 10 + 40 x (1 - 1/2)
    assert bornhuetter_ferguson(D(20), 1, development, D(40)) == 20


def test_a_tail_that_halves_is_continued_and_stops_where_points_expire() -> None:
    halving = [1 + D("0.4"), 1 + D("0.2"), 1 + D("0.1")]
    assert round(fitted_tail(halving, last_age=5), 9) == round(D("1.05") * D("1.025"), 9)
    assert fitted_tail(halving, last_age=3) == 1
    assert fitted_tail([D("1.1"), D("1.2")]) == 1, "factors that grow have no tail"


def test_an_earlier_triangle_has_lost_its_latest_diagonals_and_its_youngest_cohorts() -> None:
    assert without_latest([[D(1), D(2)], [D(3)]], 1) == [[D(1)]]
    assert factors([[D(0), D(5)], [D(0)]]) == (1,)


# ------------------------------------------------------------------------------------------------- proposals of a programme's history


@pytest.fixture
def estimates(tmp_path: Path) -> dict[tuple[str, str], dict[str, Decimal]]:
    """Four cohorts of 1,000 units, 300, 450 and 540 redeemed by age 0, 1 and 2, observed at four month ends."""
    by_age = [300, 450, 540, 540]
    ends = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]

    def state(month: int, observed: int) -> dict[str, object]:
        redeemed = by_age[observed - month]
        return {"business_date": ends[observed], "company_id": "c", "programme_id": "club", "currency": "USD", "earn_class": "purchase",
                "cohort": f"2026-0{month + 1}", "issued_points": 1000, "redeemed_points": redeemed, "expired_points": 0, "open_points": 1000 - redeemed,
                "issued_deferral": 100, "redeemed_deferral": D(redeemed) / 10, "expired_deferral": 0, "urr": "0.8", "issued_amount": 100,
                "released_amount": D(redeemed) / 8, "cost_owed_amount": 0}  # fmt: skip

    with Session(Limits((tmp_path,))) as session:
        session.rows("programme", table("programme"), [{"programme_id": "club", "breakage": "proportional", "minor_unit": 2}])
        session.rows("prior_cohort_state", table("cohort_state"), [state(m, o) for o in range(3) for m in range(o + 1)], prefix=("business_date",))
        session.rows("cohort_state", table("cohort_state"), [state(m, 3) for m in range(4)])
        session.empty("urr_estimate", table("urr_estimate"))
        propose(session, date(2026, 4, 29))
        assert session.value("select count(*) from urr_estimate") == 0, "estimates are made at month ends only"
        propose(session, date(2026, 4, 30))
        return {(r["method"], r["cohort"]): r for r in session.fetch("select * from urr_estimate")}


def test_every_cohort_is_proposed_by_the_method_its_age_allows(estimates: dict[tuple[str, str], dict[str, Decimal]]) -> None:
    assert [estimates["chain_ladder", f"2026-0{m}"]["ultimate_points"] for m in (1, 2, 3, 4)] == [D("540")] * 4
    youngest = estimates["bornhuetter_ferguson", "2026-04"]
    assert round(youngest["ultimate_points"], 4) == round(300 + 800 * (1 - D(300) / 540), 4)
    assert estimates["proposed", ""]["urr"] == D("0.54"), "all cohorts are more than half developed"
    assert estimates["proposed", "2026-04"]["liability_amount"] == round(100 - 100 * D(300) / 540, 2)


def test_actual_meets_expected_and_what_was_estimated_before(estimates: dict[tuple[str, str], dict[str, Decimal]]) -> None:
    row = estimates["actual_versus_expected", "2026-03"]
    assert (row["redeemed_points"], row["ultimate_points"]) == (450, 450)
    assert (estimates["back_test_1", ""]["redeemed_points"], estimates["back_test_1", ""]["ultimate_points"]) == (1530, 1530)


def test_one_point_of_rate_and_ten_per_cent_of_value_are_shown_beside(estimates: dict[tuple[str, str], dict[str, Decimal]]) -> None:
    redeemed = (540, 540, 450, 300)
    more = sum(round(100 - 10 * D(r) / D("81") * 10 / 10, 2) for r in redeemed)
    assert estimates["urr_plus_1_point", ""]["liability_amount"] == more
    assert estimates["value_plus_10_percent", ""]["liability_amount"] == sum(110 - round(D(110) * r / 800, 2) for r in redeemed)


# -------------------------------------------------------------------------------------------------------------------- adoption


def test_adoption_is_a_new_version_in_a_named_approvers_name(tmp_path: Path) -> None:
    write_books(tmp_path)
    path = tmp_path / "programmes" / "your-programme.toml"
    adopt(tmp_path, Adoption("your-programme", "0.83", date(2026, 4, 1), 'A. "Al" Controller', "month-end study", earn_class="purchase"))
    (version,) = load_books(tmp_path).programmes[0].urr
    assert (version.rate, version.effective, version.approved_by, version.earn_class) == (D("0.83"), date(2026, 4, 1), 'A. "Al" Controller', "purchase")

    standing = path.read_text()
    for wrong in (Adoption("your-programme", "1.2", date(2026, 4, 1), "A", "r"), Adoption("your-programme", "0.8", date(2026, 4, 1), " ", "r")):
        with pytest.raises(UsageFault):
            adopt(tmp_path, wrong)
        assert path.read_text() == standing, "a version that cannot stand is not written"
