"""A whole installation on free loopback ports: PostgreSQL, Redis, web, workers, beat, all its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from tests.torture.processes import Child, answers, bound_to_us, free_port, python, until

STALLED_AFTER = 4  # seconds, where five minutes are the default: a test does not wait that long
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "SECRET_KEY": "of-the-torture-stage-only",
    "EMAIL_URL": "dummymail://",
    "LOG_LEVEL": "INFO",
    "JOB_STALLED_AFTER_SECONDS": str(STALLED_AFTER),
    "PROXY_COUNT": "1",  # so that plain HTTP from the test passes for what a proxy hands on
    "PYTHONUNBUFFERED": "1",
}
# Everything Python measures or that leads to another database stays out.
INHERITED = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "COVERAGE_PROCESS_START")


def postgres_folder() -> Path | None:
    """Where initdb is, or None."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


def user_of_postgres() -> str:
    """PostgreSQL refuses to run as root."""
    return "postgres" if os.geteuid() == 0 else ""


class Postgres:
    """A cluster in a folder; `child` is the postmaster."""

    def __init__(self, folder: Path) -> None:
        self.bin = postgres_folder()
        assert self.bin is not None
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        if user := user_of_postgres():
            shutil.chown(folder, user, user)
        subprocess.run(
            [*bound_to_us(user_of_postgres()), self.bin / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust",
             "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync"],
            check=True, cwd=folder, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "off",  # processes are killed here, not machines: the kernel keeps its pages
            "max_connections": 120,
            "shared_buffers": "64MB",
            "restart_after_crash": "on",
        }
        settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        self.child = Child(
            "postgres",
            [str(self.bin / "postgres"), "-D", str(self.data), *settings],
            log=folder / "postgres.log",
            variables={"PATH": os.environ["PATH"]},
            user=user_of_postgres(),
        )

    def start(self) -> None:
        """Start it; once more where the backends of a killed one are not all gone yet."""
        for _ in range(40):
            self.child.start()
            with suppress(AssertionError):
                until(lambda: self._is_up() or not self.child.lives, "PostgreSQL starts")
            if self.child.lives:
                return
            time.sleep(0.25)
        raise AssertionError(self.child.said()[-3000:])

    def _is_up(self) -> bool:
        with suppress(psycopg.OperationalError), self.connect("postgres"):
            return True
        return False

    def connect(self, database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="postgres",
            dbname=database,
            autocommit=True,
            connect_timeout=5,
            application_name="test",
        )

    def rows(self, database: str, query: LiteralString, *values: object) -> list[tuple[Any, ...]]:
        with self.connect(database) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def copy(self, template: str, name: str) -> None:
        """Make a database anew as a copy of another one."""
        with self.connect("postgres") as connection:
            names = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
            drop = sql.SQL("DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(drop.format(**names))
            connection.execute(
                sql.SQL("CREATE DATABASE {name} TEMPLATE {template}").format(**names)
            )
            # without it a crash takes the copy's sequences back behind rows that are committed
            connection.execute("CHECKPOINT")

    def url(self, database: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"


class Stage:
    """Starts the parts of an installation on one database of one cluster."""

    def __init__(self, folder: Path, postgres: Postgres, redis: Child, redis_port: int) -> None:
        self.folder = folder
        self.postgres = postgres
        self.redis = redis
        self.redis_port = redis_port
        self.started: list[Child] = []

    def variables(self, database: str, name: str = "", **more: str) -> dict[str, str]:
        inherited = {key: os.environ[key] for key in INHERITED if key in os.environ}
        return {
            **inherited,
            **SETTINGS,
            "DATABASE_URL": self.postgres.url(database),
            "REDIS_URL": self.redis_url,
            "PGAPPNAME": name,  # so that the server's own tables tell who does what
            **more,
        }

    @property
    def redis_url(self) -> str:
        return f"redis://127.0.0.1:{self.redis_port}/0"

    def child(
        self, name: str, database: str, command: list[str], more: Mapping[str, str] | None = None
    ) -> Child:
        log = self.folder / f"{database}-{name}.log"
        log.unlink(missing_ok=True)  # of a test before; a restart goes on in it
        variables = self.variables(database, name, **(more or {}))
        child = Child(name, command, log=log, variables=variables)
        self.started.append(child)
        return child.start()

    def manage(self, database: str, *arguments: str, name: str = "manage", **more: str) -> Child:
        return self.child(name, database, python("manage.py", *arguments), more)

    def managed(self, database: str, *arguments: str, **more: str) -> str:
        """Run a command to its end; return what it said. Fails where it fails."""
        child = self.manage(database, *arguments, name=f"manage-{len(self.started)}", **more)
        assert child.wait() == 0, child.said()
        return child.said()

    def worker(self, database: str, name: str = "worker", **more: str) -> Child:
        """Two processes that work, and the one that forked them."""
        return self.child(
            name,
            database,
            python("-m", "celery", "-A", "config", "worker", "-c", "2", "-n", f"{name}@here",
                   "--without-gossip", "--without-mingle", "-l", "INFO"),
            more,
        )  # fmt: skip

    def beat(self, database: str, name: str = "beat", **more: str) -> Child:
        schedule = str(self.folder / f"{database}-{name}.schedule")
        return self.child(
            name,
            database,
            python("-m", "celery", "-A", "config", "beat", "-s", schedule, "-l", "INFO"),
            more,
        )

    def web(self, database: str, *, port: int, workers: int = 2, **more: str) -> Child:
        return self.child(
            "web",
            database,
            python("-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}",
                   "--workers", str(workers), "--threads", "8", "--worker-class", "gthread",
                   "--graceful-timeout", "5", "--timeout", "60", "--no-control-socket"),
            more,
        )  # fmt: skip

    def stop(self, *children: Child) -> None:
        for child in children:
            child.kill_all()
            if child in self.started:
                self.started.remove(child)

    def start_redis(self) -> None:
        self.redis.start()
        until(lambda: answers(self.redis_port), "Redis answers")


@contextmanager
def redis_server(folder: Path) -> Iterator[tuple[Child, int]]:
    """A server that keeps nothing: killed, it has lost everything."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "",
               "--appendonly", "no", "--dir", str(folder)]  # fmt: skip
    variables = {"PATH": os.environ["PATH"]}
    server = Child("redis", command, log=folder / "redis.log", variables=variables)
    try:
        yield server, port
    finally:
        if server.process is not None:
            server.kill_all()


@contextmanager
def a_stage(folder: Path) -> Iterator[Stage]:
    """Everything that was started in it is gone afterwards."""
    postgres = Postgres(folder / "postgres")
    with redis_server(folder) as (redis, port):
        stage = Stage(folder, postgres, redis, port)
        try:
            postgres.start()
            stage.start_redis()
            yield stage
        finally:
            stage.stop(*stage.started)
            postgres.child.stop(2)  # SIGINT: a fast shutdown
