-- purpose: the account each role of each programme posts to: its own, else the first fall-back there is, else suspense, else a name for what is missing
-- reads: programme, programme_account, role_fallback
-- writes: journal_account
-- parameters: none
-- invariant: one row per programme and role
with
candidate as (
    select p.programme_id, f.role, f.candidate, f.place, a.account
    from programme p
    cross join role_fallback f
    left join programme_account a on a.programme_id = p.programme_id and a.role = f.candidate and a.account <> ''
)
select programme_id, role, coalesce(arg_min(account, place) filter (account is not null), 'unassigned:' || role) as account,
       coalesce(arg_min(candidate, place) filter (account is not null), '') as found_as
from candidate
group by programme_id, role
