"""Areas, squads, members, their sign-in and their devices."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "area",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.CheckConstraint(
            "(parent_id IS NULL) = (level = 'station')", name=op.f("ck_area_only_stations_are_roots")
        ),
        sa.CheckConstraint("level IN ('station', 'community', 'grid', 'estate')", name=op.f("ck_area_level")),
        sa.ForeignKeyConstraint(["parent_id"], ["area.id"], name=op.f("fk_area_parent_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
        sa.UniqueConstraint("parent_id", "name", name=op.f("uq_area_parent_id_name")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("area", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_area_parent_id"), ["parent_id"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("window_ends_at", UtcTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", "window_ends_at", name=op.f("pk_attempt")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index("ix_attempt_window_ends_at", ["window_ends_at"], unique=False)
    op.create_table(
        "number_series",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_number_series")),
        sqlite_strict=True,
    )
    op.create_table(
        "one_time_code",
        sa.Column("phone_digest", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("code_digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('sign_in', 'claim', 'password', 'phone')", name=op.f("ck_one_time_code_purpose")
        ),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_one_time_code_tries")),
        sa.PrimaryKeyConstraint("phone_digest", "purpose", name=op.f("pk_one_time_code")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("one_time_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_one_time_code_expires_at"), ["expires_at"], unique=False)
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_message_created_at"), ["created_at"], unique=False)
    op.create_table(
        "used_code",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("used_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_used_code")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("used_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_used_code_used_at"), ["used_at"], unique=False)
    op.create_table(
        "squad",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("crest_color", sa.String(length=20), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("active_members", sa.Integer(), nullable=False),
        sa.Column("founded_on", sa.Date(), nullable=True),
        sa.Column("motto", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "crest_color IN ('red', 'orange', 'amber', 'olive', 'green', 'teal', 'cyan', 'blue', 'indigo', 'violet', 'magenta', 'slate')",
            name=op.f("ck_squad_crest_color"),
        ),
        sa.CheckConstraint(
            "kind IN ('patrol', 'women', 'sunset_glow', 'courier', 'school_guard', 'other')",
            name=op.f("ck_squad_kind"),
        ),
        sa.CheckConstraint("active_members >= 0", name=op.f("ck_squad_active_members")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_squad_area_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_squad")),
        sa.UniqueConstraint("name", name=op.f("uq_squad_name")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("squad", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_squad_area_id"), ["area_id"], unique=False)
    op.create_table(
        "member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "name_key",
            sa.String(length=60).with_variant(sa.String(length=60, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("squad_id", sa.Uuid(), nullable=True),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("theme", sa.String(length=10), nullable=False),
        sa.Column("large_type", sa.Boolean(), nullable=False),
        sa.Column("speak", sa.Boolean(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("helper_id", sa.Uuid(), nullable=True),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("card_generation", sa.Integer(), nullable=False),
        sa.Column("card_digest", sa.String(length=64), nullable=True),
        sa.Column("card_issued_at", UtcTime(), nullable=True),
        sa.Column("card_revoked_at", UtcTime(), nullable=True),
        sa.Column("on_leave_until", sa.Date(), nullable=True),
        sa.Column("consented_at", UtcTime(), nullable=True),
        sa.Column("admitted_at", UtcTime(), nullable=True),
        sa.Column("left_at", UtcTime(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("claim_digest", sa.String(length=64), nullable=True),
        sa.Column("claim_expires_at", UtcTime(), nullable=True),
        sa.CheckConstraint("language IN ('zh_Hans_CN', 'en')", name=op.f("ck_member_language")),
        sa.CheckConstraint("status <> 'left' OR phone IS NULL", name=op.f("ck_member_who_left_has_no_phone")),
        sa.CheckConstraint(
            "status = 'applied' OR admitted_at IS NOT NULL OR status = 'left'",
            name=op.f("ck_member_admitted"),
        ),
        sa.CheckConstraint(
            "status IN ('applied', 'active', 'on_leave', 'suspended', 'left')", name=op.f("ck_member_status")
        ),
        sa.CheckConstraint("theme IN ('auto', 'light', 'dark')", name=op.f("ck_member_theme")),
        sa.CheckConstraint("helper_id <> id", name=op.f("ck_member_nobody_helps_himself")),
        sa.CheckConstraint("number > 0", name=op.f("ck_member_number")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_member_area_id_area")),
        sa.ForeignKeyConstraint(["helper_id"], ["member.id"], name=op.f("fk_member_helper_id_member")),
        sa.ForeignKeyConstraint(["squad_id"], ["squad.id"], name=op.f("fk_member_squad_id_squad")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("card_digest", name=op.f("uq_member_card_digest")),
        sa.UniqueConstraint("claim_digest", name=op.f("uq_member_claim_digest")),
        sa.UniqueConstraint("number", name=op.f("uq_member_number")),
        sa.UniqueConstraint("phone", name=op.f("uq_member_phone")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_member_area_id"), ["area_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_member_helper_id"), ["helper_id"], unique=False)
        batch_op.create_index("ix_member_name_key", ["name_key", "id"], unique=False)
        batch_op.create_index("ix_member_squad_id_status", ["squad_id", "status"], unique=False)
        batch_op.create_index("ix_member_status_id", ["status", "id"], unique=False)
    op.create_table(
        "captaincy",
        sa.Column("squad_id", sa.Uuid(), nullable=False),
        sa.Column("post", sa.String(length=20), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("post IN ('captain', 'acting_captain')", name=op.f("ck_captaincy_post")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_captaincy_member_id_member")),
        sa.ForeignKeyConstraint(["squad_id"], ["squad.id"], name=op.f("fk_captaincy_squad_id_squad")),
        sa.PrimaryKeyConstraint("squad_id", "post", name=op.f("pk_captaincy")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("captaincy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_captaincy_member_id"), ["member_id"], unique=False)
    op.create_table(
        "desk_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("coordinator_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coordinator_id"], ["member.id"], name=op.f("fk_desk_session_coordinator_id_member")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_desk_session_member_id_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_session")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("desk_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_desk_session_coordinator_id"), ["coordinator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_desk_session_member_id"), ["member_id"], unique=False)
    op.create_table(
        "join_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("responsible_id", sa.Uuid(), nullable=True),
        sa.Column("squad_id", sa.Uuid(), nullable=True),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=True),
        sa.Column("used_at", UtcTime(), nullable=True),
        sa.Column("withdrawn_at", UtcTime(), nullable=True),
        sa.CheckConstraint(
            "purpose <> 'device' OR (responsible_id IS NOT NULL AND expires_at IS NOT NULL)",
            name=op.f("ck_join_code_device"),
        ),
        sa.CheckConstraint("purpose IN ('membership', 'device')", name=op.f("ck_join_code_purpose")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_join_code_area_id_area")),
        sa.ForeignKeyConstraint(
            ["responsible_id"], ["member.id"], name=op.f("fk_join_code_responsible_id_member")
        ),
        sa.ForeignKeyConstraint(["squad_id"], ["squad.id"], name=op.f("fk_join_code_squad_id_squad")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_code")),
        sa.UniqueConstraint("digest", name=op.f("uq_join_code_digest")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("join_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_join_code_area_id"), ["area_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_join_code_responsible_id"), ["responsible_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_join_code_squad_id"), ["squad_id"], unique=False)
    op.create_table(
        "member_role",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "role IN ('volunteer', 'resident', 'clerk', 'coordinator', 'auditor', 'administrator')",
            name=op.f("ck_member_role_role"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_member_role_member_id_member")),
        sa.PrimaryKeyConstraint("member_id", "role", name=op.f("pk_member_role")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("member_role", schema=None) as batch_op:
        batch_op.create_index("ix_member_role_role", ["role", "member_id"], unique=False)
    op.create_table(
        "sign_in",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("pin_hash", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_sign_in_member_id_member")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_sign_in")),
        sqlite_strict=True,
    )
    op.create_table(
        "device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("responsible_id", sa.Uuid(), nullable=False),
        sa.Column("join_code_id", sa.Uuid(), nullable=False),
        sa.Column("enrolled_at", UtcTime(), nullable=False),
        sa.Column("last_used_at", UtcTime(), nullable=True),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["join_code_id"], ["join_code.id"], name=op.f("fk_device_join_code_id_join_code")
        ),
        sa.ForeignKeyConstraint(
            ["responsible_id"], ["member.id"], name=op.f("fk_device_responsible_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("join_code_id", name=op.f("uq_device_join_code_id")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_device_token_digest")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_responsible_id"), ["responsible_id"], unique=False)


def downgrade() -> None:
    """Remove the tables."""
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_device_responsible_id"))
    op.drop_table("device")
    op.drop_table("sign_in")
    with op.batch_alter_table("member_role", schema=None) as batch_op:
        batch_op.drop_index("ix_member_role_role")
    op.drop_table("member_role")
    with op.batch_alter_table("join_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_join_code_squad_id"))
        batch_op.drop_index(batch_op.f("ix_join_code_responsible_id"))
        batch_op.drop_index(batch_op.f("ix_join_code_area_id"))
    op.drop_table("join_code")
    with op.batch_alter_table("desk_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_desk_session_member_id"))
        batch_op.drop_index(batch_op.f("ix_desk_session_coordinator_id"))
    op.drop_table("desk_session")
    with op.batch_alter_table("captaincy", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_captaincy_member_id"))
    op.drop_table("captaincy")
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.drop_index("ix_member_status_id")
        batch_op.drop_index("ix_member_squad_id_status")
        batch_op.drop_index("ix_member_name_key")
        batch_op.drop_index(batch_op.f("ix_member_helper_id"))
        batch_op.drop_index(batch_op.f("ix_member_area_id"))
    op.drop_table("member")
    with op.batch_alter_table("squad", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_squad_area_id"))
    op.drop_table("squad")
    with op.batch_alter_table("used_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_used_code_used_at"))
    op.drop_table("used_code")
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_message_created_at"))
    op.drop_table("outbox_message")
    with op.batch_alter_table("one_time_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_one_time_code_expires_at"))
    op.drop_table("one_time_code")
    op.drop_table("number_series")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_attempt_window_ends_at")
    op.drop_table("attempt")
    with op.batch_alter_table("area", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_area_parent_id"))
    op.drop_table("area")
