"""The pair member_balance: loyalty balances against every ledger that carries members, by programme, Global ID and currency (contract section 7).

On a large day most members agree, and nothing is said about one that does: so both sides are first summed up by checksums of buckets of members, and only
the rows of buckets that do not cancel are compared, by the same rules that compare all rows of a small day (docs/checksums.md says how surely).
What does not belong here: the verdicts (sql/member_balance_row.sql), and the other pairs about balances (`balances`).
"""

import secrets
from dataclasses import dataclass
from datetime import date

from core.sql import Session
from reconcilers.identities import name_identities
from reconcilers.pair import ROOM, is_judged, publish
from reconcilers.wording import teach

INPUTS = ("loyalty_balance", "ledger_balance")

_MOST_BITS = 23
"""Eight million buckets fit into a gigabyte; at 100 million members a bucket holds twelve of them."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """When to look for differences by checksums: from `rows` loyalty balances on, as long as at most 1 in `worth` buckets has to be read."""

    rows: int = 200_000
    worth: int = 2
    members: int = 6
    """Members of a bucket at most, on average: larger buckets have more rows read because of one that differs, smaller ones leave the processor's cache."""
    salt: int | None = None
    """Decides which members share a bucket and nothing that is written; None: nobody knows it before the run."""


def compare_member_balance(session: Session, as_of_date: date, certificate: Certificate = Certificate()) -> None:
    """MS-06, MS-07, AM-01 ... AM-03, ID-01, ID-02; TM-01 where the posting lag explains it.

    Reads `event_ledger_finding` (TM-01 items of the day), so event_ledger is compared before.
    """
    teach(session, "member_balance")
    judged = is_judged(session, INPUTS)
    session.rule_once(ROOM, "control_account_scope", as_of_date=as_of_date)
    carriers = _carriers(session, as_of_date)
    session.rule(
        ROOM, "member_balance_scope", as_of_date=as_of_date, carriers=sorted(carriers), counters=sorted(ledger for ledger, counts in carriers.items() if counts)
    )
    _choose_rows(session, as_of_date, certificate, judged and bool(carriers))
    session.rule(ROOM, "member_balance_row")
    name_identities(session, "member_balance", as_of_date)
    session.rule(ROOM, "member_balance_difference")
    session.rule(ROOM, "member_balance_ending", judged=judged)
    publish(session, "member_balance", judged=judged)


def _carriers(session: Session, as_of_date: date) -> dict[str, bool]:
    """The ledgers that carry members today, and whether the first such balance found has points (a guess: a wrong one costs time only)."""
    ledgers = [r["ledger_id"] for r in session.fetch("select distinct ledger_id from control_account_scope")]
    if not ledgers:
        return {}
    found = " union all ".join(
        f"""(select ledger_id, points is not null as counts from ledger_balance
        where ledger_id = $l{n} and as_of_date = $as_of_date and global_id is not null
            and (company_id, account) in (
                select p.company_id, a.account from programme as p join programme_account as a on a.programme_id = p.programme_id and a.role = 'liability'
            )
        limit 1)"""
        for n in range(len(ledgers))
    )
    rows = session.fetch(found, as_of_date=as_of_date, **{f"l{n}": ledger for n, ledger in enumerate(ledgers)})
    return {r["ledger_id"]: r["counts"] for r in rows}


def _choose_rows(session: Session, as_of_date: date, certificate: Certificate, worth_comparing: bool) -> None:
    """Make `member_balance_read`: what has to be compared row by row; `member_balance_certified`: the sums of everything else."""
    rows = session.value("select count(*) from loyalty_balance where business_date = $as_of_date", as_of_date=as_of_date)
    if rows < certificate.rows:
        session.rule(ROOM, "member_balance_arrived", as_of_date=as_of_date)
    else:
        # too many to hold: each pass reads the files
        session.rule_view(ROOM, "member_balance_arrived", as_of_date=as_of_date)
        if worth_comparing and _certify(session, rows, certificate):
            return
    session.statement("create or replace view member_balance_read as from member_balance_arrived")
    columns = "is_left boolean, currency varchar, reason varchar, row_count bigint, points decimal(38, 4), amount decimal(38, 4)"
    session.statement(f"create or replace table member_balance_certified ({columns})")


def _certify(session: Session, rows: int, certificate: Certificate) -> bool:
    """Read only the rows that checksums do not certify; False where too many buckets would have to be read."""
    bits = min((rows // certificate.members).bit_length(), _MOST_BITS)
    drawn = {"salt": secrets.randbits(62) if certificate.salt is None else certificate.salt, "shift": 64 - bits}
    session.rule(ROOM, "member_balance_bucket", **drawn)
    if session.value("select count(*) from member_balance_bucket") * certificate.worth > 2**bits:
        return False
    session.rule(ROOM, "member_balance_suspect", **drawn)
    session.rule(ROOM, "member_balance_certified")
    session.statement("create or replace view member_balance_read as from member_balance_suspect")
    return True
