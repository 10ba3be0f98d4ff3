"""The pair member_balance in plain Python, row by row and without SQL: which member differs how, and where every row ends.

Company 1000 has the programmes p1 (account 2100) and p2 (account 2200), a point worth 0.01. What belongs here: the contract's sections 6 and 7 read
afresh. What does not: anything of the engine.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

ACCOUNTS = {"p1": "2100", "p2": "2200"}
SERVED = {account: programme for programme, account in ACCOUNTS.items()}
ORDER = ("MS-06", "MS-07", "AM-01", "AM-02", "AM-03", "TM-01")
NONE = Decimal(0)
Row = Mapping[str, Any]
Key = tuple[str, str, str]
Ended = dict[tuple[str, str, str, str | None], tuple[int, Decimal, Decimal]]


def findings(loyalty: Sequence[Row], ledger: Sequence[Row], in_transit: Mapping[Key, tuple[Decimal, Decimal]]) -> dict[Key, str]:
    """(programme, Global ID, currency) -> code. `in_transit`: points and money of the TM-01 items of a member."""
    carriers = {r["ledger_id"] for r in ledger if r["account"] in SERVED and r["member_id"]}
    sides: dict[tuple[Key, str], tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    for row in loyalty:
        for carrier in carriers:
            sides[_left_key(row), carrier][0].append(row)
    for row in ledger:
        if _is_asked_for(row):
            sides[_right_key(row), row["ledger_id"]][1].append(row)
    found: dict[Key, list[str]] = defaultdict(list)
    for (key, _), (left, right) in sides.items():
        code = _code(left, right, in_transit.get(key))
        if code:
            found[key].append(code)
    return {key: min(codes, key=ORDER.index) for key, codes in found.items()}


def dispositions(loyalty: Sequence[Row], ledger: Sequence[Row], found: Mapping[Key, str]) -> Ended:
    """(side, disposition, reason, delivered currency) -> rows, points, money."""
    has_carrier = any(r["account"] in SERVED and r["member_id"] for r in ledger)
    compared = {_right_key(r) for r in ledger if _is_asked_for(r)} | {_left_key(r) for r in loyalty if has_carrier}
    ended: Ended = {}
    for side, row, where in (
        *(("left", r, _where(_left_key(r), compared, found)) for r in loyalty),
        *(("right", r, _right_where(r, compared, found)) for r in ledger),
    ):
        count, points, amount = ended.get((side, *where, row["currency"]), (0, NONE, NONE))
        ended[(side, *where, row["currency"])] = (count + 1, points + (row["points"] or 0), amount + (row["amount"] or 0))
    return ended


def face(points: Decimal) -> Decimal:
    """Points at 0.01 each, to four places, half away from zero."""
    return (points * Decimal("0.01")).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)


def _left_key(row: Row) -> Key:
    return row["programme_id"], row["global_id"], row["currency"] or "USD"


def _right_key(row: Row) -> Key:
    return row["programme_id"] or SERVED[row["account"]], row["global_id"], row["currency"]


def _is_asked_for(row: Row) -> bool:
    return bool(row["member_id"]) and row["account"] in SERVED and ACCOUNTS[_right_key(row)[0]] == row["account"]


def _code(left: Sequence[Row], right: Sequence[Row], in_transit: tuple[Decimal, Decimal] | None) -> str:
    a = sum((face(r["points"]) if r["amount"] is None else r["amount"] for r in left), NONE)
    b = -sum((r["amount"] for r in right), NONE)
    p, q = sum((r["points"] for r in left), NONE), _stated(-r["points"] for r in right if r["points"] is not None)
    if not right:
        code = "MS-06" if a or p else ""
    elif not left:
        code = "MS-07" if b or q else ""
    elif q is not None and p != q:
        code = "AM-01"
    elif abs(Fraction(a) - Fraction(b)) > Fraction(1, 10_000) * max(abs(Fraction(a)), abs(Fraction(b))):
        code = "AM-02"
    else:
        code = "AM-03" if a != b else ""
    explained = in_transit is not None and a - b == in_transit[1] and (q is None or p - q == in_transit[0])
    return "TM-01" if code and explained else code


def _stated(points: Iterable[Decimal]) -> Decimal | None:
    listed = list(points)
    return sum(listed, NONE) if listed else None


def _where(key: Key, compared: set[Key], found: Mapping[Key, str]) -> tuple[str, str]:
    if key not in compared:
        return "excluded", "not_carried"
    code = found.get(key)
    return ("matched", "exact_id") if code is None else ("expected" if code == "TM-01" else "break", code)


def _right_where(row: Row, compared: set[Key], found: Mapping[Key, str]) -> tuple[str, str]:
    if row["account"] not in SERVED:
        return "excluded", "out_of_scope"
    return _where(_right_key(row), compared, found) if row["member_id"] else ("excluded", "control_account")
