"""The database's clock, which tests can move

Revision ID: 0001
Revises:
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE clock_skew (skew interval NOT NULL)")
    op.execute("""
        CREATE FUNCTION clock_skew_guard() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
                RAISE EXCEPTION 'only a test may move the clock';
            END IF;
            RETURN coalesce(NEW, OLD); -- a null row would undo a DELETE
        END $$
    """)
    op.execute("""
        CREATE TRIGGER clock_skew_guard BEFORE INSERT OR UPDATE OR DELETE ON clock_skew
        FOR EACH ROW EXECUTE FUNCTION clock_skew_guard()
    """)
    op.execute("""
        CREATE FUNCTION budkavle_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
            SELECT clock_timestamp() + coalesce((SELECT skew FROM clock_skew LIMIT 1), '0'::interval)
        $$
    """)


def downgrade() -> None:
    op.execute("DROP FUNCTION budkavle_now()")
    op.execute("DROP TABLE clock_skew")
    op.execute("DROP FUNCTION clock_skew_guard()")
