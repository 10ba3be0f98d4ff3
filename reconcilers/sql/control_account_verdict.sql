-- purpose: every code that holds for a control account: AM-02, BL-03, BL-04, AM-03, AM-08
-- reads: control_account_row, control_account_explained, control_account_drift, control_account_restated
-- writes: control_account_verdict
-- parameters: $as_of_date
-- invariant: AM-02 and AM-03 are of the whole difference even where listed differences explain it; equality with the limit is within
with compared as (
    select
        r.*, r.left_amount - r.right_amount as difference, coalesce(e.net_amount, 0) as net_amount,
        greatest(abs(r.left_amount), abs(r.right_amount)) as larger, d.is_drifting, d.drift_amount, d.since, t.restated_day, t.before_amount
    from control_account_row as r
    left join control_account_explained as e on e.business_key = r.business_key and e.currency = r.currency and e.on_day = $as_of_date
    left join control_account_drift as d on d.business_key = r.business_key and d.currency = r.currency
    left join control_account_restated as t on t.ledger_id = r.ledger_id and t.company_id = r.company_id and t.account = r.account and t.currency = r.currency
        and t.stated_programme_id = r.stated_programme_id
),
limited as (
    select
        *, difference - net_amount as unexplained,
        beyond_limit(left_amount, right_amount, tolerance, currency) or coalesce(abs(difference) > tolerance_cap, false)
            -- the tolerance is taken on the unexplained amount too, and the cap on both (contract section 6)
            or units4(abs(difference - net_amount)) * 1000000000000::hugeint > units12(tolerance) * units4(larger)
            or coalesce(abs(difference - net_amount) > tolerance_cap, false) as is_beyond
    from compared
),
told as (
    select
        *,
        case
            when covers = '' then
                'ledger ' || ledger_id || ' has ' || money_text(right_amount) || ' ' || currency || ' on the account '
                || case when stated_programme_id = '' then 'under no programme' else 'under ' || stated_programme_id || ', which does not post to it' end
            when not has_right then 'ledger ' || ledger_id || ' has no balance where we owe ' || money_text(left_amount) || ' ' || currency
            else 'ledger ' || ledger_id || ' is ' || money_text(abs(difference)) || ' ' || currency || case when difference < 0 then ' higher' else ' lower' end
                || ' than our roll-forward, '
                || case when unexplained = 0 then 'all of it explained by listed differences'
                    else money_text(unexplained) || ' of it not explained by listed differences' end
        end as says
    from limited
)
select *, 1 as rank, 'AM-02' as code from told where is_beyond
union all
select
    * replace (
        'the closing of ' || restated_day || ' was ' || money_text(before_amount) || ' ' || currency || ' when that day was closed and is now delivered as another amount, which is not used' as says
    ), 2, 'BL-03'
from told where restated_day is not null
union all
select * replace (says || ', drifting one way by ' || money_text(drift_amount) || ' since ' || since as says), 3, 'BL-04' from told where is_drifting
union all
select * replace (says || ', within tolerance' as says), 4, 'AM-03' from told where difference <> 0 and not is_beyond
union all
select
    * replace (
        'the members of ledger ' || ledger_id || ' add up to ' || money_text(member_amount) || ' ' || currency || ' but its control account is '
            || money_text(right_amount) as says
    ), 5, 'AM-08'
from told where has_right and member_amount <> right_amount
