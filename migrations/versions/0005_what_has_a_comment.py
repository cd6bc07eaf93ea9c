"""What has a comment is searched for words without a look at all that has none.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index of those."""
    has_comment = sa.text("comment != ''")
    op.create_index(
        "ix_securables_commented",
        "securables",
        ["id"],
        sqlite_where=has_comment,
        postgresql_where=has_comment,
    )
