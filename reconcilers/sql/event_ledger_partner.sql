-- purpose: events that a line without event could be: the member's, or any of its days' where a group without member is declared; with the other leg of their transfers
-- reads: loyalty_event, programme, event_ledger_loose
-- writes: event_ledger_partner
-- parameters: $all_members
-- invariant: distinct ids
with fitting as (
    select e.event_id, e.transfer_id
    from loyalty_event as e
    join programme as p on p.programme_id = e.programme_id
    join event_ledger_loose as l
        on l.global_id = e.global_id and l.posting_date between earliest_on(e.effective_date) and latest_on(e.effective_date, p.posting_days)
    union
    select e.event_id, e.transfer_id
    from loyalty_event as e
    join programme as p on p.programme_id = e.programme_id
    join (select distinct posting_date from event_ledger_loose where $all_members) as l
        on l.posting_date between earliest_on(e.effective_date) and latest_on(e.effective_date, p.posting_days)
)
select event_id from fitting
union
-- whether a transfer had to be posted is told by both of its legs
select e.event_id from loyalty_event as e semi join fitting as f on f.transfer_id = e.transfer_id where nullif(e.transfer_id, '') is not null
