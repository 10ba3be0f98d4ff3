-- purpose: Count, debits and credits of the same windows, added up by the system.
-- reads: total_record
-- writes: total
-- parameters: none
-- invariant: one row per slice.
select coalesce(cast(exact(line_count) as bigint), error('the system does not say how many lines there are')) as line_count, coalesce(exact(debit), 0) as debit, coalesce(exact(credit), 0) as credit
from total_record
