-- purpose: today's events in the contract's within-day order: eight groups, inside each by occurred_at and event_id
-- reads: loyalty_event, lot_scope
-- writes: lot_event
-- parameters: $as_of_date
-- invariant: event_no is a total order over the day, from 1 on and without gaps; the receiving leg of a transfer never comes before its giving leg of the same day
with entered as (
    -- every column goes through the sort, and short keys sort faster: what follows from group_no or from the programme is not among them
    select m.member_no, e.event_id, e.programme_id, e.global_id, e.points, e.occurred_at, e.effective_date,
        nullif(e.reverses_event_id, '') as reverses_event_id, nullif(e.transfer_id, '') as transfer_id, nullif(e.earn_class, '') as given_class,
        e.transaction_amount, e.goods_ssp, e.deferred_amount, e.partner_id, coalesce(nullif(e.funded_by, ''), 'seller') as funded_by, e.expires_on,
        nullif(e.currency, '') as given_currency,
        -- a unit with the wrong sign for its kind still moves: it comes in or leaves like the kind it resembles
        (case when e.points > 0 then
            case e.kind when 'accrual' then 1 when 'adjustment' then 3 when 'transfer_in' then 4 else 2 end
        else
            case e.kind when 'transfer_out' then 4 when 'redemption' then 5 when 'reversal' then 6 when 'accrual' then 6 when 'expiry' then 8 else 7 end
        end)::utinyint as group_no
    from loyalty_event e
    left join lot_scope m on m.programme_id = e.programme_id and m.global_id = e.global_id
    where e.business_date = $as_of_date and e.points <> 0
),
giving_leg as (
    select programme_id, transfer_id, max({'at': occurred_at, 'id': event_id}) as place
    from loyalty_event
    where business_date = $as_of_date and kind = 'transfer_out' and points < 0 and transfer_id <> ''
    group by programme_id, transfer_id
),
placed as (
    -- built for transfers only: most days are of a million events and have none
    select e.*, case when e.points > 0 and e.group_no = 4 then coalesce(g.place > {'at': e.occurred_at, 'id': e.event_id}, false) else false end as waits,
        g.place
    from entered e
    left join giving_leg g on g.programme_id = e.programme_id and g.transfer_id = e.transfer_id
),
-- numbered as they come out of the sort: a window over the whole day would cost as much again
sorted as (
    select * exclude (waits, place)
    from placed
    order by group_no, case when waits then place.at else occurred_at end, case when waits then place.id else event_id end, waits,
        case when waits then occurred_at end, case when waits then event_id end
)
select row_number() over () as event_no, * from sorted
