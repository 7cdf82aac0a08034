"""Find at once whether a phone has been in a round of somebody else."""

from alembic import op

revision = "0032"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every scan asks this; without an index it read all rounds there ever were."""
    op.create_index("ix_round_member_device_digest", "round_member", ["device_digest", "member_id"])


def downgrade() -> None:
    """Read them all again."""
    op.drop_index("ix_round_member_device_digest", "round_member")
