-- purpose: what would bring a ledger to our books, one row per proposed entry: a difference of an event, an untied account, a face-valued ledger's bridge
-- reads: break, loyalty_event, ledger_line, programme, programme_ledger, programme_post, tie_out, roll_forward
-- writes: adjusting_proposal
-- parameters: $as_of_date
-- invariant: amount is what the liability account has to be credited (+) or debited (-); one row per entry_id; closed and expected breaks propose nothing
with
only_ledger as (
    select programme_id, min(ledger_id) as ledger_id from programme_ledger group by programme_id having count(*) = 1
),
standing as (
    select b.*, split_part(split_part(coalesce(b.right_ref, ''), ';', 1), '/', 1) as ref_ledger,
           split_part(split_part(coalesce(b.right_ref, ''), ';', 1), '/', 2) as ref_company, split_part(coalesce(b.right_ref, ''), ';', 1) as first_ref,
           case when b.code = 'CL-01' then b.left_amount else b.difference_amount end as owed,
           case when b.code = 'CL-01' then b.left_points else b.difference_points end as owed_points
    from break b
    where b.pair = 'event_ledger' and b.status not in ('closed', 'expected')
      and b.code in ('MS-01', 'MS-02', 'MS-03', 'MS-04', 'AM-01', 'AM-02', 'AM-04', 'AM-06', 'DU-01', 'CL-01')
),
-- the movement an event is in the journal, and the class of what it issues
event as (
    select event_id, programme_id, member_id, kind, earn_class, effective_date, points, transaction_amount,
           case when kind in ('accrual', 'adjustment') then kind when kind = 'reversal' and points < 0 then kind
               when kind in ('transfer_in', 'transfer_out') then 'transfer' end as movement,
           coalesce(nullif(earn_class, ''), case when kind = 'adjustment' then 'service' when transaction_amount is null then 'bonus' else 'purchase' end)
               as issued_class
    from loyalty_event
),
of_break as (
    select sha(concat_ws('|', s.break_id, s.owed::varchar)) as entry_id, s.code as reason_code, s.break_id, s.business_key,
           coalesce(nullif(s.programme_id, ''), '') as programme_id, coalesce(p.company_id, nullif(s.ref_company, ''), '') as company_id,
           coalesce(nullif(s.ref_ledger, ''), o.ledger_id, '') as ledger_id, coalesce(e.effective_date, $as_of_date) as effective_date, s.currency,
           s.owed as amount, coalesce(e.event_id, '') as event_id, coalesce(e.member_id, '') as member_id, s.owed_points,
           case
               when s.code = 'MS-02' then 'suspense'
               when s.code = 'CL-01' then 'elsewhere'
               when of_class.role is not null then of_class.role
               when of_kind.role is not null then of_kind.role
               when e.kind = 'accrual' and e.earn_class = 'purchased' then 'cash'
               when e.kind = 'accrual' and e.earn_class in ('cobrand', 'partner') then 'partner_receivable'
               when e.kind = 'accrual' and (e.earn_class = 'purchase' or (coalesce(e.earn_class, '') = '' and e.transaction_amount is not null)) then 'sales'
               when e.kind = 'accrual' and e.earn_class = 'migrated' then 'suspense'
               when e.kind = 'accrual' then 'marketing_expense'
               when e.kind = 'redemption' or (e.kind = 'reversal' and e.points > 0) then 'revenue_redeemed'
               when e.kind = 'reversal' then 'sales_returns'
               when e.kind = 'expiry' then 'breakage'
               when e.kind = 'adjustment' then 'adjustment_loss'
               when e.kind in ('transfer_in', 'transfer_out') then 'interco'
               else 'suspense'
           end as role, l.account as elsewhere_account,
           case when s.code in ('MS-02', 'DU-01') then coalesce(l.document_id, '') else '' end as reverses_document_id, s.explanation as text
    from standing s
    left join event e on e.event_id = s.business_key
    left join programme p on p.programme_id = s.programme_id
    left join only_ledger o on o.programme_id = s.programme_id
    left join programme_post of_class on of_class.programme_id = e.programme_id and of_class.event_kind = e.movement and of_class.earn_class = e.issued_class
    left join programme_post of_kind on of_kind.programme_id = e.programme_id and of_kind.event_kind = e.movement and of_kind.earn_class = ''
    left join ledger_line l on s.first_ref <> '' and concat_ws('/', l.ledger_id, l.company_id, l.document_id, l.line_id) = s.first_ref
    where s.owed <> 0
),
of_account as (
    select sha(concat_ws('|', 'untied', $as_of_date::varchar, ledger_id, company_id, account, programme_id, currency)) as entry_id, 'UNEXPLAINED', '' as break_id,
           concat_ws('/', ledger_id, company_id, account, programme_id), programme_id, company_id, ledger_id, $as_of_date, currency, unexplained_amount, '', '', null, 'suspense',
           '', '', 'The account differs by ' || unexplained_amount::varchar || ' ' || currency || ' that no listed break explains: to suspense while it is looked into.'
    from tie_out where status = 'untied' and unexplained_amount <> 0
),
face_ledger as (
    select p.programme_id, p.company_id, coalesce(l.ledger_id, '') as ledger_id
    from programme p left join programme_ledger l on l.programme_id = p.programme_id
    where coalesce(l.measure, p.ledger_measure) = 'face'
),
carried as (
    select company_id, programme_id, currency, coalesce(sum(closing_amount) filter (measure = 'face'), 0) as face,
           coalesce(sum(closing_amount) filter (measure = 'face' and earn_class in ('bonus', 'service', '')), 0) as free,
           coalesce(sum(closing_amount) filter (measure = 'deferred'), 0) as deferred
    from roll_forward group by all
),
bridged as (
    select sha(concat_ws('|', 'bridge', $as_of_date::varchar, f.company_id, f.ledger_id, f.programme_id, c.currency)) as entry_id, 'BRIDGE', '' as break_id,
           concat_ws('/', f.ledger_id, f.company_id, f.programme_id), f.programme_id, f.company_id, f.ledger_id, $as_of_date, c.currency, c.deferred - c.face,
           '', '', null, 'sales', '', '',
           'Face ' || c.face::varchar || ', of it given without a purchase ' || c.free::varchar || ', expected breakage and allocation '
               || (c.face - c.free - c.deferred)::varchar || ', deferred ' || c.deferred::varchar || ' ' || c.currency || '; reverse on the next day.'
    from face_ledger f join carried c on c.company_id = f.company_id and c.programme_id = f.programme_id
    where c.deferred <> c.face
)
select * from of_break
union all select * from of_account
union all select * from bridged
