"""search texts, summaries, answers and numbers by single characters and pairs"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_GRAMS = """
CREATE FUNCTION feedback_grams(words text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT gram), '{}')
    FROM regexp_split_to_table(words, E'\\n') AS part,
         generate_series(1, length(part)) AS place,
         unnest(ARRAY[substr(part, place, 1), substr(part, place, 2)]) AS gram
$$
"""


def upgrade() -> None:
    for name in ("search_entry", "search_pending"):
        columns = [sa.Column("words", sa.Text(), nullable=False)] if name == "search_entry" else []
        op.create_table(
            name,
            sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
            *columns,
            sa.ForeignKeyConstraint(["id"], ["submission.id"], name=op.f(f"fk_{name}_id")),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        )
    # Whatever is there already is searched as soon as a worker has run.
    op.execute("INSERT INTO search_pending (id) SELECT id FROM submission")
    if op.get_bind().dialect.name == "sqlite":
        # Without content of its own: `words` says what to take out again. The tokens are ours, parted by blanks.
        op.execute(
            "CREATE VIRTUAL TABLE search_gram USING "
            "fts5(grams, content='', detail='none', columnsize=0, tokenize='ascii')"
        )
    else:
        op.execute(_GRAMS)
        op.execute("CREATE INDEX ix_search_entry_grams ON search_entry USING gin (feedback_grams(words))")
