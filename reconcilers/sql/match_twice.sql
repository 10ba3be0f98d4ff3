-- purpose: proof: rows that are in two matches of today (a loyalty row once per ledger it is posted to, a payment in one match of its order)
-- reads: match
-- writes: match_twice
-- parameters: none
-- invariant: no rows
with right_row as (select pair, unnest(string_split(right_refs, ';')) as ref from "match"),
left_row as (
    select pair, unnest(string_split(left_refs, ';')) as ref, case when pair = 'order_event' then '' else split_part(right_refs, '/', 1) end as ledger_id
    from "match"
)
select pair, 'right' as side, ref from right_row where ref <> '' group by all having count(*) > 1
union all
select pair, 'left' as side, ref from left_row where ref <> '' group by pair, ref, ledger_id having count(*) > 1
