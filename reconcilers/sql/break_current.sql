-- purpose: today's findings with the id they have every day they are open
-- reads: finding, break_code
-- writes: break_current
-- parameters: none
-- invariant: one row per break_id; the id is a hash of programme, pair, code, business key and currency
select
    sha(concat_ws('|', coalesce(f.programme_id, ''), f.pair, f.code, f.business_key, coalesce(f.currency, ''))) as break_id,
    f.*, coalesce(f.left_points, 0) as left_points_0, coalesce(f.right_points, 0) as right_points_0,
    coalesce(f.left_amount, 0) as left_amount_0, coalesce(f.right_amount, 0) as right_amount_0,
    c.queue, c.blocks_signoff, case when f.code = 'TM-01' then 'expected' else 'open' end as status
from finding as f
join break_code as c on c.code = f.code
