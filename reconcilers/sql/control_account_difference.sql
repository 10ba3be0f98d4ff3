-- purpose: one finding per control account and currency: the most specific code, the others named
-- reads: control_account_verdict
-- writes: control_account_difference
-- parameters: none
-- invariant: one row per business key and currency; where only the members differ, left is their sum
with ranked as (
    select
        *, row_number() over by_account as place, string_agg(code, ', ') over (by_account rows between 1 following and unbounded following) as others
    from control_account_verdict
    window by_account as (partition by business_key, currency order by rank)
)
select
    'control_account' as pair, code, programme_id, cast(null as varchar) as global_id, business_key, covers || '/' || measure as left_ref,
    case when has_right then business_key end as right_ref, case when right_points is not null then left_points end as left_points, right_points,
    case when code = 'AM-08' then member_amount else left_amount end as left_amount, right_amount, currency,
    'Account ' || account || ' of ' || company_id || case when covers = '' then '' else ' for ' || replace(covers, ';', ', ') end || ': ' || says || '.' || coalesce(' Also: ' || others || '.', '') as explanation
from ranked
where place = 1
