"""Imports a folder of accounts.csv, subscriptions.csv and instances.csv: upsert by external id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from django.db import transaction

from accounts.errors import FileUnusable
from accounts.lines import read_lines
from accounts.models import Job
from accounts.rows import Column, Header, Record, Rejection, read_header, read_rows
from accounts.services import audit
from accounts.services.imports import (
    ACCOUNT_COLUMNS,
    SUBSCRIPTION_COLUMNS,
    import_accounts,
    import_subscriptions,
)
from accounts.services.upserts import Outcome
from usage.models import Instance, RejectedRow
from usage.services import consent, mapping, rejections, rescoring
from usage.services.instance_imports import INSTANCE_COLUMNS, import_instances

Importer = Callable[..., None]


@dataclass(frozen=True)
class Table:
    """One of the files: its name, its columns and who stores its rows."""

    name: str
    kind: RejectedRow.Kind
    columns: Mapping[str, Column]
    store: Importer


# in this order: each refers to rows of the one before it
TABLES = (
    Table("accounts.csv", RejectedRow.Kind.ACCOUNT, ACCOUNT_COLUMNS, import_accounts),
    Table(
        "subscriptions.csv",
        RejectedRow.Kind.SUBSCRIPTION,
        SUBSCRIPTION_COLUMNS,
        import_subscriptions,
    ),
    Table("instances.csv", RejectedRow.Kind.INSTANCE, INSTANCE_COLUMNS, import_instances),
)


@dataclass
class Imported:
    """What became of each file, and the jobs to wake a worker for."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)


def import_directory(folder: Path, *, now: datetime) -> Imported:
    """Import the files that are there, each in its own transaction; raises FileUnusable."""
    present = [table for table in TABLES if (folder / table.name).is_file()]
    if not present:
        names = ", ".join(table.name for table in TABLES)
        raise FileUnusable(str(folder), f"holds none of {names}")
    imported = Imported()
    for table in present:
        outcome, job = import_file(folder / table.name, table, now=now)
        imported.outcomes[table.name] = outcome
        imported.jobs += [job] if job else []
    return imported


def import_file(path: Path, table: Table, *, now: datetime) -> tuple[Outcome, Job | None]:
    with path.open("rb") as stream:
        lines = read_lines(stream, name=path.name)
        header = read_header(lines, table.columns, name=path.name)
        rows = list(read_rows(lines, header, table.columns))
    with transaction.atomic():
        outcome, job = store(table, header, rows, now=now)
        told = {
            "created": outcome.created,
            "updated": outcome.updated,
            "rejected": len(outcome.rejections),
        }
        audit.record(f"import.{path.stem}", now=now, detail=told)
    if header.unknown:
        outcome.notes.append(
            f"columns that are not known and were not read: {', '.join(header.unknown)}"
        )
    return outcome, job


@transaction.atomic
def store(
    table: Table,
    header: Header,
    rows: Iterable[Record | Rejection],
    *,
    now: datetime,
    keeps_rejected: bool = True,
) -> tuple[Outcome, Job | None]:
    """Store the rows that can be, keep the others, and queue what that asks for."""
    outcome = Outcome()
    records = []
    for row in rows:
        if isinstance(row, Record):
            records.append(row)
        else:
            outcome.rejections.append(row)
    table.store(records, outcome, now=now)
    if keeps_rejected:
        kept = (_with_header(header, rejection) for rejection in outcome.rejections)
        rejections.store(kept, kind=table.kind, source=table.name, now=now)
    moved = Instance.objects.filter(subscription__in=outcome.moved_subscription_ids)
    consent.keep(moved.values_list("pk", flat=True))
    for license_id in outcome.new_license_ids:
        mapping.map_license(license_id=license_id, now=now)
    job = rescoring.request_all_periods(account_ids=outcome.affected_account_ids, now=now)
    return outcome, job


def _with_header(header: Header, rejection: Rejection) -> Rejection:
    """A row says nothing without its columns: they are kept above it."""
    return replace(rejection, text=f"{header.text}\n{rejection.text}")
