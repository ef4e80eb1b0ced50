"""What the history of a record says."""

from __future__ import annotations

from typing import Any


def history_of(record: Any) -> list[Any]:
    """The rows of a record's history, or of a whole model's, oldest first."""
    return list(record.history.order_by("history_id"))
