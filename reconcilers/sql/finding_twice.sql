-- purpose: proof: findings that share pair, business key and currency (BL-02 may stand beside BL-01)
-- reads: finding
-- writes: finding_twice
-- parameters: none
-- invariant: no rows
select pair, business_key, currency
from finding
where code <> 'BL-02'
group by all
having count(*) > 1
