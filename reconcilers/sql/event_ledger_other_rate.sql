-- purpose: AM-04: an earlier or later value of a point explains the ledger's money exactly (face measure only)
-- reads: event_ledger_side, programme_value
-- writes: event_ledger_other_rate
-- parameters: none
-- invariant: one row per event and ledger; the value in force on the event's date is not a candidate
with dated as (
    select
        s.event_id, s.ledger_id, s.right_amount, s.value_mode, v.effective_from, v.value, s.effective_date between v.effective_from and v.effective_to as is_in_force,
        [10000, 1000, 100, 10, 1][s.value_places + 1]::hugeint as step,
        abs(units4(s.points)) * units12(v.value) as units16,
        (case when s.points < 0 then -1 else 1 end) as direction
    from event_ledger_side as s
    join programme_value as v on v.programme_id = s.programme_id and v.parameter = 'value_per_point'
    where s.measure = 'face' and not s.is_absent and not s.is_own_entry and not s.is_foreign and s.right_amount <> s.amount
),
valued as (
    select
        *, from_units4(direction * rounded_quotient(units16, 1000000000000::hugeint * step, value_mode) * step) as other_amount
    from dated
)
select event_id, ledger_id, arg_min(value, effective_from) as value, min(effective_from) as effective_from
from valued
where not is_in_force and other_amount = right_amount
group by all
