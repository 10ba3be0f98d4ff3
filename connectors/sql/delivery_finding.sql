-- purpose: everything that stands against deliveries at the close of today
-- reads: file_finding, key_finding, member_finding
-- writes: delivery_finding
-- parameters: none
-- invariant: one row per code and business key
with standing as (
    select code, business_key, programme_id, global_id, explanation from file_finding
    union all
    select code, business_key, programme_id, global_id, explanation from key_finding
    union all
    select code, business_key, programme_id, global_id, explanation from member_finding
)
select
    code,
    business_key,
    min(programme_id) as programme_id,
    min(global_id) as global_id,
    string_agg(distinct explanation, '; ' order by explanation) as explanation
from standing
group by code, business_key
order by code, business_key
