-- purpose: The redemptions of today with units that lack a lot, a ledger entry, their lot's ledger entry or a tax entry.
-- reads: allocation
-- writes: report_uncovered
-- parameters: none
-- invariant: empty exactly when every redeemed unit of today has all four.
with lacking as (
    select
        *,
        lot_id is null or lot_id like 'ARREARS/%' as lacks_lot,
        coalesce(ledger_ref, '') = '' as lacks_entry,
        coalesce(lot_ledger_ref, '') = '' and lot_id not like 'ARREARS/%' as lacks_lot_entry,
        coalesce(tax_entry_id, '') = '' as lacks_tax
    from allocation
)
select
    programme_id,
    redemption_event_id,
    sum(points)::decimal(38, 4) as points,
    sum(redemption_value)::decimal(38, 4) as redemption_value,
    min(currency) as currency,
    bool_or(lacks_lot) as lacks_lot,
    bool_or(lacks_entry) as lacks_entry,
    bool_or(lacks_lot_entry) as lacks_lot_entry,
    bool_or(lacks_tax) as lacks_tax
from lacking
where lacks_lot or lacks_entry or lacks_lot_entry or lacks_tax
group by programme_id, redemption_event_id
