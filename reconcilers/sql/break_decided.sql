-- purpose: what people decided acts on the register: queue and status, never a difference
-- reads: break, known_decision, prior_break
-- writes: break_decided
-- parameters: $as_of_date
-- invariant: the rows and every other column of break; the last decision on the status holds, or none does. Accepted and approved hold
--   until the difference is another than the one they were made for; they, explained and proposed end when the break closes; suppressed holds up to
--   its date, through closing and reopening
with closed_last as (
    select p.break_id, max(p.business_date) as closed_on
    from prior_break as p
    semi join known_decision as k on k.break_id = p.break_id
    where p.status = 'closed'
    group by p.break_id
),
on_status as (
    select *, row_number() over (partition by break_id order by sequence desc) as place
    from known_decision
    where action not in ('assigned', 'noted')
),
on_queue as (
    select *, row_number() over (partition by break_id order by sequence desc) as place
    from known_decision
    where action = 'assigned'
),
differed as (
    -- breaks that differed otherwise on a day since they were decided: what was accepted once is not accepted again when the old figure returns
    select distinct s.break_id
    from on_status as s
    join prior_break as p on p.break_id = s.break_id and p.business_date >= s.business_date and p.status <> 'closed'
    where s.place = 1 and (p.difference_points is distinct from s.difference_points or p.difference_amount is distinct from s.difference_amount)
),
judged as (
    select
        b.*, a.queue as assigned_queue, s.action, s.decided_by as person, s.reason as why,
        b.status = 'open' and coalesce(
            case
                when s.action = 'suppressed' then $as_of_date <= s.until
                when s.action = 'withdrawn' or c.closed_on >= s.business_date then false
                when s.action in ('accepted', 'approved') then
                    o.break_id is null and s.difference_points is not distinct from b.difference_points
                    and s.difference_amount is not distinct from b.difference_amount
                else s.action is not null
            end,
            false
        ) as holds
    from "break" as b
    left join on_status as s on s.break_id = b.break_id and s.place = 1
    left join on_queue as a on a.break_id = b.break_id and a.place = 1
    left join closed_last as c on c.break_id = b.break_id
    left join differed as o on o.break_id = b.break_id
)
select
    * exclude (assigned_queue, action, person, why, holds)
    replace (
        case when status = 'closed' then queue else coalesce(assigned_queue, queue) end as queue,
        case when holds then action else status end as status,
        case when holds then action when status = 'closed' then decision end as decision,
        case when holds then person when status = 'closed' then decided_by end as decided_by,
        case when holds then why when status = 'closed' then decision_reason end as decision_reason
    )
from judged
