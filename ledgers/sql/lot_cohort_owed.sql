-- purpose: what each cohort owes at the close, to be shared by its lots
-- reads: known_cohort_state
-- writes: lot_cohort_owed
-- parameters: none
-- invariant: one row per programme, currency, class and cohort
select programme_id, currency, earn_class, cohort, (sum(issued_amount) - sum(released_amount))::decimal(38, 4) as liability_amount,
    sum(cost_owed_amount)::decimal(38, 4) as cost_owed_amount
from known_cohort_state
group by programme_id, currency, earn_class, cohort
