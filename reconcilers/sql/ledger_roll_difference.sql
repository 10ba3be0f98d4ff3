-- purpose: accounts whose balance is not the one before plus the lines since: the extract is incomplete (DQ-02)
-- reads: ledger_roll_row, prior_break
-- writes: ledger_roll_difference
-- parameters: none
-- invariant: exact, no tolerance; late lines may have been in the balance before, or complete what was missing then
with missing_before as (
    select business_key, currency, sum(difference_amount) as amount
    from prior_break
    where pair = 'ledger_roll' and status <> 'closed' and business_date = (select max(business_date) from prior_break)
    group by business_key, currency
),
rolled as (
    select
        r.*, -(coalesce(r.opening_amount, 0) + r.entered_amount) as left_amount, -coalesce(r.closing_amount, 0) as right_amount,
        coalesce(r.opening_amount, 0) + r.posted_amount = coalesce(r.closing_amount, 0) as is_explained_by_late_lines, coalesce(m.amount, 0) as missing_amount
    from ledger_roll_row as r
    left join missing_before as m on m.business_key = r.business_key and m.currency = r.currency
    where not r.is_opening
)
select
    'ledger_roll' as pair, 'DQ-02' as code, nullif(programme_id, '') as programme_id, cast(null as varchar) as global_id, business_key,
    business_key || '@' || on_day as left_ref, case when closing_amount is not null then business_key end as right_ref, cast(null as decimal(38, 4)) as left_points,
    cast(null as decimal(38, 4)) as right_points, left_amount, right_amount, currency,
    'Account ' || account || ' of ledger ' || ledger_id || ': the balance of ' || on_day || ' and the ' || line_count || ' lines since give ' || money_text(left_amount)
        || ' ' || currency || ', the ledger states ' || money_text(right_amount) || ': the extract is incomplete.' as explanation
from rolled
where left_amount <> right_amount and not is_explained_by_late_lines and left_amount - right_amount + missing_amount <> 0
