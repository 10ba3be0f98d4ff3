-- purpose: findings of the pair: tax owed on redeemed units against the ledger's tax lines
-- reads: redemption_tax_verdict
-- writes: redemption_tax_difference
-- parameters: none
-- invariant: one row per redemption (or reversal) and currency
with found as (
    select *, ties and (lacks_rule or lacks_rate) as is_alone
    from redemption_tax_verdict
    where (verdict in ('break', 'expected') or (verdict = 'matched' and code = 'AM-03'))
        -- the rewards behind one line of the order are one difference; a missing rule is told of each
        and (event_id = event_ids[1] or is_alone)
    qualify row_number() over (partition by event_id, currency order by list_position(['MS-05', 'TM-01', 'AM-07', 'AM-03'], code), ledger_id) = 1
),
worded as (
    select
        *,
        kind || ' ' || event_id || case when len(event_ids) > 1 and not is_alone then ' and ' || array_to_string(event_ids[2:], ', ') else '' end as name,
        money_text(left_tax) || ' ' || currency || ' on a base of ' || money_text(left_base)
        || case when left_jurisdictions = [''] then '' else ' in ' || array_to_string(left_jurisdictions, ', ') end as owed,
        money_text(right_tax) || ' ' || coalesce(right_currencies[1], currency) || coalesce(' on a base of ' || money_text(right_base), '')
        || case when len(right_jurisdictions) = 0 then '' else ' in ' || array_to_string(right_jurisdictions, ', ') end as booked,
        case when lacks_rule then 'no tax rule covers it' when lacks_rate then 'no tax rate covers it' end as gap
    from found
)
select
    'redemption_tax' as pair, code, programme_id, global_id, event_id as business_key,
    case when is_alone then event_id else array_to_string(event_ids, ';') end as left_ref, array_to_string(refs, ';') as right_ref,
    case when len(refs) = 0 then points end as left_points, case when len(refs) = 0 then 0 end as right_points,
    left_tax as left_amount,
    case when len(refs) = 0 or list_contains(right_currencies, currency) then right_tax else 0 end as right_amount,
    currency,
    case
        when code = 'TM-01' then 'the tax line of ' || name || ' (' || owed || ') is not in the ledger yet; it is due at the close of ' || due_on(effective_date, posting_days)::varchar
        when code = 'MS-05' then name || ' of ' || effective_date::varchar || ' has no tax line in the ledger; ' || owed || ' is owed' || coalesce('; ' || gap, '')
        when code = 'AM-03' then 'the ledger is ' || money_text(abs(left_tax - right_tax)) || ' ' || currency
            || case when left_tax < right_tax then ' higher' else ' lower' end || ' than the rules for the tax of ' || name || ', within tolerance'
        when ties or len(refs) = 0 then coalesce(gap, '') || ': ' || name || ' is taxed in full ('
            || case when is_alone and len(event_ids) > 1 then 'its order owes ' else '' end || owed || ')'
            || case when len(refs) > 0 then ', and the ledger agrees' else '' end
        else 'the ledger has tax of ' || booked || ' for ' || name || ', the rules give ' || owed || coalesce('; ' || gap, '')
    end as explanation
from worded
