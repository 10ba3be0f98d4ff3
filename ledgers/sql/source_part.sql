-- purpose: signed money of today's journal by event and lot, before it is set against the posted lines
-- reads: movement_value, journal_part
-- writes: source_part
-- parameters: none
-- invariant: every part belongs to an entry that is posted for its cohort
with
role_of as (
    select company_id, programme_id, currency, earn_class, cohort, movement_class, part, min(event_kind) as event_kind, min(role) as role
    from journal_part group by all
),
worth as (
    select company_id, programme_id, currency, earn_class, cohort, movement_class, event_id, lot_id, 'issue' as part, -issued_deferral as amount
    from movement_value where figure = 'issued'
    union all
    select company_id, programme_id, currency, earn_class, cohort, movement_class, event_id, lot_id, 'issue_counter', issued_deferral
    from movement_value where figure = 'issued'
    union all
    select company_id, programme_id, currency, earn_class, cohort, release_class, event_id, lot_id, u.part,
           case u.part
               when 'release' then released_amount
               when 'face' then case when release_class = 're_estimated' then 0 else -face_part_amount end
               when 're_estimate' then case when release_class = 're_estimated' then -released_amount else 0 end
               else case when release_class = 're_estimated' then 0 else face_part_amount - released_amount end
           end
    from (select *, case when is_granted then movement_class
                         when group_no = 2 then 'reversed' when group_no = 5 then 'redeemed' when group_no = 8 then 'expired' else 're_estimated'
                    end as release_class
          from movement_value where (figure = 'issued') = is_granted)
    cross join (values ('release'), ('face'), ('re_estimate'), ('breakage')) as u (part)
    union all
    select company_id, programme_id, currency, earn_class, cohort, movement_class, event_id, lot_id, 'cost', -cost_amount from movement_value
    union all
    select company_id, programme_id, currency, earn_class, cohort, movement_class, event_id, lot_id,
           case figure when 'redeemed' then 'cost_used' else 'cost_counter' end, cost_amount
    from movement_value
),
by_role as (
    select w.company_id, w.programme_id, w.currency, w.earn_class, w.cohort, r.event_kind, r.role, w.event_id, w.lot_id, w.amount
    from worth w
    join role_of r on r.company_id = w.company_id and r.programme_id = w.programme_id and r.currency = w.currency
        and r.earn_class = w.earn_class and r.cohort = w.cohort and r.movement_class = w.movement_class and r.part = w.part
    where w.amount <> 0
)
select company_id, programme_id, currency, earn_class, cohort, event_kind, role, event_id, lot_id, sum(amount)::decimal(38, 4) as amount
from by_role group by all
