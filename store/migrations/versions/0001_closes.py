"""Closes, unfinished publications, the lease."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "close",
        sa.Column("sequence", number, primary_key=True, autoincrement=True, comment="order of recording"),
        sa.Column("recorded_at", sa.BigInteger, nullable=False, comment="microseconds since 1970 UTC; rises with sequence"),
        sa.Column("business_date", sa.Text, nullable=False, index=True),
        sa.Column("close_id", sa.Text, nullable=False, index=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("started_at", sa.Text, nullable=False, comment="ISO 8601 with offset"),
        sa.Column("code_version", sa.Text, nullable=False),
        sa.Column("config_hash", sa.Text, nullable=False),
        sa.Column("input_hash", sa.Text, nullable=False),
        sa.Column("output_hash", sa.Text, nullable=False),
        sa.Column("supersedes", sa.Text),
        sa.Column("delivery_hash", sa.Text, nullable=False),
        sa.Column("files", sa.Text, nullable=False, comment="pins as JSON"),
        sa.Column("reports", sa.Text, nullable=False, comment="pins as JSON"),
        sa.Column("record", sa.Text, nullable=False, comment="the Parquet file of this row in the lake, as JSON pin"),
    )
    op.create_table(
        "publication",
        sa.Column("id", number, primary_key=True, autoincrement=True),
        sa.Column("days", sa.Text, nullable=False, comment="days whose tables and reports may be half replaced, as JSON"),
        sa.Column("tables", sa.Text, nullable=False, comment="tables that may be half replaced, as JSON"),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.BigInteger, nullable=False),
        sa.Column("taken_at", sa.Text, nullable=False, comment="ISO 8601 with offset"),
    )


def downgrade() -> None:
    for name in ("lease", "publication", "close"):
        op.drop_table(name)
