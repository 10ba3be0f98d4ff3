-- purpose: accounts our journal needs and no programme or chart names (DQ-05)
-- reads: missing_account
-- writes: delivery_account
-- parameters: none
-- invariant: one row per role; the role stands for the account that has no number yet
select
    'DQ-05' as code, role as business_key, case when count(distinct programme_id) = 1 then min(programme_id) end as programme_id, cast(null as varchar) as global_id,
    'Our journal needs an account for ' || role || ' and neither programme ' || string_agg(distinct programme_id, ', ' order by programme_id)
        || ' nor the chart of accounts names one.' as explanation
from missing_account
group by role
