"""A role for those who run rollouts."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAME = "people_role"


def upgrade() -> None:
    """Lets the role be given."""
    before = sa.CheckConstraint("role IN ('viewer', 'analyst', 'engineer', 'assessor', 'administrator')", name=NAME)
    after = "role IN ('viewer', 'analyst', 'engineer', 'assessor', 'dispatcher', 'administrator')"
    table = sa.Table(
        "people",
        sa.MetaData(),
        sa.Column("name", sa.String(63), primary_key=True),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        before,
    )  # SQLite cannot change a constraint: the table is copied, from what it is known to be
    with op.batch_alter_table("people", copy_from=table) as people:
        people.drop_constraint(NAME, type_="check")
        people.create_check_constraint(NAME, after)
