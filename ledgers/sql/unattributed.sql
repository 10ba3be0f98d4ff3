-- purpose: units redeemed today that still lack a lot, an entry of their lot, a ledger entry or a tax entry
-- reads: allocation, tax_entry
-- writes: unattributed
-- parameters: none
-- invariant: one row; 0 everywhere when every redeemed unit is followed to its accrual, its entry and its tax
with redeemed as (
    select event_id, lot_id, ledger_ref, lot_ledger_ref, status, tax_entry_id, points from allocation where event_id = redemption_event_id and points > 0
),
untaxed as (
    select distinct event_id, lot_id from tax_entry where status = 'missing'
)
select
    coalesce(sum(case when starts_with(r.lot_id, 'ARREARS/') then r.points end), 0) as without_lot,
    coalesce(sum(case when not starts_with(r.lot_id, 'ARREARS/') and r.lot_ledger_ref is null then r.points end), 0) as without_lot_entry,
    coalesce(sum(case when r.ledger_ref is null or r.status = 'entry_missing' then r.points end), 0) as without_ledger_entry,
    coalesce(sum(case when r.tax_entry_id is null or u.event_id is not null then r.points end), 0) as without_tax_entry
from redeemed as r
left join untaxed as u on u.event_id = r.event_id and u.lot_id = r.lot_id
