-- purpose: one finding per programme, member and currency; where several ledgers carry the member the most specific code stands
-- reads: member_balance_row, member_balance_scope
-- writes: member_balance_difference
-- parameters: none
-- invariant: one row per business key and currency
with ledgers as (select count(distinct ledger_id) as ledger_count from member_balance_scope),
ranked as (
    -- where one ledger carries the members there is nothing to put in order
    select *, 1 as place, cast(null as varchar) as others from member_balance_row where (select ledger_count from ledgers) = 1
    union all
    select
        *, row_number() over by_member as place,
        string_agg(status || ' in ' || ledger_id, ', ') over (by_member rows between 1 following and unbounded following) as others
    from member_balance_row
    where (select ledger_count from ledgers) > 1
    window by_member as (
        partition by programme_id, global_id, currency
        order by list_position(['ID-02', 'ID-01', 'MS-06', 'MS-07', 'AM-01', 'AM-02', 'AM-03', 'TM-01'], status), ledger_id
    )
)
select
    'member_balance' as pair, status as code, programme_id, global_id, programme_id || '/' || global_id as business_key,
    case when has_left then programme_id || '/' || global_id end as left_ref,
    case when has_right then ledger_id || '/' || company_id || '/' || account || '/' || global_id end as right_ref,
    -- units only where both sides can have them: a ledger without quantities differs in money alone
    case when right_points is not null or not has_right then coalesce(left_points, 0) end as left_points,
    case when right_points is not null or not has_right then coalesce(right_points, 0) end as right_points, left_amount, right_amount, currency,
    'Member ' || global_id || ' of ' || programme_id || ': '
    || case status
        when 'MS-06' then 'loyalty owes ' || money_text(left_amount) || ' ' || currency || ' (' || points_text(left_points) || ' points), ledger ' || ledger_id || ' has no balance'
        when 'MS-07' then 'ledger ' || ledger_id || ' owes ' || money_text(right_amount) || ' ' || currency || ', loyalty has no balance'
        when 'ID-01' then 'loyalty has ' || money_text(left_amount) || ' ' || currency || ', ledger ' || ledger_id || ' ' || money_text(right_amount)
            || '; with the member it was merged with or split from it agrees'
        when 'ID-02' then 'loyalty has ' || money_text(left_amount) || ' ' || currency || ', ledger ' || ledger_id || ' ' || money_text(right_amount)
            || '; its identity has ended'
        when 'AM-01' then 'loyalty has ' || points_text(left_points) || ' points, ledger ' || ledger_id || ' ' || points_text(right_points)
        else 'ledger ' || ledger_id || ' is ' || money_text(abs(left_amount - right_amount)) || ' ' || currency
            || case when right_amount > left_amount then ' higher' else ' lower' end || ' than loyalty'
    end
    || case status when 'AM-03' then ', within tolerance' when 'TM-01' then ': exactly what is in transit' else '' end || '.' || coalesce(' Also: ' || others || '.', '')
        as explanation
from ranked
where place = 1
