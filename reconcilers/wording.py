"""SQL macros the rules of this room share: how numbers read in a sentence, how a line is named, how money is rounded and compared; and what a rule file says.

What does not belong here: any rule that decides about a difference.
"""

from typing import Any

from core.match_macros import macros
from core.match_rules import settings_of
from core.sql import Session

MACROS = """
create or replace macro text4(x) as
    (case when x between -10000000000000 and 10000000000000 then (x)::decimal(18, 4)::varchar else (x)::decimal(38, 4)::varchar end);
create or replace macro money_text(x) as
    left(text4(x), length(text4(x)) - case when ends_with(text4(x), '00') then 2 when ends_with(text4(x), '0') then 1 else 0 end);
create or replace macro points_text(x) as
    (case when ends_with(text4(x), '.0000') then left(text4(x), length(text4(x)) - 5) else rtrim(rtrim(text4(x), '0'), '.') end);
create or replace macro refs_text(x) as array_to_string(list_sort(list(x)), ';');
create or replace macro line_ref(ledger_id, company_id, document_id, line_id) as
    ledger_id || '/' || company_id || '/' || document_id || '/' || line_id;
create or replace macro rounded_quotient(n, d, mode) as
    (case mode
        when 'down' then n // d
        when 'half_even' then n // d + (case when 2 * (n % d) > d or (2 * (n % d) = d and (n // d) % 2 = 1) then 1 else 0 end)
        else (2 * n + d) // (2 * d)
     end);
create or replace macro power_of_ten(n) as rpad('1', (n + 1)::integer, '0')::hugeint;
create or replace macro face_value(points, value_units, value_step, place_step, mode) as
    sign(points) * from_units4(rounded_quotient(abs(units4(points)) * value_units, value_step, mode) * place_step);
create or replace macro beyond_tolerance(a, b, tolerance) as
    (case
        when a = b then false
        else abs(quick_units4(a) - quick_units4(b)) * 1000000000000::hugeint
            > units12(tolerance) * greatest(abs(quick_units4(a)), abs(quick_units4(b)))
     end);
"""


def teach(session: Session, pair: str = "") -> Any:
    """Create the macros in a session, with those of the pair's rule file; idempotent. Returns the pair's rules.

    `text4(x)` is x with four places (18 digits are written four times as fast as 38), `money_text(x)` keeps at least two of them, `points_text(x)`
    none; `refs_text(x)` is the aggregate string_agg(x, ';' order by x), without a sorter for every group; `rounded_quotient(n, d, mode)` takes HUGEINT
    n >= 0, d > 0;
    `power_of_ten(n)` is exact (** would be DOUBLE); `face_value(points, value_units, value_step, place_step, mode)` is points x units12(value per point),
    rounded to the places of value_step = 10^(16 - places) and place_step = 10^(4 - places);
    `beyond_tolerance(a, b, tolerance)` is |a-b| > tolerance x max(|a|,|b|) in integers, equality is within (contract section 6).
    """
    session.teach(MACROS)
    if not pair:
        return None
    (row,) = session.fetch("select settings from match_rule where pair = $pair", pair=pair)
    rules = settings_of(pair, row["settings"])
    session.statement("\n".join(macros(rules)))  # named alike for every pair, so taught anew by each
    return rules
