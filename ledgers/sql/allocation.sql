-- purpose: every redeemed unit of today with the ledger entry of its redemption and of its lot and its tax entries, or what is missing
-- reads: allocation_draft, tax_draft, tax_entry, settled_ref, settled_sale, settled_opening, finding
-- writes: allocation
-- parameters: none
-- invariant: one row per row of allocation_draft; units that no accrual covers yet (arrears) have no lot entry
with tax as (
    select
        d.event_id,
        d.redemption_event_id,
        d.lot_id,
        d.sequence,
        array_to_string(list_sort(list(e.tax_entry_id)), ';') as tax_entry_ids,
        bool_or(e.status = 'missing') as is_missing
    from tax_draft as d
    join tax_entry as e on e.tax_entry_id = d.tax_entry_id
    group by d.event_id, d.redemption_event_id, d.lot_id, d.sequence
),
not_in_ledger as (
    select distinct business_key from finding where pair = 'event_ledger' and code = 'MS-01'
)
select
    a.event_id, a.redemption_event_id, a.lot_id, a.sequence, a.programme_id, a.global_id, a.cohort, a.earn_class, a.currency, a.points,
    a.released_amount, a.breakage_amount, a.released_cost, a.redemption_value,
    coalesce(entry.ledger_refs, sale.ledger_refs) as ledger_ref,
    coalesce(lot.ledger_refs, opening.ledger_refs) as lot_ledger_ref,
    t.tax_entry_ids as tax_entry_id,
    case
        when coalesce(entry.ledger_refs, sale.ledger_refs) is null or n.business_key is not null then 'entry_missing'
        when coalesce(lot.ledger_refs, opening.ledger_refs) is null then 'lot_entry_missing'
        when coalesce(t.is_missing, false) then 'tax_missing'
        else 'complete'
    end as status
from allocation_draft as a
left join settled_ref as entry on entry.pair = 'event_ledger' and entry.event_id = a.redemption_event_id
left join settled_sale as sale on sale.event_id = a.redemption_event_id
left join settled_ref as lot on lot.pair = 'event_ledger' and lot.event_id = a.lot_id
left join settled_opening as opening on opening.lot_id = a.lot_id
left join tax as t
    on t.event_id = a.event_id and t.redemption_event_id = a.redemption_event_id and t.lot_id = a.lot_id and t.sequence = a.sequence
left join not_in_ledger as n on n.business_key = a.redemption_event_id
