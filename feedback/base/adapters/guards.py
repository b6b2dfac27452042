"""Triggers that refuse to change or delete what must stay, on both databases.

They are put in anew after every migration, because rebuilding a table on SQLite drops its triggers.
"""

from dataclasses import dataclass

from sqlalchemy import Connection


@dataclass(frozen=True)
class Guard:
    """What one table refuses: every DELETE, and every UPDATE that touches a `fixed` column.

    Where the table can be erased, all `erased` columns may go to NULL once, together with `erased_on`. What only waits
    in a table may leave it as soon as it stands in its place: where the condition `in_place` says so.
    """

    table: str
    key: str
    fixed: tuple[str, ...]
    erased: tuple[str, ...] = ()
    in_place: str = ""


_ARRIVED = (
    "number", "campaign_id", "campaign_version_id", "channel_id", "is_trial", "received_at",
    "nonce_hash", "nonce_key_id", "content_hash", "code_hash", "code_key_id", "mint_key_id",
)  # fmt: skip
_IDENTITY = ("id", *_ARRIVED)

_ACT_IN_PLACE = """(OLD.kind = 'sight' OR EXISTS (SELECT 1 FROM text WHERE sending_hash = OLD.sending_hash) OR EXISTS (
    SELECT 1 FROM submission JOIN event ON event.submission_id = submission.id
    WHERE submission.number = OLD.number AND event.at = OLD.at AND event.user_id IS NULL
        AND coalesce(event.reason, '') = coalesce(OLD.words, '')
        AND event.kind = CASE OLD.kind
            WHEN 'rating' THEN 'rated' WHEN 'withdrawal' THEN 'contact_withdrawn' ELSE 'reconsider' END))"""

GUARDS = (
    Guard("submission",
          "id = NEW.id OR number = NEW.number OR nonce_hash = NEW.nonce_hash OR code_hash = NEW.code_hash",
          _IDENTITY),
    Guard("text", "id = NEW.id OR (submission_id = NEW.submission_id AND kind = 'original' AND NEW.kind = 'original')",
          ("id", "submission_id", "kind", "received_at", "sending_hash"), erased=("body",)),
    Guard("attachment", "id = NEW.id OR name = NEW.name OR (text_id = NEW.text_id AND file_hash = NEW.file_hash "
          "AND page = NEW.page)",
          ("id", "name", "text_id", "file_hash", "page"), erased=("content",)),
    Guard("answer", "id = NEW.id OR (submission_id = NEW.submission_id AND question = NEW.question "
          "AND position = NEW.position)",
          ("id", "submission_id", "question", "position"), erased=("value",)),
    Guard("reply", "id = NEW.id",
          ("id", "submission_id", "user_id", "replied_at"), erased=("body",)),
    Guard("event", "submission_id = NEW.submission_id AND position = NEW.position",
          ("submission_id", "position", "kind", "at", "user_id", "from_status", "to_status"),
          erased=("reason", "detail")),
    Guard("audit_entry", "id = NEW.id",
          ("id", "kind", "at", "user_id", "submission_id", "subject", "reason", "detail")),
    Guard("campaign_version", "id = NEW.id OR (campaign_id = NEW.campaign_id AND number = NEW.number)",
          ("id", "campaign_id", "number", "content")),
    Guard("arrival", "id = NEW.id OR number = NEW.number OR nonce_hash = NEW.nonce_hash OR code_hash = NEW.code_hash",
          ("id", *_ARRIVED, "respondent_group", "is_proven", "kind", "agency", "category", "suspicion", "due_on",
           "unit_id", "body", "answers", "contact_uuid", "contact_name", "contact_phone"),
          in_place="EXISTS (SELECT 1 FROM submission WHERE nonce_hash = OLD.nonce_hash)"),
    Guard("arriving_act", "id = NEW.id OR (number = NEW.number AND position = NEW.position) "
          "OR sending_hash = NEW.sending_hash",
          ("id", "number", "position", "kind", "at", "words", "sending_hash", "value"),
          in_place=_ACT_IN_PLACE),
    Guard("arriving_picture", "name = NEW.name OR (sending_hash = NEW.sending_hash AND file_hash = NEW.file_hash "
          "AND page = NEW.page)",
          ("name", "sending_hash", "received_at", "position", "file_hash", "page", "content"),
          in_place="EXISTS (SELECT 1 FROM attachment WHERE file_hash = OLD.file_hash AND page = OLD.page)"),
)  # fmt: skip


def install(connection: Connection) -> None:
    """Put every guard in force on the connection's database, replacing older ones."""
    statements = _sqlite if connection.dialect.name == "sqlite" else _postgresql
    for guard in GUARDS:
        for statement in statements(guard):
            connection.exec_driver_sql(statement)


def _refused_update(guard: Guard, *, differs: str, as_text: str) -> str:
    """The condition under which an UPDATE is refused."""
    changes = [f"NEW.{column}{as_text} {differs} OLD.{column}{as_text}" for column in guard.fixed]
    if guard.erased:
        emptied = " AND ".join(f"NEW.{column} IS NULL" for column in guard.erased)
        changes.append(f"NOT (OLD.erased_on IS NULL AND NEW.erased_on IS NOT NULL AND {emptied})")
    return " OR ".join(changes)


def _sqlite(guard: Guard) -> list[str]:
    """A BEFORE INSERT trigger closes INSERT OR REPLACE even where recursive_triggers is off."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{guard.table} is append-only'); END"
    conditions = {
        "insert": f"EXISTS (SELECT 1 FROM {guard.table} WHERE {guard.key})",  # noqa: S608 # nosec B608
        "update": _refused_update(guard, differs="IS NOT", as_text=""),
        "delete": f"NOT {guard.in_place}" if guard.in_place else "1",
    }
    statements = []
    for verb, condition in conditions.items():
        name = f"guard_{guard.table}_{verb}"
        statements.append(f"DROP TRIGGER IF EXISTS {name}")
        statements.append(f"CREATE TRIGGER {name} BEFORE {verb} ON {guard.table} WHEN {condition} {refuse}")
    return statements


def _postgresql(guard: Guard) -> list[str]:
    """One function that raises, and triggers that call it; TRUNCATE is closed as well."""
    condition = _refused_update(guard, differs="IS DISTINCT FROM", as_text="::text")
    refuse = "RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';"
    call = "EXECUTE FUNCTION feedback_refuse()"
    table = f'"{guard.table}"'
    functions = [
        f"CREATE OR REPLACE FUNCTION feedback_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse} END $$"
    ]
    leave = call
    if guard.in_place:
        # The condition of a trigger cannot look into other tables, a function can.
        leave = f"EXECUTE FUNCTION feedback_leave_{guard.table}()"
        functions.append(
            f"CREATE OR REPLACE FUNCTION feedback_leave_{guard.table}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF {guard.in_place} THEN RETURN OLD; END IF; {refuse} END $$"
        )
    return [
        *functions,
        f"CREATE OR REPLACE TRIGGER guard_{guard.table}_update BEFORE UPDATE ON {table} "
        f"FOR EACH ROW WHEN ({condition}) {call}",
        f"CREATE OR REPLACE TRIGGER guard_{guard.table}_delete BEFORE DELETE ON {table} FOR EACH ROW {leave}",
        f"CREATE OR REPLACE TRIGGER guard_{guard.table}_truncate BEFORE TRUNCATE ON {table} {call}",
    ]
