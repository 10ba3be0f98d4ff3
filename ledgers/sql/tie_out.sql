-- purpose: our sub-ledger's closing against each control account of the day, with what the listed breaks explain
-- reads: ledger_balance, programme, programme_account, programme_ledger, roll_forward, account_difference
-- writes: tie_out
-- parameters: $as_of_date
-- invariant: difference = sub-ledger - ledger = net breaks + unexplained; one row per ledger, company, account, programme and currency; a difference explains one account of its own ledger
with
stated as (
    select ledger_id, company_id, account, coalesce(programme_id, '') as programme_id, currency, -sum(amount) as ledger_amount
    from ledger_balance
    where as_of_date = $as_of_date and coalesce(member_id, '') = ''
    group by all
),
carried as (
    select p.programme_id, p.company_id, a.account, l.ledger_id, coalesce(l.measure, p.ledger_measure) as measure, p.tolerance, p.tolerance_cap
    from programme p
    join programme_account a on a.programme_id = p.programme_id and a.role = 'liability'
    left join programme_ledger l on l.programme_id = p.programme_id
),
asked as (
    select s.*, c.programme_id as candidate, c.measure, c.tolerance, c.tolerance_cap,
           s.programme_id in ('', c.programme_id)
               and (s.programme_id <> '' or not exists (
                   select 1 from stated t where t.ledger_id = s.ledger_id and t.company_id = s.company_id and t.account = s.account
                       and t.currency = s.currency and t.programme_id = c.programme_id)) as is_covered
    from stated s
    join carried c on c.company_id = s.company_id and c.account = s.account and coalesce(c.ledger_id, s.ledger_id) = s.ledger_id
),
covered as (
    select * exclude (candidate, is_covered), candidate as covers from asked where is_covered
    union all
    -- money on our account under no programme of ours: nobody owes it
    select ledger_id, company_id, account, programme_id, currency, ledger_amount, min(measure), min(tolerance), min(tolerance_cap), ''
    from asked
    group by ledger_id, company_id, account, programme_id, currency, ledger_amount
    having not bool_or(is_covered) and ledger_amount <> 0
),
owed as (
    select company_id, programme_id, currency, measure, sum(closing_amount) as amount from roll_forward group by all
),
account_row as (
    select c.ledger_id, c.company_id, c.account, c.programme_id as stated_programme_id, c.currency, c.ledger_amount,
           case when min(c.covers) = '' then min(c.programme_id) else string_agg(c.covers, ';' order by c.covers) end as programme_id, min(c.measure) as measure, min(c.tolerance) as tolerance,
           min(c.tolerance_cap) as tolerance_cap, coalesce(sum(o.amount), 0) as sub_ledger_amount
    from covered c
    left join owed o on o.company_id = c.company_id and o.programme_id = c.covers and o.currency = c.currency and o.measure = c.measure
    group by all
),
explaining as (
    -- where the account is stated by programme, an entry stands in the balance of the programme it names, else in the one it is for
    select c.ledger_id, c.company_id, c.account, c.programme_id as stated_programme_id, c.currency, d.net_amount, d.gross_amount
    from account_difference d
    join covered c on c.ledger_id = d.ledger_id and c.company_id = d.company_id and c.account = d.account and c.currency = d.currency
        and (c.programme_id = d.stated_programme_id or c.covers = d.programme_id)
    qualify row_number() over (
        partition by d.ledger_id, d.company_id, d.account, d.programme_id, d.stated_programme_id, d.currency
        order by c.programme_id <> d.stated_programme_id, c.programme_id, c.covers) = 1
),
explained as (
    select ledger_id, company_id, account, stated_programme_id, currency, sum(net_amount) as net_breaks, sum(gross_amount) as gross_breaks
    from explaining group by all
),
compared as (
    select a.*, a.sub_ledger_amount - a.ledger_amount as difference_amount, greatest(abs(a.sub_ledger_amount), abs(a.ledger_amount)) as larger,
           coalesce(e.net_breaks, 0) as net_breaks, coalesce(e.gross_breaks, 0) as gross_breaks,
           a.sub_ledger_amount - a.ledger_amount - coalesce(e.net_breaks, 0) as unexplained_amount
    from account_row a
    left join explained e on e.ledger_id = a.ledger_id and e.company_id = a.company_id
        and e.account = a.account and e.stated_programme_id = a.stated_programme_id and e.currency = a.currency
),
allowed as (
    select *, units12(tolerance) * units4(larger) as allowance, coalesce(tolerance_cap, larger) as cap from compared
)
select ledger_id, company_id, account, programme_id, currency, measure, sub_ledger_amount, ledger_amount, difference_amount,
       case when larger = 0 then null else from_units12(div_half_up(units4(abs(difference_amount)) * 1000000000000::hugeint, units4(larger))) end
           as relative_difference,
       net_breaks, gross_breaks, unexplained_amount,
       case
           when difference_amount = 0 then 'tied'
           when units4(abs(difference_amount)) * 1000000000000::hugeint <= allowance and abs(difference_amount) <= cap then 'within_tolerance'
           when gross_breaks <> 0 and units4(abs(unexplained_amount)) * 1000000000000::hugeint <= allowance and abs(unexplained_amount) <= cap
               then 'tied_by_breaks'
           else 'untied'
       end as status
from allowed
