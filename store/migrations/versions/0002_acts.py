"""Acts: what people did, in one chain that the database itself keeps from being changed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SQLITE = """create trigger act_is_never_{verb}d before {verb} on act begin select raise(abort, 'acts are only ever added'); end"""
_FUNCTION = """create function act_is_only_added() returns trigger language plpgsql as
    $$ begin raise exception 'acts are only ever added'; end $$"""
_POSTGRES = """create trigger act_is_only_added before update or delete or truncate on act for each statement execute function act_is_only_added()"""


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "act",
        sa.Column("sequence", number, primary_key=True, autoincrement=False, comment="order of recording, without gaps"),
        sa.Column("recorded_at", sa.BigInteger, nullable=False, comment="microseconds since 1970 UTC; rises with sequence"),
        sa.Column("kind", sa.Text, nullable=False, index=True),
        sa.Column("subject", sa.Text, nullable=False, index=True, comment="break_id, business date or period"),
        sa.Column("effective_date", sa.Text, nullable=False, comment="business date from which it holds"),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False, comment="the rest, as JSON"),
        sa.Column("previous_hash", sa.Text, nullable=False, unique=True, comment="no two acts follow the same one"),
        sa.Column("entry_hash", sa.Text, nullable=False, unique=True),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FUNCTION)
        op.execute(_POSTGRES)
    else:
        for verb in ("update", "delete"):
            op.execute(_SQLITE.format(verb=verb))


def downgrade() -> None:
    op.drop_table("act")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop function act_is_only_added")
