-- purpose: the ledger entries known at today's close for the redemptions, causes and lots that moved today
-- reads: allocation_draft, tax_draft, ledger_link, prior_ledger_link
-- writes: settled_ref
-- parameters: $as_of_date
-- invariant: one row per pair and event that has entries; the latest word on an event holds, an empty word is none
with asked as (
    select 'event_ledger' as pair, redemption_event_id as event_id from allocation_draft
    union
    select 'event_ledger' as pair, lot_id as event_id from allocation_draft
    union
    select 'redemption_tax' as pair, redemption_event_id as event_id from allocation_draft
    union
    select 'redemption_tax' as pair, event_id from allocation_draft
    union
    select 'redemption_tax' as pair, redemption_event_id as event_id from tax_draft
),
said as (
    select pair, event_id, ledger_refs, business_date as said_on from prior_ledger_link
    union all
    select pair, event_id, ledger_refs, $as_of_date as said_on from ledger_link
)
select s.pair, s.event_id, arg_max(coalesce(s.ledger_refs, ''), s.said_on) as ledger_refs
from said as s
semi join asked as a on a.pair = s.pair and a.event_id = s.event_id
group by s.pair, s.event_id
having arg_max(coalesce(s.ledger_refs, ''), s.said_on) <> ''
