"""No row is lost: what today's files hold = what entered today + what did not, for every table, whatever arrives."""

import tempfile
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from conftest import Company
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FIRST = date(2024, 1, 5)
DAYS = 3
SHAPES = {
    "payment": ("payment_id,order_id,kind,occurred_at,amount,currency", "P{key},O{key},sale,{day}T12:00:00Z,{value},USD"),
    "loyalty_event": ("event_id,programme_id,member_id,kind,points,occurred_at", "E{key},stars,M{key},accrual,{value},{day}T12:00:00Z"),
    "loyalty_balance": ("as_of_date,programme_id,member_id,points", "{day},stars,M{key},{value}"),
    "ledger_balance": ("as_of_date,ledger_id,company_id,account,amount,currency,member_id", "{day},G,1,2100,{value},USD,"),
    "ledger_line": ("ledger_id,company_id,document_id,line_id,posting_date,account,amount,currency", "G,1,D{key},1,{day},2100,{value},USD"),
    "posting_manifest": ("batch_id,event_id,points,amount", "B,E{key},{value},{value}"),
    "identity": ("source_id,member_id,global_id", "shop,M{key},G{value}"),
    "lot_trace": ("redemption_event_id,accrual_event_id,points", "R,A{key},{value}"),
    "fx_rate": ("rate_date,from_currency,to_currency,rate", "{day},EUR,USD,{value}"),
}
ROW = st.fixed_dictionaries({"key": st.integers(1, 4), "value": st.sampled_from(["1", "2", "2.0", "x"]), "day": st.integers(-1, DAYS)})
FILE = st.tuples(st.integers(0, DAYS - 1), st.sampled_from(["", "_1", "_2"]), st.lists(ROW, max_size=5), st.sampled_from(["none", "right", "wrong"]))


def drop(company, table_name, file):
    offset, part, rows, control = file
    header, shape = SHAPES[table_name]
    lines = [shape.format(key=r["key"], value=r["value"], day=FIRST + timedelta(days=r["day"])) for r in rows]
    name = f"{table_name}_{FIRST + timedelta(days=offset)}{part}"
    company.drop(f"{name}.csv", "\n".join([header, *lines]) + "\n")
    if control == "wrong":
        company.drop(f"{name}.control.json", f'{{"sha256": "{"0" * 64}"}}')


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=5)
@given(st.dictionaries(st.sampled_from(sorted(SHAPES)), st.lists(FILE, min_size=1, max_size=4), min_size=2, max_size=4))
def test_rows_read_are_rows_entered_and_rows_that_did_not(files):
    with tempfile.TemporaryDirectory() as folder:
        company = Company(Path(folder))
        company.programme()
        for table_name, table_files in files.items():
            for file in table_files:
                drop(company, table_name, file)
        for day in company.days(FIRST, DAYS):
            read, entered, other = Counter(), Counter(), Counter()
            for row in day["control_total"]:
                read[row["table"]] += row["rows_read"]
            for row in day["input_total"]:
                other[row["table"]] += row["row_count"]
            for name in SHAPES:
                entered[name] = len(day[f"entered_{name}"])
                assert read[name] == entered[name] + other[name], name


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=3)
@given(st.lists(FILE, min_size=1, max_size=3), st.sampled_from(["payment", "loyalty_event", "ledger_line"]), st.randoms(use_true_random=False))
def test_the_order_of_rows_in_a_file_does_not_matter(files, table_name, random):
    with tempfile.TemporaryDirectory() as folder:
        made = []
        for name in ("as_sent", "shuffled"):
            company = Company(Path(folder) / name)
            company.folder.mkdir()
            company.programme()
            for offset, part, rows, control in files:
                rows = list(rows)
                if name == "shuffled":
                    random.shuffle(rows)
                drop(company, table_name, (offset, part, rows, control))
            days = company.days(FIRST, DAYS)
            made.append([(d[f"entered_{table_name}"], d["input_total"], d["delivery_finding"]) for d in days])
        assert made[0] == made[1]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=3)
@given(st.lists(FILE, min_size=1, max_size=4))
def test_points_are_conserved_too(files):
    with tempfile.TemporaryDirectory() as folder:
        company = Company(Path(folder))
        company.programme()
        for file in files:
            drop(company, "loyalty_event", file)
        for day in company.days(FIRST, DAYS):
            sums = [dict(p.split("=") for p in (c["sums_computed"] or "").split(";") if p) for c in day["control_total"]]
            read = sum((Decimal(s.get("points", 0)) for s in sums), Decimal(0))
            entered = sum((r["points"] for r in day["entered_loyalty_event"]), Decimal(0))
            assert read == entered + sum((r["points"] for r in day["input_total"]), Decimal(0))
