"""A password that is tried is counted before it is looked at.

Revision 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column that counts those, which begins with none."""
    op.add_column(
        "sign_in_attempts",
        sa.Column(
            "pending",
            sa.BigInteger(),
            nullable=False,
            server_default="0",
            comment="Tries whose password is being looked at",
        ),
    )
