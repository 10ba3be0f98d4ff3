-- purpose: what was wrong with what arrived, and accounts our journal needs and lacks, as findings of the pair delivery
-- reads: delivery_finding, delivery_account
-- writes: delivery_difference
-- parameters: none
-- invariant: one row per business key; the first code of the contract's order wins and the explanation names the others
with named as (
    select code, business_key, programme_id, global_id, explanation from delivery_finding
    union all
    select code, business_key, programme_id, global_id, explanation from delivery_account
),
told as (
    select
        business_key, code, min(programme_id) as programme_id, min(global_id) as global_id, string_agg(distinct explanation, ' Also: ' order by explanation) as says,
        row_number() over (partition by business_key order by code) as place
    from named
    group by business_key, code
),
ranked as (
    select
        business_key, max(code) filter (where place = 1) as code, max(programme_id) filter (where place = 1) as programme_id,
        max(global_id) filter (where place = 1) as global_id, string_agg(case when place = 1 then says else code || ', ' || says end, ' Also: ' order by place) as explanation
    from told
    group by business_key
)
select
    'delivery' as pair, code, programme_id, global_id, business_key, case when code in ('DQ-01', 'DQ-02') then business_key end as left_ref,
    case when code in ('DQ-01', 'DQ-02') then null else business_key end as right_ref, 0 as left_points, 0 as right_points, 0 as left_amount,
    0 as right_amount, cast(null as varchar) as currency, explanation
from ranked
