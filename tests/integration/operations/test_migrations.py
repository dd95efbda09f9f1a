"""Integration tests of migrations: runners, rollbacks, repeatable files, and rights of the owner."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from glob import escape
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from yoyo import get_backend, read_migrations

from escorts.repository.search_index import _FULL_SCAN_TIMEOUT
from kit.db import Database, DatabaseSettings
from local.services import postgres_install
from local.services.postgres import Postgres
from operations import repeatable_migrations
from operations.migrate import MigrationResult, migrate, migrations_folder
from tests.factories.database_waits import count_lock_waits, wait_for_lock_waits
from tests.factories.waiting import PATIENCE, wait_until
from tests.fixtures.database import OWNER, SUPERUSER, Databases, settings_for

pytestmark = pytest.mark.slow

NUMBERED = sorted(
    path.stem for path in migrations_folder().glob("*.sql") if not path.stem.endswith(".rollback")
)
REPEATABLE = sorted(path.stem for path in (migrations_folder() / "repeatable").glob("*.sql"))
VIEW = "041.escorts.listable_profiles"


@pytest.fixture
def empty_database(databases: Databases) -> Iterator[str]:
    """Name of an empty database of the owner."""
    name = databases.create()
    yield name
    databases.drop(name)


@pytest.fixture
def owner_settings(server: Postgres, database_name: str) -> DatabaseSettings:
    """Settings for connecting to this test's migrated database as its owner."""
    return settings_for(server, database_name, OWNER)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Copy of the migrations, to be changed."""
    return shutil.copytree(migrations_folder(), tmp_path / "migrations")


@pytest.fixture
def one_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeatable migrations that wait for as long as the server lets them, and do not begin anew."""
    monkeypatch.setattr(repeatable_migrations, "_LOCK_TIMEOUT", "20s")
    monkeypatch.setattr(repeatable_migrations, "_LOCKING_TIMEOUT", "20s", raising=False)
    monkeypatch.setattr(repeatable_migrations, "_PATIENCE_SECONDS", -1.0)


def yoyo_backend(server: Postgres, name: str) -> Any:
    """Return yoyo's own runner, which knows no repeatable files, as the owner."""
    return get_backend(server.url(name, OWNER).replace("postgresql://", "postgresql+psycopg://"))


def numbered_migrations() -> Any:
    """Return the numbered migrations as yoyo reads them."""
    return read_migrations(escape(str(migrations_folder())))


def dump_schema(server: Postgres, name: str) -> list[str]:
    """Return the lines of a dump of the schema with all grants, in an order of their own."""
    arguments = ["--schema-only", f"--host={server.host}", f"--port={server.port}"]
    program = postgres_install.binaries() / "pg_dump"
    dump = subprocess.run(
        [program, *arguments, "--username=postgres", name],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    # Each dump has a random key in its first and last line.
    return sorted(line for line in dump.stdout.splitlines() if "restrict" not in line)


def git(*arguments: str) -> str:
    """Return the output of git in the folder of the sources; empty if it fails."""
    return subprocess.run(
        ["git", *arguments], cwd=migrations_folder().parent, capture_output=True, text=True
    ).stdout.strip()


def extract_deployed_migrations(target: Path) -> Path:
    """Extract the migrations of the version before: that of the main branch, or the commit before it on the branch."""
    head = git("rev-parse", "HEAD")
    commit = git("merge-base", "HEAD", "origin/main") or head
    if commit == head and not git("status", "--porcelain", "--", "migrations"):
        # A shallow clone ends at its newest commit.
        commit = git("rev-parse", "--verify", "--quiet", "HEAD^") or head
    archive = target / "migrations.tar"
    git("archive", f"--output={archive}", commit, "migrations")
    shutil.unpack_archive(archive, target, filter="data")
    return target / "migrations"


def change_view(folder: Path, *, expression: str) -> None:
    """Add a column to a view that other views read."""
    path = folder / "repeatable" / f"{VIEW}.sql"
    text = path.read_text()
    assert text.count("    p.hidden\n") == 1
    path.write_text(text.replace("    p.hidden\n", f"    p.hidden, {expression}\n"))


def count_public_profiles(database: Database) -> int:
    """Return the number of rows of a view that reads the changed one."""
    with database.transaction() as work:
        row = work.execute("SELECT count(*) FROM escorts.public_profiles_v1").fetchone()
    assert row is not None
    return int(row["count"])


def read_column(database: Database, column: str) -> list[Any]:
    """Return the values of a column of the changed view; the error is that of a missing column."""
    with database.transaction() as work:
        rows = work.execute(
            SQL("SELECT {} FROM escorts.listable_profiles").format(Identifier(column))
        ).fetchall()
    return [row[column] for row in rows]


# Runners


def test_migrate_four_concurrent_runners_apply_once(server: Postgres, empty_database: str) -> None:
    settings = settings_for(server, empty_database, OWNER)

    # Processes, as in deployments: yoyo reads its files through a collector that threads would share.
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        outcomes = list(pool.map(migrate, [settings] * 4, [migrations_folder()] * 4))

    assert sorted(len(outcome.applied) for outcome in outcomes) == [0, 0, 0, len(NUMBERED)]
    assert sorted(len(outcome.repeated) for outcome in outcomes) == [0, 0, 0, len(REPEATABLE)]


def test_migrate_four_concurrent_runners_repeat_a_changed_file_once(
    owner_settings: DatabaseSettings, folder: Path
) -> None:
    change_view(folder, expression="1 AS added")

    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        outcomes = list(pool.map(migrate, [owner_settings] * 4, [folder] * 4))

    later = REPEATABLE[REPEATABLE.index(VIEW) :]
    assert sorted(outcome.repeated for outcome in outcomes) == [[], [], [], later]


def test_migrate_folder_with_glob_characters_applies_everything(
    server: Postgres, empty_database: str, tmp_path: Path
) -> None:
    folder = tmp_path / ".hidden" / "Zoë's [new] work*"
    (folder / "repeatable").mkdir(parents=True)
    (folder / "0001.table.sql").write_text("CREATE TABLE one (id integer)")
    (folder / "repeatable" / "010.public.two.sql").write_text(
        "DROP VIEW IF EXISTS two CASCADE; CREATE VIEW two AS SELECT id FROM one"
    )

    outcome = migrate(settings_for(server, empty_database, OWNER), folder)

    assert outcome == MigrationResult(["0001.table"], 1, ["010.public.two"])


def test_migrate_folder_without_repeatable_files_applies_migrations(
    server: Postgres, empty_database: str, tmp_path: Path
) -> None:
    (tmp_path / "0001.table.sql").write_text("CREATE TABLE one (id integer)")

    outcome = migrate(settings_for(server, empty_database, OWNER), tmp_path)

    assert outcome == MigrationResult(["0001.table"], 1, [])


def test_migrate_after_killed_runner_succeeds(
    server: Postgres, database_name: str, owner_settings: DatabaseSettings
) -> None:
    with psycopg.connect(server.url(database_name), autocommit=True) as connection:
        connection.execute("INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, now(), 4194303)")

    outcome = migrate(owner_settings, migrations_folder())

    assert outcome == MigrationResult([], len(NUMBERED), [])


def test_migrate_after_runner_killed_before_the_repeatable_files_applies_them(
    server: Postgres, empty_database: str, database_name: str
) -> None:
    backend = yoyo_backend(server, empty_database)
    backend.apply_migrations(backend.to_apply(numbered_migrations()))
    backend.connection.close()

    outcome = migrate(settings_for(server, empty_database, OWNER), migrations_folder())

    assert outcome == MigrationResult([], len(NUMBERED), REPEATABLE)
    assert dump_schema(server, empty_database) == dump_schema(server, database_name)


# Upgrades


def test_upgrade_leads_to_the_schema_of_an_empty_database(
    server: Postgres, empty_database: str, database_name: str, tmp_path: Path
) -> None:
    """Views and functions of the version before exist when a new migration runs, and may be in its way or stay."""
    settings = settings_for(server, empty_database, OWNER)
    migrate(settings, extract_deployed_migrations(tmp_path))

    migrate(settings, migrations_folder())

    assert dump_schema(server, empty_database) == dump_schema(server, database_name)


# Rollbacks


def test_every_migration_can_be_rolled_back_and_applied_again(
    server: Postgres, databases: Databases, database_name: str
) -> None:
    copy = databases.clone()
    backend = yoyo_backend(server, copy)

    for migration in backend.to_rollback(numbered_migrations()):
        backend.rollback_one(migration)
        backend.apply_one(migration)
        backend.rollback_one(migration)
    left = backend.execute(
        """
        SELECT 'schema ' || nspname FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')
        UNION ALL SELECT 'extension ' || extname FROM pg_extension WHERE extname <> 'plpgsql'
        UNION ALL SELECT 'relation ' || relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
            AND relkind <> 'i' AND relname !~ '^(_yoyo_|yoyo_lock$|_repeatable_migration$)'
        UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        """
    ).fetchall()
    backend.connection.close()

    assert left == []
    outcome = migrate(settings_for(server, copy, OWNER), migrations_folder())
    assert outcome == MigrationResult(NUMBERED, len(NUMBERED), REPEATABLE)
    assert dump_schema(server, copy) == dump_schema(server, database_name)
    databases.drop(copy)


def test_migration_rolled_back_and_applied_again_gets_its_views_back(
    server: Postgres, databases: Databases, database_name: str
) -> None:
    copy = databases.clone()
    backend = yoyo_backend(server, copy)
    last = backend.to_rollback(numbered_migrations())[0]
    backend.rollback_one(last)
    backend.apply_one(last)
    backend.connection.close()

    outcome = migrate(settings_for(server, copy, OWNER), migrations_folder())

    assert outcome.repeated == REPEATABLE
    assert dump_schema(server, copy) == dump_schema(server, database_name)
    databases.drop(copy)


# Repeatable files


def test_repeatable_files_applied_again_leave_the_same_schema(
    server: Postgres, database_name: str, owner_settings: DatabaseSettings
) -> None:
    before = dump_schema(server, database_name)
    for name in (VIEW, REPEATABLE[0]):
        with psycopg.connect(server.url(database_name), autocommit=True) as connection:
            connection.execute("DELETE FROM _repeatable_migration WHERE name >= %s", (name,))

        outcome = migrate(owner_settings, migrations_folder())

        assert outcome.repeated == REPEATABLE[REPEATABLE.index(name) :]
        assert dump_schema(server, database_name) == before


def test_changed_view_replaces_itself_and_every_later_file(
    server: Postgres,
    database_name: str,
    database: Database,
    owner_settings: DatabaseSettings,
    folder: Path,
) -> None:
    before = dump_schema(server, database_name)
    change_view(folder, expression="1 AS added")

    changed = migrate(owner_settings, folder)
    read_column(database, "added")
    unchanged = migrate(owner_settings, folder)
    restored = migrate(owner_settings, migrations_folder())

    later = REPEATABLE[REPEATABLE.index(VIEW) :]
    assert (changed.repeated, unchanged.repeated, restored.repeated) == (later, [], later)
    assert dump_schema(server, database_name) == before


def test_failing_repeatable_file_leaves_everything_as_it_was(
    server: Postgres, database_name: str, owner_settings: DatabaseSettings, folder: Path
) -> None:
    before = dump_schema(server, database_name)
    change_view(folder, expression="no_such_column")

    with pytest.raises(psycopg.errors.UndefinedColumn):
        migrate(owner_settings, folder)

    assert dump_schema(server, database_name) == before
    assert migrate(owner_settings, migrations_folder()).repeated == []


def test_repeatable_file_that_is_gone_is_forgotten(
    owner_settings: DatabaseSettings, folder: Path
) -> None:
    (folder / "repeatable" / f"{REPEATABLE[-1]}.sql").unlink()

    assert migrate(owner_settings, folder).repeated == []
    assert migrate(owner_settings, migrations_folder()).repeated == REPEATABLE[-1:]


def test_repeatable_file_waits_for_readers_without_stopping_others(
    database: Database,
    database_as: Callable[[str], Database],
    owner_settings: DatabaseSettings,
    folder: Path,
) -> None:
    change_view(folder, expression="1 AS added")
    reader, other = database_as("escorts_dashboard"), database_as("escorts_dashboard")
    read = "SELECT count(*) FROM escorts.public_profiles_v1"

    with ThreadPoolExecutor(1) as pool:
        with reader.transaction() as work:
            work.execute(read)
            migrating: Future[MigrationResult] = pool.submit(migrate, owner_settings, folder)
            wait_for_lock_waits(database)
            wait_until(lambda: count_lock_waits(database) == 0, "the migration to give way")
            with other.transaction() as second:
                second.execute(read)
            assert not migrating.done()
        outcome = migrating.result(PATIENCE)

    assert outcome.repeated == REPEATABLE[REPEATABLE.index(VIEW) :]
    read_column(database, "added")


def test_repeatable_file_does_not_deadlock_with_readers_of_later_views(
    database: Database,
    database_as: Callable[[str], Database],
    owner_settings: DatabaseSettings,
    folder: Path,
    one_attempt: None,
) -> None:
    """A reader locks the view it names before the views below it."""
    change_view(folder, expression="1 AS added")
    other = database_as("escorts_dashboard")

    with ThreadPoolExecutor(2) as pool:
        with database.transaction() as work:
            work.execute("SELECT count(*) FROM escorts.listable_profiles")
            migrating: Future[MigrationResult] = pool.submit(migrate, owner_settings, folder)
            wait_for_lock_waits(database_as(SUPERUSER))
            reading = pool.submit(count_public_profiles, other)
            wait_for_lock_waits(database_as(SUPERUSER), 2)
        outcome = migrating.result(PATIENCE)

    assert reading.result(PATIENCE) == 0
    assert outcome.repeated == REPEATABLE[REPEATABLE.index(VIEW) :]


def test_repeatable_files_do_not_deadlock_with_writers_of_a_triggers_table(
    database_as: Callable[[str], Database],
    owner_settings: DatabaseSettings,
    folder: Path,
    one_attempt: None,
) -> None:
    """A writer changes a table, and then refreshes the search index through views."""
    with (folder / "repeatable" / f"{REPEATABLE[0]}.sql").open("a") as file:
        file.write("-- Changed.\n")

    with ThreadPoolExecutor(1) as pool:
        with database_as(SUPERUSER).transaction() as work:
            work.execute("UPDATE escorts.profiles SET version = version + 1")
            migrating: Future[MigrationResult] = pool.submit(migrate, owner_settings, folder)
            wait_for_lock_waits(database_as(SUPERUSER))
            work.execute("SELECT escorts.refresh_search(gen_random_uuid())")
        outcome = migrating.result(PATIENCE)

    assert outcome.repeated == REPEATABLE


def test_repeatable_files_wait_longer_than_the_longest_statement_of_jobs() -> None:
    """The nightly check of the search index reads the views in one statement."""
    longest = float(_FULL_SCAN_TIMEOUT.removesuffix("s"))

    assert longest < repeatable_migrations._PATIENCE_SECONDS


# Owner


def test_owner_of_all_objects_is_no_superuser(database: Database) -> None:
    with database.transaction() as work:
        owner = work.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles"
            " WHERE rolname = %s",
            (OWNER,),
        ).fetchone()
        owners = work.execute(
            "SELECT DISTINCT pg_get_userbyid(relowner) AS name FROM pg_class"
            " JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname IN ('app', 'outbox', 'auth', 'escorts', 'bookings', 'crm')"
        ).fetchall()

    assert owner == {
        "rolsuper": False,
        "rolcreaterole": True,
        "rolcreatedb": True,
        "rolbypassrls": False,
    }
    assert owners == [{"name": OWNER}]


def test_login_roles_sign_in_by_iam_and_inherit_nothing(database: Database) -> None:
    with database.transaction() as work:
        roles = work.execute(
            "SELECT rolname, rolinherit, pg_has_role(oid, 'rds_iam', 'MEMBER') AS by_iam FROM pg_roles"
            " WHERE rolcanlogin AND rolname ~ '^(operations|auth|escorts|bookings|crm)_'"
        ).fetchall()

    assert len(roles) > 10
    assert {(row["rolinherit"], row["by_iam"]) for row in roles} == {(False, True)}


def test_owner_is_no_member_of_rds_iam_through_roles_it_created(database: Database) -> None:
    """Aurora refuses the password of every direct or indirect member: the second deployment could not sign in."""
    work = database.begin()
    try:
        # The right to grant rds_iam, which on Aurora comes without a membership.
        granted = work.execute(
            "DELETE FROM pg_auth_members WHERE member = %s::regrole AND roleid = 'rds_iam'::regrole",
            (OWNER,),
        )
        assert granted.rowcount == 1
        # The function behind `+rds_iam` of pg_hba.conf: it follows every membership, whatever its options.
        row = work.execute("SELECT pg_has_role(%s, 'rds_iam', 'MEMBER') AS member", (OWNER,))
        assert row.fetchone() == {"member": False}
        rows = work.execute(
            """
            WITH RECURSIVE reached (id) AS (
                SELECT %s::regrole::oid
                UNION SELECT m.roleid FROM pg_auth_members m JOIN reached r ON r.id = m.member)
            SELECT rolname FROM pg_roles JOIN reached ON reached.id = oid
            WHERE rolcanlogin OR rolname = 'rds_iam'
            """,
            (OWNER,),
        ).fetchall()
        assert rows == [{"rolname": OWNER}]
    finally:
        work.rollback()


def test_migrate_twice_as_owner_changes_nothing(
    server: Postgres, empty_database: str, database: Database
) -> None:
    settings = settings_for(server, empty_database, OWNER)

    first = migrate(settings, migrations_folder())
    roles = _roles(database)
    second = migrate(settings, migrations_folder())

    assert first == MigrationResult(NUMBERED, len(NUMBERED), REPEATABLE)
    assert second == MigrationResult([], len(NUMBERED), [])
    # Temporary roles, which create the login roles, are dropped.
    assert _roles(database) == roles
    assert not [name for name in roles if name.startswith("role_creator")]


def _roles(database: Database) -> list[str]:
    with database.transaction() as work:
        rows = work.execute("SELECT rolname FROM pg_roles ORDER BY rolname").fetchall()
    return [row["rolname"] for row in rows]
