-- purpose: The lines' own count, debits and credits, to be held against what the system adds up by itself.
-- reads: line
-- writes: extract_total
-- parameters: $basis
-- invariant: one row; debit and credit are not negative.
with amounts as (
    select case $basis when 'document' then amount_document when 'group' then amount_group else amount_local end as amount from line
)
select count(*) as line_count, coalesce(sum(amount) filter (where amount > 0), 0) as debit, coalesce(-sum(amount) filter (where amount < 0), 0) as credit
from amounts
