-- purpose: every balance of either side that entered today, by the programme and member it is compared under, and why it is not compared if it is not
-- reads: loyalty_balance, ledger_balance, programme, programme_account, member_balance_scope
-- writes: member_balance_arrived
-- parameters: $as_of_date
-- invariant: one row per row that entered; without a reason it is compared; a stray row is a member's on an account that is not asked for its programme
with liability as (
    select p.company_id, a.account, case when count(*) = 1 then min(p.programme_id) end as only_programme_id
    from programme as p
    join programme_account as a on a.programme_id = p.programme_id and a.role = 'liability'
    group by p.company_id, a.account
)
select
    true as is_left, b.programme_id, cast(null as varchar) as ledger_id, b.global_id, b.currency, coalesce(b.currency, s.currency) as compared_currency,
    b.points, b.amount, case when b.amount is null then face_value(b.points, s.value_units, s.value_step, s.place_step, s.value_mode) end as face_amount, false as is_stray,
    case when b.as_of_date <> $as_of_date then 'earlier_day' when s.programme_id is null or b.global_id is null then 'not_carried' end as reason
from loyalty_balance as b
left join member_balance_scope as s on s.programme_id = b.programme_id and s.place = 1
where b.business_date = $as_of_date
union all
select
    false, coalesce(b.programme_id, l.only_programme_id), b.ledger_id, b.global_id, b.currency, b.currency, b.points, b.amount, null,
    l.account is not null and b.global_id is not null and b.as_of_date = $as_of_date and s.programme_id is null,
    case
        when l.account is null then 'out_of_scope'
        -- only a balance without a member has no Global ID
        when b.global_id is null then 'control_account'
        when b.as_of_date <> $as_of_date then 'earlier_day'
        when s.programme_id is null then 'not_carried'
    end
from ledger_balance as b
left join liability as l on l.company_id = b.company_id and l.account = b.account
left join member_balance_scope as s
    on s.programme_id = coalesce(b.programme_id, l.only_programme_id) and s.ledger_id = b.ledger_id and s.company_id = b.company_id and s.account = b.account
where b.business_date = $as_of_date
