"""Takes in support cases, survey answers and outcomes, and has the accounts scored anew that they change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from accounts.lines import read_lines
from accounts.models import Job
from accounts.rows import Record, Rejection, read_header, read_rows
from accounts.services import health_changes, voice
from accounts.services.voice import Table, Taken


@dataclass(frozen=True)
class Import:
    """What became of the rows, the jobs to wake a worker for, and columns that were not read."""

    taken: Taken
    jobs: list[Job]
    unknown: tuple[str, ...] = ()


@transaction.atomic
def take_in(table: Table, rows: Iterable[Record | Rejection], *, now: datetime) -> Import:
    """Store rows and queue the scoring of the accounts that they change."""
    taken = voice.store(table, rows, now=now)
    if taken.since is None:
        return Import(taken, [])
    jobs = health_changes.announce(account_ids=taken.account_ids, since=taken.since.date(), now=now)
    return Import(taken, jobs)


def import_file(path: Path, table: Table, *, now: datetime) -> Import:
    """Take in a CSV file; raises FileUnusable, OSError."""
    with path.open("rb") as stream:
        lines = read_lines(stream, name=path.name)
        header = read_header(lines, table.columns, name=path.name)
        rows = list(read_rows(lines, header, table.columns))
    done = take_in(table, rows, now=now)
    return Import(done.taken, done.jobs, header.unknown)
