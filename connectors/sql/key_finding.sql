-- purpose: keys delivered twice with different content (DQ-06) that stand at the close of today
-- reads: key_conflict, prior_finding
-- writes: key_finding
-- parameters: none
-- invariant: one row per business key; a conflict stands until one of its files is corrected, which closes its day again
with today as (
    select
        'DQ-06' as code,
        business_key,
        min(programme_id) as programme_id,
        min(global_id) as global_id,
        table_name || ' ' || business_key || ' is delivered twice with different content; '
            || case when bool_and(is_clash) then 'both are in one file, so neither is used' else 'the first delivered is used' end
            || ': correct the delivery' as explanation
    from key_conflict
    group by table_name, business_key
)
select code, business_key, min(programme_id) as programme_id, min(global_id) as global_id, string_agg(explanation, '; ' order by explanation) as explanation
from (
    select * from today
    union
    select code, business_key, programme_id, global_id, explanation from prior_finding
    where code = 'DQ-06' and business_key not in (select business_key from today)
)
group by code, business_key
