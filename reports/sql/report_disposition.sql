-- purpose: Where today's input rows ended, by pair, side and table.
-- reads: disposition
-- writes: report_disposition
-- parameters: none
-- invariant: adds up to disposition.
select
    pair, side, "table", disposition,
    sum(row_count)::bigint as row_count
from disposition
group by pair, side, "table", disposition
order by pair, side, "table", disposition
