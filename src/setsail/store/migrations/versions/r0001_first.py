"""First registry: identity, manifests, runs, jobs, audit with its guards."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_GUARDS = {
    "sqlite": (
        "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END",
        "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END",
        # INSERT OR REPLACE deletes without firing the trigger above, so the next number is held here too.
        "CREATE TRIGGER audit_next BEFORE INSERT ON audit "
        "WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit) "
        "OR EXISTS (SELECT 1 FROM audit WHERE hash = NEW.hash) "
        "BEGIN SELECT RAISE(ABORT, 'audit is append-only: not the next number'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit is append-only'; END $$",
        "CREATE FUNCTION audit_next() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit) THEN "
        "RAISE EXCEPTION 'audit is append-only: not the next number'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
        "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
        "CREATE TRIGGER audit_next BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_next()",
    ),
}


def upgrade() -> None:
    """Makes every table and guard."""
    _make_identity()
    _make_manifests()
    _make_runs()
    _make_jobs()
    _make_audit()


def _text(name: str, length: int | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(length) if length else sa.Text(), nullable=False)


def _make_identity() -> None:
    op.create_table(
        "identity",
        sa.Column("one", sa.Integer, sa.CheckConstraint("one = 1", name="identity_one_row"), primary_key=True),
        _text("workspace_id", 40),
    )


def _make_manifests() -> None:
    op.create_table(
        "manifests",
        sa.Column("id", sa.String(40), primary_key=True),
        _text("kind", 63),
        _text("name", 63),
        sa.Column("version", sa.Integer, nullable=False),
        _text("recorded_at", 32),
        _text("actor"),
        _text("source"),
        _text("licence"),
        sa.Column("rows", sa.BigInteger, nullable=False),
        _text("files"),
        _text("schema"),
        _text("meta"),
        sa.UniqueConstraint("name", "version", name="manifests_name_version"),
    )
    op.create_index("ix_manifests_kind", "manifests", ["kind"])


def _make_runs() -> None:
    names = ("inputs", "code_version", "standards", "options", "result")
    op.create_table(
        "runs",
        sa.Column("id", sa.String(40), primary_key=True),
        _text("study", 63),
        _text("actor"),
        *(_text(name) for name in names),
        _text("started_at", 32),
        _text("ended_at", 32),
    )
    op.create_index("ix_runs_study", "runs", ["study"])


def _make_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        _text("task", 63),
        _text("arguments"),
        _text("actor"),
        _text("state", 16),
        sa.Column("attempts", sa.Integer, nullable=False),
        _text("worker"),
        sa.Column("progress", sa.Float, nullable=False),
        _text("told"),
        sa.Column("cancel_asked", sa.Boolean, nullable=False),
        _text("result"),
        _text("queued_at", 32),
        _text("heartbeat_at", 32),
        _text("ended_at", 32),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="jobs_state"),
    )
    op.create_index("jobs_state_id", "jobs", ["state", "id"])


def _make_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        _text("at", 32),
        _text("actor"),
        _text("action", 63),
        _text("subject"),
        _text("detail"),
        _text("prev", 64),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
    )
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)
