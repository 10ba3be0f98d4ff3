-- purpose: which ledgers are asked for the members of which programme today, how its points are valued and compared
-- reads: control_account_scope, programme, programme_value
-- writes: member_balance_scope
-- parameters: $as_of_date, $carriers, $counters
-- invariant: one row per programme and ledger that carries members ($carriers); place 1 is one row per programme; $counters are guessed to carry points too
select
    s.programme_id, s.ledger_id, s.company_id, s.account, s.measure, s.currency, s.tolerance, list_contains($counters, s.ledger_id) as has_points,
    row_number() over (partition by s.programme_id order by s.ledger_id) as place, units12(coalesce(v.value, 0)) as value_units,
    power_of_ten(16 - coalesce(p.value_places, 4)) as value_step, power_of_ten(4 - coalesce(p.value_places, 4)) as place_step,
    coalesce(p.value_mode, 'half_up') as value_mode
from control_account_scope as s
join programme as p on p.programme_id = s.programme_id
left join programme_value as v
    on v.programme_id = s.programme_id and v.parameter = 'value_per_point' and $as_of_date between v.effective_from and v.effective_to
-- a ledger that carries members today is asked for every programme it should carry
where list_contains($carriers, s.ledger_id)
