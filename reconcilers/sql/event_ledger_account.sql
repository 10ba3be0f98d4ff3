-- purpose: what the standing differences of single events and lines come to on each ledger's account, every ledger by itself
-- reads: event_ledger_verdict, event_ledger_line_finding
-- writes: event_ledger_account
-- parameters: none
-- invariant: one row per ledger, company, account, programme, stated programme and currency; an event missing in one ledger counts on that ledger alone
with listed as (
    -- on a wrong account (CL-01) nothing of the event is on this one, so all of it is the difference
    select
        ledger_id, company_id, account, programme_id, programme_id as stated_programme_id, currency, amount - home_amount as difference_amount, code = 'AM-03' as is_within
    from event_ledger_verdict
    where code is not null and (foreign_parts is null or amount <> home_amount)
    union all
    -- AM-06: money posted in another currency is lacking in the balance of the event's own, and too much in that of the other
    select ledger_id, company_id, account, programme_id, programme_id, part.currency, -sum(part.amount), false
    from (select *, unnest(foreign_parts) as part from event_ledger_verdict where code is not null)
    group by event_id, ledger_id, company_id, account, programme_id, part.currency
    union all
    select
        ledger_id, company_id, account, programme_id, stated_programme_id, currency, coalesce(left_amount, 0) - coalesce(right_amount, 0), false
    from event_ledger_line_finding
)
select
    ledger_id, company_id, account, coalesce(programme_id, '') as programme_id, coalesce(stated_programme_id, '') as stated_programme_id, currency,
    count(*) as break_count, sum(difference_amount) as net_amount, sum(abs(difference_amount)) as gross_amount,
    coalesce(sum(difference_amount) filter (is_within), 0) as within_amount
from listed
group by all
