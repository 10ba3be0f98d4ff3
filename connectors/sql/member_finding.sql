-- purpose: members without identity (DQ-05) and members that look alike (ID-01) that stand at the close of today
-- reads: unidentified, member_skeleton, prior_finding
-- writes: member_finding
-- parameters: none
-- invariant: one row per code and business key; look-alikes are named once, on the day the younger of them appears, and stand from then on
with no_identity as (
    select
        'DQ-05' as code,
        member_id as business_key,
        cast(null as varchar) as programme_id,
        member_id as global_id,
        'member ' || member_id || case when count(*) > 1 then ' of sources ' else ' of source ' end || string_agg(source, ', ' order by source)
            || ' has no identity; it counts under its own id until the identity is delivered' as explanation
    from unidentified
    group by member_id
),
look_alike as (
    select
        'ID-01' as code,
        programme_id || '/' || global_id as business_key,
        programme_id,
        global_id,
        'member ' || global_id || ' of ' || programme_id || ' looks like ' || string_agg(looks_like, ', ' order by looks_like)
            || '; the ids differ and are kept apart: check whether they are one person' as explanation
    from member_skeleton
    group by programme_id, global_id
)
select * from no_identity
union all
select * from look_alike
union all
select p.code, p.business_key, p.programme_id, p.global_id, p.explanation
from prior_finding p
anti join look_alike l on l.business_key = p.business_key
where p.code = 'ID-01'
