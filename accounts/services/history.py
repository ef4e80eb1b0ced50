"""History rows for records that were written in bulk: what `save()` would have kept."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import Model

from accounts.models import User


class Change(StrEnum):
    CREATED = "+"
    CHANGED = "~"


def record(
    model: Any,
    *,
    ids: Iterable[int],
    change: Change,
    now: datetime,
    by: User | None = None,
    reason: str = "",
) -> None:
    """Copy the rows as they are now into the model's history; two queries whatever their number.

    `reason` says where the change came from, as in "import of accounts.csv".
    """
    listed = json.dumps(list(ids))
    if listed == "[]":
        return
    history: type[Model] = model.history.model
    quote = connection.ops.quote_name
    copied = [
        field.column
        for field in history._meta.concrete_fields
        if not field.name.startswith("history_")
    ]
    columns = ", ".join(map(quote, copied))
    is_listed = (
        "id IN (SELECT value::bigint FROM jsonb_array_elements_text(%s::jsonb) AS listed(value))"
        if connection.vendor == "postgresql"
        else "id IN (SELECT value FROM json_each(%s))"
    )
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(history._meta.db_table)} ({columns}, history_date,"  # noqa: S608 - quoted names only
            " history_change_reason, history_type, history_user_id)"
            f" SELECT {columns}, %s, %s, %s, %s FROM {quote(model._meta.db_table)}"
            f" WHERE {is_listed} ORDER BY id",
            [moment, reason[:100], change.value, by.pk if by else None, listed],
        )
