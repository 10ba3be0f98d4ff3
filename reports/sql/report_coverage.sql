-- purpose: Units redeemed today and how many of them lack a lot, a ledger entry, their lot's ledger entry or a tax entry.
-- reads: allocation
-- writes: report_coverage
-- parameters: none
-- invariant: one row a programme; a count of units without something is 0 or its redemptions are listed in report_uncovered.
select
    programme_id,
    count(distinct redemption_event_id) as redemption_count,
    sum(points)::decimal(38, 4) as redeemed_points,
    coalesce(sum(abs(points)) filter (where lot_id is null or lot_id like 'ARREARS/%'), 0)::decimal(38, 4) as without_lot_points,
    coalesce(sum(abs(points)) filter (where coalesce(ledger_ref, '') = ''), 0)::decimal(38, 4) as without_entry_points,
    coalesce(sum(abs(points)) filter (where coalesce(lot_ledger_ref, '') = '' and lot_id not like 'ARREARS/%'), 0)::decimal(38, 4) as without_lot_entry_points,
    coalesce(sum(abs(points)) filter (where coalesce(tax_entry_id, '') = ''), 0)::decimal(38, 4) as without_tax_points
from allocation
group by programme_id
order by programme_id
