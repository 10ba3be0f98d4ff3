-- purpose: what was wrong with what arrived, and accounts our journal needs and lacks, as findings of the pair delivery
-- reads: delivery_finding, delivery_account
-- writes: delivery_difference
-- parameters: none
-- invariant: one row per code and business key
with named as (
    select code, business_key, programme_id, global_id, explanation from delivery_finding
    union all
    select code, business_key, programme_id, global_id, explanation from delivery_account
)
select
    'delivery' as pair, code, min(programme_id) as programme_id, min(global_id) as global_id, business_key,
    case when code in ('DQ-01', 'DQ-02') then business_key end as left_ref, case when code in ('DQ-01', 'DQ-02') then null else business_key end as right_ref,
    0 as left_points, 0 as right_points, 0 as left_amount, 0 as right_amount, cast(null as varchar) as currency,
    string_agg(distinct explanation, ' Also: ' order by explanation) as explanation
from named
group by code, business_key
