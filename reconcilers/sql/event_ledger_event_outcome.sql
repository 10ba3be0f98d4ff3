-- purpose: one outcome per event over all ledgers: a break in any of them wins, then in transit, then matched
-- reads: event_ledger_verdict
-- writes: event_ledger_event_outcome
-- parameters: none
-- invariant: one row per event
select
    event_id,
    arg_min(case verdict when 'matched' then 'matched' else verdict end, (list_position(['break', 'expected', 'matched', 'excluded'], verdict), ledger_id)) as disposition,
    arg_min(
        case when verdict in ('break', 'expected') then code when verdict = 'excluded' then excuse when code = 'AM-03' then 'tolerance' else coalesce(rung, 'zero_value') end,
        (list_position(['break', 'expected', 'matched', 'excluded'], verdict), ledger_id)
    ) as reason
from event_ledger_verdict
group by all
