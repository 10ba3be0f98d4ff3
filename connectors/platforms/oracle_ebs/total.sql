-- purpose: Count, debits and credits of the same windows, added up by the system from accounted amounts.
-- reads: total_record
-- writes: total
-- parameters: none
-- invariant: one row per slice.
select cast(exact(line_count) as bigint) as line_count, exact(debit) as debit, exact(credit) as credit from total_record
