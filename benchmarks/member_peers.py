"""What else people reach for, on the very files of member_balance: run by an interpreter that has datacompy, pandas, polars and pyarrow.

None of them is a dependency of ours. `python member_peers.py KIND LOYALTY LEDGER`, KIND one of datacompy_polars, datacompy_pandas, pandas.
datacompy compares floats and knows no classes; the merge has integers of ten-thousandths and our classes.
"""

import sys
from decimal import Decimal
from typing import Any

KEYS = ["programme_id", "global_id", "currency"]
MEASURES = ["points", "amount"]


def datacompy_polars(loyalty: str, ledger: str) -> object:
    import datacompy
    import polars as pl

    left, right = (pl.read_parquet(p, columns=[*KEYS, *MEASURES]).with_columns(pl.col(*MEASURES).cast(pl.Float64)) for p in (loyalty, ledger))
    return _report(datacompy.PolarsCompare(left, right.with_columns(-pl.col(*MEASURES)), join_columns=KEYS, rel_tol=0.0001))


def datacompy_pandas(loyalty: str, ledger: str) -> object:
    import datacompy
    import pandas as pd

    left, right = (pd.read_parquet(p, columns=[*KEYS, *MEASURES]).astype(dict.fromkeys(MEASURES, "float64")) for p in (loyalty, ledger))
    right[MEASURES] = -right[MEASURES]
    kind = getattr(datacompy, "PandasCompare", None) or datacompy.Compare
    return _report(kind(left, right, join_columns=KEYS, rel_tol=0.0001))


def pandas(loyalty: str, ledger: str) -> object:
    import numpy as np

    left, right = (_units(p).groupby(KEYS, sort=False, as_index=False)[MEASURES].sum() for p in (loyalty, ledger))
    right[MEASURES] = -right[MEASURES]
    both = left.merge(right, on=KEYS, how="outer", suffixes=("_l", "_r"), indicator=True)
    apart = (both["amount_l"] - both["amount_r"]).abs() * 10_000 > np.maximum(both["amount_l"].abs(), both["amount_r"].abs())
    tests = [both["_merge"] == "left_only", both["_merge"] == "right_only", both["points_l"] != both["points_r"], apart, both["amount_l"] != both["amount_r"]]
    both["code"] = np.select(tests, ["MS-06", "MS-07", "AM-01", "AM-02", "AM-03"], "agrees")
    both[both["code"] != "agrees"].to_parquet(f"{loyalty}.pandas")
    return both.groupby("code").agg({"amount_l": "sum", "amount_r": "sum", "currency": "size"}).to_dict()


def _units(path: str) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    read = pq.read_table(path, columns=[*KEYS, *MEASURES])
    for name in MEASURES:
        units = pc.cast(pc.multiply(read[name], pa.scalar(Decimal(10_000))), pa.int64())
        read = read.set_column(read.schema.get_field_index(name), name, units)
    return read.to_pandas()


def _report(comparison: Any) -> object:
    comparison.report()
    return [len(comparison.df1_unq_rows), len(comparison.df2_unq_rows), len(comparison.intersect_rows)]


if __name__ == "__main__":
    print({"datacompy_polars": datacompy_polars, "datacompy_pandas": datacompy_pandas, "pandas": pandas}[sys.argv[1]](*sys.argv[2:]))
