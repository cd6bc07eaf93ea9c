"""Browser sessions end with the token that they were opened with.

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Remember the token; what was opened without a password by then ends, by which is unknown."""
    op.add_column(
        "browser_sessions",
        sa.Column(
            "token_id",
            sa.String(length=32).with_variant(sa.VARCHAR(length=32, collation="C"), "postgresql"),
            nullable=True,
            comment="The token that it was opened with, and ends with",
        ),
    )
    op.execute("DELETE FROM browser_sessions WHERE password_version = 0")
