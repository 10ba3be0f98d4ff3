-- purpose: rows of every input table that entered the books today
-- reads: loyalty_event, loyalty_balance, ledger_line, ledger_balance, posting_manifest, payment, identity, lot_trace, fx_rate
-- writes: delivery_arrived
-- parameters: $as_of_date
-- invariant: one row per table and currency that has rows
select 'loyalty_event' as "table", currency, count(*) as row_count, sum(points) as points, cast(null as decimal(38, 4)) as amount
from loyalty_event where business_date = $as_of_date group by currency
union all
select 'loyalty_balance', currency, count(*), sum(points), sum(amount) from loyalty_balance where business_date = $as_of_date group by currency
union all
select 'ledger_line', currency, count(*), sum(points), sum(amount) from ledger_line where business_date = $as_of_date group by currency
union all
select 'ledger_balance', currency, count(*), sum(points), sum(amount) from ledger_balance where business_date = $as_of_date group by currency
union all
select 'posting_manifest', cast(null as varchar), count(*), sum(points), sum(amount) from posting_manifest where business_date = $as_of_date having count(*) > 0
union all
select 'payment', currency, count(*), cast(null as decimal(38, 4)), sum(amount) from payment where business_date = $as_of_date group by currency
union all
select 'identity', cast(null as varchar), count(*), null, null from identity where business_date = $as_of_date having count(*) > 0
union all
select 'lot_trace', cast(null as varchar), count(*), sum(points), null from lot_trace where business_date = $as_of_date having count(*) > 0
union all
select 'fx_rate', cast(null as varchar), count(*), null, null from fx_rate where business_date = $as_of_date having count(*) > 0
