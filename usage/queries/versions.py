"""Versions of the product that instances run: how many majors one stands behind the newest seen."""

from __future__ import annotations

import re
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, IntegerField
from django.db.models.sql.compiler import SQLCompiler

from usage.models import Instance

LATEST_REPORTS = 500  # among so many of the latest somebody runs the newest version
MAJOR = re.compile(r"[0-9]{1,4}(?=\.|$)")


class Major(Func):
    """The number that a version begins with, for a condition; null where it begins otherwise."""

    output_field = IntegerField()

    def __init__(self, column: str) -> None:
        super().__init__(F(column))

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        template = "NULLIF(CAST(substr(%(expressions)s, 1, 4) AS INTEGER), 0)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        template = "NULLIF(substring(%(expressions)s from '^[0-9]{1,4}'), '0')::integer"
        return self.as_sql(compiler, connection, template=template, **context)


def major(version: str) -> int | None:
    found = MAJOR.match(version)
    return int(found[0]) or None if found else None


def newest_major() -> int | None:
    """The highest that the latest reports name; of a whole book, in one query of a few rows."""
    heard = Instance.objects.filter(last_reported_at__isnull=False).order_by("-last_reported_at")
    latest = heard.values_list("version", flat=True)[:LATEST_REPORTS]
    return max(filter(None, map(major, latest)), default=None)


def majors_behind(version: str, newest: int | None) -> int | None:
    own = major(version)
    return None if own is None or newest is None else max(newest - own, 0)
