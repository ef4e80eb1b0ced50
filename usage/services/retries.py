"""Takes rejected rows in again, each by the way it came, after somebody mended it or its cause."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from accounts.errors import FileUnusable
from accounts.lines import Line, split_lines
from accounts.models import Job, User
from accounts.rows import Rejection, read_header, read_rows
from accounts.services import audit
from usage import ingest
from usage.models import RejectedRow
from usage.services import imports, rejections
from usage.services.imports import TABLES
from usage.services.ingest import Ingestion, Result

logger = logging.getLogger(__name__)

CUT = Rejection(0, "", "only the beginning was kept: send the row again", "")
REPLACED = "\N{REPLACEMENT CHARACTER}"
NOT_UTF8 = f"{ingest.NOT_UTF8}: its bytes are lost, mend each {REPLACED} or send the row again"
TABLE_OF_KIND = {table.kind.value: table for table in TABLES}


@dataclass
class Retried:
    """How many rows went in and how many still do not, and the jobs to wake a worker for."""

    resolved: int = 0
    rejected: int = 0
    jobs: dict[int, Job] = field(default_factory=dict)


def retry(*, ids: Iterable[int], by: User | None, now: datetime) -> Retried:
    """Take open rows in again, one transaction each; those that fail say why by now."""
    retried = Retried()
    order = [*TABLE_OF_KIND, RejectedRow.Kind.SERVICE_PING.value]  # each refers to those before it
    rows = RejectedRow.objects.filter(pk__in=list(ids), resolved_at=None)
    for row in sorted(rows, key=lambda row: (order.index(row.kind), row.pk)):
        _retry(row, retried, now=now)
    told = {"resolved": retried.resolved, "rejected": retried.rejected}
    audit.record("rejected_rows.retried", now=now, by=by, detail=told)
    logger.info(
        "%s retried rejected rows: %d went in, %d did not.", by, retried.resolved, retried.rejected
    )
    return retried


@transaction.atomic
def _retry(row: RejectedRow, retried: Retried, *, now: datetime) -> None:
    jobs: list[Job] = []
    fault = _take_in(row, jobs, now=now)
    open_row = RejectedRow.objects.filter(pk=row.pk, resolved_at=None)
    if fault is None:
        open_row.update(resolved_at=now)
        retried.resolved += 1
    else:
        field_name, reason = rejections.fitted(fault)
        open_row.update(field=field_name, reason=reason)
        retried.rejected += 1
    retried.jobs |= {job.pk: job for job in jobs}


def _take_in(row: RejectedRow, jobs: list[Job], *, now: datetime) -> Rejection | None:
    """Store one row; return why it could not be stored."""
    if row.is_cut:
        return CUT
    if ingest.NOT_UTF8 in row.reason and REPLACED in row.text:
        return Rejection(row.line, "", NOT_UTF8, row.text)
    if row.kind == RejectedRow.Kind.SERVICE_PING:
        return _ingest(row, jobs, now=now)
    return _import(row, jobs, now=now)


def _ingest(row: RejectedRow, jobs: list[Job], *, now: datetime) -> Rejection | None:
    run = Ingestion(source=row.source, now=now)
    line = Line(row.line, row.text.encode())
    [result] = run.store([line], keeps_rejected=False)
    jobs += run.finish()
    if result.result is Result.REJECTED:
        return Rejection(row.line, result.field, result.reason, row.text)
    return None


def _import(row: RejectedRow, jobs: list[Job], *, now: datetime) -> Rejection | None:
    """The text of such a row is the file's header and the row under it."""
    table = TABLE_OF_KIND[row.kind]
    lines = split_lines([row.text.encode()])
    try:
        header = read_header(lines, table.columns, name=table.name)
    except FileUnusable as error:
        return Rejection(row.line, "", error.reason, row.text)
    rows = list(read_rows(lines, header, table.columns))
    if len(rows) != 1:
        return Rejection(row.line, "", "is not one row under its columns", row.text)
    outcome, job = imports.store(table, header, rows, now=now, keeps_rejected=False)
    jobs += [job] if job else []
    return outcome.rejections[0] if outcome.rejections else None
