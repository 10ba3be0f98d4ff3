-- purpose: the verdict on the tax of every redemption and reversal in every ledger that carries it
-- reads: redemption_tax_compared, redemption_tax_window, code_without_data, ledger_line
-- writes: redemption_tax_verdict
-- parameters: $as_of_date
-- invariant: verdict is matched, break, expected or excluded, never NULL; MS-05 before AM-07 before AM-03;
-- where no ledger can show tax lines (code_without_data) none is missed, and a missing rule is still told
with sight as (
    -- ledgers that cannot show tax lines are not said to lack them; where any shows one, it can
    select
        exists (select * from code_without_data where code = 'MS-05')
        and not exists (
            select * from ledger_line where coalesce(is_tax_line, false) and business_date >= (select first_day from redemption_tax_window)
        ) as is_blind
),
coded as (
    select
        *,
        case
            when len(refs) = 0 and is_blind and not (lacks_rule or lacks_rate) then ''
            when len(refs) = 0 and is_blind then 'AM-07'
            when len(refs) = 0 and left_base = 0 and left_tax = 0 and not (lacks_rule or lacks_rate) then ''
            when len(refs) = 0 and left_base = 0 and left_tax = 0 then 'AM-07'
            when len(refs) = 0 and $as_of_date < due_on(effective_date, posting_days) then 'TM-01'
            when len(refs) = 0 then 'MS-05'
            when not ties or lacks_rule or lacks_rate then 'AM-07'
            when left_tax <> right_tax or left_base <> coalesce(right_base, left_base) then 'AM-03'
            else ''
        end as code
    from redemption_tax_compared
    cross join sight
),
elsewhere as (
    -- a parallel ledger that carries the order but not this reward's own line is no second break
    select event_id from coded where len(refs) > 0 group by all
)
select
    c.*,
    case
        when c.code in ('', 'AM-03') and len(c.refs) > 0 then 'matched'
        when c.code = '' then 'excluded'
        when len(c.refs) = 0 and w.event_id is not null then 'excluded'
        when c.code = 'TM-01' then 'expected'
        else 'break'
    end as verdict
from coded as c
left join elsewhere as w on w.event_id = c.event_id
