"""Versions, late days, duplicates, control files and DQ-01 to DQ-06: what enters on which day, and what stands against it."""

import hashlib
import json
from datetime import date
from decimal import Decimal

import pytest

from connectors.files import archive
from connectors.files.archive import fingerprints

EVENT = "event_id,programme_id,member_id,kind,points,occurred_at"
PAYMENT = "payment_id,order_id,kind,occurred_at,amount,currency"
BALANCE = "as_of_date,programme_id,member_id,points"
D5, D6, D7 = date(2024, 1, 5), date(2024, 1, 6), date(2024, 1, 7)


def event(id="E1", points="10", at="2024-01-05T12:00:00Z", member="M1", kind="accrual", programme="stars"):
    return f"{id},{programme},{member},{kind},{points},{at}"


def pay(id="P1", order="O1", at="2024-01-05T12:00:00Z", amount="10.00"):
    return f"{id},{order},sale,{at},{amount},USD"


def csv(header, *rows):
    return "\n".join((header, *rows)) + "\n"


def control(content, rows=None, sha256=None, **sums):
    stated = {"rows": rows, "sums": sums, "sha256": sha256 or hashlib.sha256(content.encode()).hexdigest()}
    return json.dumps({k: v for k, v in stated.items() if v is not None})


# ------------------------------------------------------------------------------------------------------- when a row enters


def test_a_row_enters_on_the_later_of_its_own_date_and_its_files(company):
    company.drop("loyalty_event_2024-01-06.csv", csv(EVENT, event("LATE"), event("NOW", at="2024-01-06T12:00:00Z"), event("AHEAD", at="2024-01-07T12:00:00Z")))
    d5, d6, d7 = company.days(D5, 3)
    assert (d5.ids("loyalty_event", "event_id"), d6.ids("loyalty_event", "event_id")) == ([], ["LATE", "NOW"])
    assert {r["event_id"]: r["effective_date"] for r in d6["entered_loyalty_event"]} == {"LATE": D5, "NOW": D6}
    assert [(t["reason"], t["kind"], t["row_count"], t["points"]) for t in d6["input_total"]] == [("future", "accrual", 1, Decimal(10))]
    assert d7.ids("loyalty_event", "event_id") == ["AHEAD"]
    assert [(t["reason"], t["row_count"], t["points"]) for t in d7["input_total"]] == [("released", -1, Decimal(-10))]


@pytest.mark.parametrize(
    ("zone", "cut_off", "instant", "day"),
    [
        ("America/New_York", "24:00", "2024-01-06T04:59:59Z", D5),
        ("America/New_York", "24:00", "2024-01-06T05:00:00Z", D6),
        ("Europe/Berlin", "22:00", "2024-01-05T20:59:59Z", D5),
        ("Europe/Berlin", "22:00", "2024-01-05T21:00:00Z", D6),
        ("America/New_York", "24:00", "2024-03-10T06:59:59Z", date(2024, 3, 10)),
        ("America/New_York", "24:00", "2024-03-11T03:59:59Z", date(2024, 3, 10)),
    ],
)
def test_business_date_by_zone_and_cut_off(company, zone, cut_off, instant, day):
    company.programme(zone=zone, cut_off=cut_off)
    delivery = company.parsed(csv(EVENT, event(at=instant)), "loyalty_event_2024-01-05.csv")
    assert delivery.first_date == delivery.last_date == day


def test_a_payment_takes_the_zone_of_its_orders_programme_else_of_the_first(company):
    company.programme("asia", zone="Asia/Tokyo")
    at = "2024-01-05T20:00:00Z"  # 5 January in New York, 6 January in Tokyo
    company.drop("loyalty_event_2024-01-05.csv", csv(EVENT + ",order_id", event("E1", at=at) + ",O1"))
    company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay("P1", "O1", at), pay("P2", "O2", at)))
    d5, d6 = company.days(D5, 2)
    assert (d5.ids("payment", "payment_id"), d6.ids("payment", "payment_id")) == (["P1"], ["P2"])


def test_a_waiting_payment_enters_when_its_order_becomes_known(company):
    company.programme("asia", zone="Asia/Tokyo")
    at = "2024-01-05T20:00:00Z"
    company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay("P1", "O1", at)))
    company.drop("loyalty_event_2024-01-06.csv", csv(EVENT + ",order_id", event("E1", at=at) + ",O1"))
    d5, d6, d7 = company.days(D5, 3)
    assert [d.ids("payment", "payment_id") for d in (d5, d6, d7)] == [[], ["P1"], []]
    assert [t["reason"] for t in d6["input_total"] if t["table"] == "payment"] == ["released"]


def test_defaults_and_face_value(company):
    header = EVENT + ",transaction_amount,earn_class"
    rows = (event("E1", "10.5") + ",4.20,", event("E2", "3") + ",,", event("E3", "-2", kind="redemption") + ",,", event("E4", "1", kind="adjustment") + ",,")
    company.drop("loyalty_event_2024-01-05.csv", csv(header, *rows))
    made = {r["event_id"]: r for r in company.days(D5, 1)[0]["entered_loyalty_event"]}
    assert [made[i]["earn_class"] for i in ("E1", "E2", "E3", "E4")] == ["purchase", "bonus", None, None]
    assert {(r["currency"], r["instrument"], r["funded_by"], r["source"], r["global_id"]) for r in made.values()} == {("USD", "points", "seller", "shop", "M1")}
    assert [made[i]["face_amount"] for i in ("E1", "E3")] == [Decimal("0.1050"), Decimal("0.0200")]


@pytest.mark.parametrize(("mode", "amount"), [("half_up", "0.13"), ("half_even", "0.12"), ("down", "0.12")])
def test_face_value_follows_value_rounding(company, mode, amount):
    path = company.folder / "programmes" / "stars.toml"
    path.write_text(path.read_text().replace("accounts", f'value_rounding = {{ places = 2, mode = "{mode}" }}\naccounts', 1))
    company.drop("loyalty_event_2024-01-05.csv", csv(EVENT, event(points="12.5")))
    assert company.days(D5, 1)[0]["entered_loyalty_event"][0]["face_amount"] == Decimal(amount)


# ------------------------------------------------------------------------------------------------------------ control totals


def test_no_control_file_is_used_and_unstated(company):
    company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay()))
    (day,) = company.days(D5, 1)
    assert (day["control_total"][0]["status"], day.findings, len(day["entered_payment"])) == ("unstated", [], 1)


def test_right_control_file(company):
    text = csv(PAYMENT, pay())
    company.drop("payment_2024-01-05.csv", text)
    company.drop("payment_2024-01-05.control.json", control(text, 1, amount="10"))
    row = company.days(D5, 1)[0]["control_total"][0]
    assert (row["status"], row["rows_stated"], row["rows_read"], row["sums_stated"], row["sums_computed"]) == ("ok", 1, 1, "amount=10", "amount=10.0000")


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ('{"rows": 2}', "2 rows are stated, 1 were read"),
        ('{"sums": {"amount": "10.01"}}', "amount adds up to 10.0000, 10.01 is stated"),
        ('{"sums": {"amount": 9.99}}', "9.99 is stated"),
        ('{"sums": {"order_id": "1"}}', "which is no column of numbers"),
        ("{rows: 1}", "not readable as JSON"),
        ('{"rows": "1"}', "rows is not a whole number"),
        ('{"sums": {"amount": NaN}}', "not readable as JSON"),
    ],
)
def test_dq02_wrong_rows_or_sums_and_the_file_is_used(company, stated, says):
    company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay()))
    company.drop("payment_2024-01-05.control.json", stated)
    d5, d6 = company.days(D5, 2)
    assert d5.findings == d6.findings == [("DQ-02", "payment_2024-01-05.csv")]
    assert says in d5["delivery_finding"][0]["explanation"]
    assert (d5["control_total"][0]["status"], len(d5["entered_payment"])) == ("failed", 1)


def test_dq02_wrong_sha256_is_refused_whole(company):
    text = csv(PAYMENT, pay())
    company.drop("payment_2024-01-05.csv", text)
    company.drop("payment_2024-01-05.control.json", control(text, 1, sha256="0" * 64))
    (day,) = company.days(D5, 1)
    assert day.findings == [("DQ-02", "payment_2024-01-05.csv")]
    assert (day["control_total"][0]["status"], day["entered_payment"]) == ("refused", [])
    assert [(t["disposition"], t["reason"], t["row_count"], t["amount"]) for t in day["input_total"]] == [("quarantined", "refused", 1, Decimal(10))]
    assert {f["table"]: f["is_delivered"] for f in day["feed_status"]}["payment"] is False


def test_a_corrected_file_without_a_control_file_is_not_held_against_the_old_one(company):
    text, corrected = csv(PAYMENT, pay()), csv(PAYMENT, pay(), pay("P2"))
    company.drop("payment_2024-01-05.csv", text)
    stated = company.drop("payment_2024-01-05.control.json", control(text, 1))
    company.days(D5, 1)
    company.drop("payment_2024-01-05.csv", corrected)
    assert company.days(D5, 1)[0]["control_total"][0]["status"] == "refused", "what still lies beside it speaks of it"
    company.drop("payment_2024-01-05.csv", text)
    stated.unlink()
    assert company.days(D5, 1)[0]["control_total"][0]["status"] == "unstated"
    company.drop("payment_2024-01-05.csv", corrected)
    day = company.days(D5, 1)[0]
    assert (day["control_total"][0]["status"], day.ids("payment", "payment_id"), day.findings) == ("unstated", ["P2"], [])
    company.drop("payment_2024-01-05.control.json", control(corrected, 3))
    assert company.days(D5, 1)[0]["control_total"][0]["status"] == "failed", "a control file that comes afterwards counts again"


def test_a_process_killed_while_it_takes_a_corrected_file_leaves_it_to_the_next_one(company, monkeypatch):
    text, corrected = csv(PAYMENT, pay()), csv(PAYMENT, pay(), pay("P2"))
    company.drop("payment_2024-01-05.csv", text)
    stated = company.drop("payment_2024-01-05.control.json", control(text, 1))
    company.days(D5, 1)
    stated.unlink()
    company.drop("payment_2024-01-05.csv", corrected)
    for step in ("_set_aside", "_copied"):
        with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
            killed.setattr(archive, step, _killed)
            company.days(D5, 1)
    assert company.days(D5, 1)[0]["control_total"][0]["status"] == "unstated"


def _killed(*_):
    raise KeyboardInterrupt


def test_dq02_announced_but_not_arrived(company):
    company.drop("payment_2024-01-05.control.json", '{"rows": 1}')
    assert company.days(D5, 1)[0].findings == [("DQ-02", "payment_2024-01-05.control.json")]


# ------------------------------------------------------------------------------------------------- duplicates, versions, keys


def test_dq03_same_content_under_another_name_counts_once(company):
    company.drop("payment_2024-01-05_2.csv", csv(PAYMENT, pay("P1"), pay("P2")))
    company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay("P2"), pay("P1", amount="10.0")))
    (day,) = company.days(D5, 1)
    assert day.findings == [("DQ-03", "payment_2024-01-05_2.csv")]
    assert day.ids("payment", "payment_id") == ["P1", "P2"]
    assert [c["status"] for c in day["control_total"]] == ["unstated", "duplicate"]
    assert [(t["reason"], t["row_count"], t["amount"]) for t in day["input_total"]] == [("duplicate", 2, Decimal(20))]


def test_dq03_byte_for_byte_and_the_parts_in_order(company):
    text = csv(PAYMENT, pay())
    for part in ("_10", "_9"):
        company.drop(f"payment_2024-01-05{part}.csv", text)
    (day,) = company.days(D5, 1)
    assert day.findings == [("DQ-03", "payment_2024-01-05_10.csv")]
    assert (len(day["entered_payment"]), day["input_total"][0]["row_count"]) == (1, 1)


def test_empty_days_are_no_duplicates(company):
    company.drop("payment_2024-01-05.csv", csv(PAYMENT))
    company.drop("payment_2024-01-06.csv", csv(PAYMENT))
    d5, d6 = company.days(D5, 2)
    assert d5.findings + d6.findings == []
    assert {f["table"]: f["is_delivered"] for f in d6["feed_status"]}["payment"] is True


def test_a_new_version_of_the_same_name_replaces_and_both_are_archived(company):
    company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay(), "P2,O2,sale,yesterday,1,USD"))
    first = company.collect()
    company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay(amount="11.00")))
    second = company.collect()
    assert [p.name[:6] for p in sorted((company.folder / "raw" / "shop" / "payment_2024-01-05.csv").iterdir())] == ["000001", "000002"]
    assert (first[0].version, second[0].version) == (1, 2)
    day = company.day(D5, second)
    assert (day.findings, day["entered_payment"][0]["amount"]) == ([], Decimal(11))


def test_a_file_that_has_gone_still_counts(company):
    path = company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay()))
    before = company.collect()
    path.unlink()
    assert company.collect() == before


def test_a_file_rewritten_with_the_same_size_is_seen(company):
    company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay(amount="10.00")))
    company.collect()
    company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay(amount="99.00")))
    assert company.collect()[0].sums == (("amount", Decimal("99.0000")),)


def test_dq06_the_first_delivered_stands(company):
    company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay(amount="10.00")))
    company.drop("payment_2024-01-06.csv", csv(PAYMENT, pay(amount="11.00"), pay("P2", at="2024-01-06T12:00:00Z")))
    d5, d6, d7 = company.days(D5, 3)
    assert (d5.findings, d6.findings, d7.findings) == ([], [("DQ-06", "P1")], [("DQ-06", "P1")])
    assert (d5["entered_payment"][0]["amount"], d6.ids("payment", "payment_id")) == (Decimal(10), ["P2"])
    assert [(t["reason"], t["amount"]) for t in d6["input_total"]] == [("key_conflict", Decimal(11))]


def test_dq06_inside_one_file_neither_stands(company):
    company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay(amount="10.00"), pay(amount="11.00"), pay("P2")))
    (day,) = company.days(D5, 1)
    assert (day.findings, day.ids("payment", "payment_id")) == ([("DQ-06", "P1")], ["P2"])
    assert "neither is used" in day["delivery_finding"][0]["explanation"]


def test_dq06_rows_of_one_file_on_different_days_do_not_outlive_their_conflict(company):
    company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay(), pay(at="2024-01-06T12:00:00Z")))
    d5, d6 = company.days(D5, 2)
    assert (d5.ids("payment", "payment_id"), d6.ids("payment", "payment_id")) == ([], [])


def test_dq06_a_waiting_row_was_delivered_first(company):
    company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay(amount="10.00", at="2024-01-07T12:00:00Z")))
    company.drop("payment_2024-01-06.csv", csv(PAYMENT, pay(amount="11.00", at="2024-01-06T12:00:00Z")))
    days = company.days(D5, 3)
    assert [[r["amount"] for r in d["entered_payment"]] for d in days] == [[], [], [Decimal(10)]]
    assert days[1].findings == [("DQ-06", "P1")]


def test_an_identical_repeat_counts_once(company):
    company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay(), pay(amount="10"), pay("P2")))
    company.drop("payment_2024-01-06.csv", csv(PAYMENT, pay(at="2024-01-05T13:00:00+01:00"), pay("P3")))
    d5, d6 = company.days(D5, 2)
    assert (d5.ids("payment", "payment_id"), d6.ids("payment", "payment_id")) == (["P1", "P2"], ["P3"])
    assert [(t["reason"], t["row_count"]) for d in (d5, d6) for t in d["input_total"]] == [("duplicate", 1), ("duplicate", 1)]
    assert d5.findings + d6.findings == []


def test_a_corrected_version_takes_the_findings_away(company):
    company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay(), "P2,O2,sale,yesterday,1,USD"))
    assert company.day(D5).findings == [("DQ-04", "payment_2024-01-05.csv")]
    company.paths.clear()
    company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay(), pay("P2")))
    assert company.day(D5).findings == []


# ---------------------------------------------------------------------------------------------------------------- DQ-01, 04, 05


def test_dq01_stands_until_the_feed_of_that_day_is_there(company):
    company.settings = '[[feeds]]\nsource = "shop"\ntable = "payment"\n'
    company.drop("loyalty_event_2024-01-05.csv", csv(EVENT, event()))
    company.drop("payment_2024-01-06.csv", csv(PAYMENT, pay()))
    d5, d6 = company.days(D5, 2)
    assert d5.findings == d6.findings == [("DQ-01", "shop/payment")]
    company.drop("payment_2024-01-05.csv", csv(PAYMENT))
    company.paths.clear()
    assert [d.findings for d in company.days(D5, 2)] == [[], []]


def test_dq04_bad_row(company):
    company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay(), "P2,O2,sale,yesterday,1,USD", "P3,O3,sale,today,x,USD"))
    d5, d6 = company.days(D5, 2)
    assert d5.findings == d6.findings == [("DQ-04", "payment_2024-01-05.csv")]
    assert [(q[0], q[1]) for q in d5.quarantine] == [(3, "occurred_at"), (4, "amount"), (4, "occurred_at")]
    assert (d5["control_total"][0]["rows_quarantined"], d6["quarantine"]) == (2, [])
    assert "line" not in d5["delivery_finding"][0]["explanation"]


@pytest.mark.parametrize("name", ["payments 5 January.csv", "coupon_2024-01-05.csv", "payment_2024-13-05.csv", "payment_2024-01-05.xls", "readme.txt"])
def test_dq04_names_that_do_not_fit(company, name):
    company.drop(name, "x")
    assert company.days(D5, 1)[0].findings == [("DQ-04", name)]


@pytest.mark.parametrize("name", [".payment_2024-01-05.csv", "~$payment_2024-01-05.xlsx", "payment_2024-01-05.csv.tmp"])
def test_hidden_and_temporary_files_are_passed_over(company, name):
    company.drop(name, "x")
    assert company.collect() == []


def test_dq05_member_without_identity_once_identities_exist(company):
    company.drop("loyalty_event_2024-01-05.csv", csv(EVENT, event(), event("E2", member="M2")))
    identity = "source_id,member_id,global_id,valid_from,valid_to"
    company.drop("identity_2024-01-06.csv", csv(identity, "shop,M1,G1,2024-01-05,2024-01-06"))
    company.drop("loyalty_event_2024-01-06.csv", csv(EVENT, event("E3", at="2024-01-06T12:00:00Z")))
    company.drop("loyalty_event_2024-01-07.csv", csv(EVENT, event("E4", at="2024-01-07T12:00:00Z")))
    company.drop("identity_2024-01-08.csv", csv(identity, "shop,M2,G2,,"))
    d5, d6, d7, d8 = company.days(D5, 4)
    assert (d5.findings, d6.findings) == ([], [("DQ-05", "M2")])
    assert [r["global_id"] for d in (d5, d6, d7) for r in d["entered_loyalty_event"]] == ["M1", "M2", "G1", "M1"]
    assert d7.findings == [("DQ-05", "M1"), ("DQ-05", "M2")]
    assert ("DQ-05", "M2") not in d8.findings


def test_dq05_is_settled_by_an_identity_in_force_or_delivered_not_by_one_that_had_ended(company):
    """M1's only identity ended before its event; its next one begins two days later."""
    identity = "source_id,member_id,global_id,valid_from,valid_to"
    company.drop("identity_2024-01-05.csv", csv(identity, "shop,M1,G1,,2024-01-04", "shop,M1,G2,2024-01-08,"))
    company.drop("loyalty_event_2024-01-05.csv", csv(EVENT, event("E1", at="2024-01-05T12:00:00Z")))
    found = [("DQ-05", "M1") in day.findings for day in company.days(D5, 4)]
    assert found == [True, True, True, False]


@pytest.mark.parametrize(
    ("says", "day", "ended", "given_before", "giver"),
    [
        ("on the day of the merge", D6, D5, 0, "G2"),
        ("a day later", D7, D5, 0, "G2"),
        ("the identity before was never ended", D6, "", 0, "G2"),
        ("they had moved before: a gift between two cards of one person", D7, D5, 10, "G1"),
    ],
)
def test_points_follow_a_merge_by_the_transfer_of_the_platform(company, says, day, ended, given_before, giver):
    """M2 becomes the person of M1 on the 6th; the transfer names M2, who is M1's person by then, and still takes what M2 held before."""

    def legs(n, on, points):
        at = f"{on}T12:00:00Z"
        return event(f"O{n}", f"-{points}", at, "M2", "transfer_out") + f",X{n}", event(f"I{n}", points, at, "M1", "transfer_in") + f",X{n}"

    identity = "source_id,member_id,global_id,valid_from,valid_to"
    company.drop("identity_2024-01-05.csv", csv(identity, "shop,M1,G1,,", f"shop,M2,G2,,{ended}", "shop,M2,G1,2024-01-06,"))
    before = legs(0, D5, str(given_before)) if given_before else ()
    company.drop("loyalty_event_2024-01-05.csv", csv(f"{EVENT},transfer_id", event("E1") + ",", event("E2", member="M2") + ",", *before))
    company.drop(f"loyalty_event_{day}.csv", csv(f"{EVENT},transfer_id", *legs(1, day, "10")))
    entered = {r["event_id"]: r["global_id"] for d in company.days(D5, 3) for r in d["entered_loyalty_event"]}
    assert (entered["E2"], entered["O1"], entered["I1"]) == ("G2", giver, "G1"), says


def test_a_later_file_ends_an_identity_that_was_open(company):
    identity = "source_id,member_id,global_id,valid_from,valid_to"
    company.drop("identity_2024-01-05.csv", csv(identity, "shop,M1,G1,,"))
    company.drop("identity_2024-01-06.csv", csv(identity, "shop,M1,G1,,2024-01-05"))
    company.drop("identity_2024-01-07.csv", csv(identity, "shop,M1,G1,,2024-01-05", "shop,M2,G2,,"))
    company.drop("identity_2024-01-08.csv", csv(identity, "shop,M1,G1,,2024-01-07"))
    for day in (5, 6):
        company.drop(f"loyalty_event_2024-01-0{day}.csv", csv(EVENT, event(f"E{day}", at=f"2024-01-0{day}T12:00:00Z")))
    d5, d6, d7, d8 = company.days(D5, 4)
    assert [r["global_id"] for d in (d5, d6) for r in d["entered_loyalty_event"]] == ["G1", "M1"]
    assert d6.findings == [("DQ-05", "M1")]
    assert ("DQ-06", "shop/M1/G1/") not in d7.findings
    assert ("DQ-06", "shop/M1/G1/") in d8.findings


# ------------------------------------------------------------------------------------------------------------------- look-alikes


@pytest.mark.parametrize("twin", ["anna1", "АNNA1", "ＡNNA1", "ΑNNA1"])
def test_id01_look_alikes_are_kept_apart_and_named_once(company, twin):
    company.drop("loyalty_event_2024-01-05.csv", csv(EVENT, event(member="ANNA1"), event("E0", member="BERT")))
    company.drop("loyalty_event_2024-01-06.csv", csv(EVENT, event("E2", member=twin)))
    d5, d6, d7 = company.days(D5, 3)
    assert (d5.findings, d6.findings, d7.findings) == ([], [("ID-01", f"stars/{twin}")], [("ID-01", f"stars/{twin}")])
    assert [r["global_id"] for r in d6["entered_loyalty_event"]] == [twin]


# ------------------------------------------------------------------------------------------------------------------ fingerprints


def test_fingerprints_change_from_the_day_of_the_changed_file_on(company):
    for day in (5, 6, 7):
        company.drop(f"payment_2024-01-0{day}.csv", csv(PAYMENT, pay(f"P{day}")))
    before = fingerprints(company.collect(), [D5, D6, D7])
    company.drop("payment_2024-01-06.csv", csv(PAYMENT, pay("P6"), pay("P8")))
    after = fingerprints(company.collect(), [D7, D6, D5])
    assert before[D5] == after[D5]
    assert before[D6] != after[D6]
    assert before[D7] != after[D7]
    company.drop("payment_2024-01-07.control.json", '{"rows": 1}')
    assert fingerprints(company.collect(), [D6, D7]) != {D6: after[D6], D7: after[D7]}


def test_a_parse_that_was_killed_leaves_nothing_usable(company):
    company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay()))
    (whole,) = company.collect()
    (whole.rows.parent / "meta.json").unlink()
    assert company.collect() == [whole]
    assert whole.rows.is_file()


def test_a_deleted_index_costs_only_time(company):
    company.drop("payment_2024-01-05.csv", csv(PAYMENT, pay()))
    before = company.collect()
    (company.folder / "parsed" / "index.json").unlink()
    assert company.collect() == before
