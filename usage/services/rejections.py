"""Rows that could not be taken in: kept once, mended by people."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from accounts.rows import Rejection
from usage.models import RejectedRow

LONGEST_TEXT = 100_000
LONGEST_REASON = 500
LONGEST_FIELD = 255
LONGEST_SOURCE = 255


def store(
    rejections: Iterable[Rejection], *, kind: RejectedRow.Kind, source: str, now: datetime
) -> None:
    """Keep rejected rows; one that is open with the same text only gets the newer time."""
    rows = {row.digest: row for row in (_row(kind, source, item, now) for item in rejections)}
    is_open = RejectedRow.objects.filter(digest__in=rows, resolved_at=None)
    known = set(is_open.values_list("digest", flat=True))
    is_open.update(received_at=now)
    new = [row for digest, row in rows.items() if digest not in known]
    # another process may have stored the same row in this very moment
    RejectedRow.objects.bulk_create(new, ignore_conflicts=True)


def digest_of(kind: str, text: str) -> str:
    return hashlib.blake2b(f"{kind}\n{text}".encode(), digest_size=16).hexdigest()


def fitted(rejection: Rejection) -> tuple[str, str]:
    """Field and reason as they fit their columns."""
    return (
        _storable(rejection.field)[:LONGEST_FIELD],
        _storable(rejection.reason)[:LONGEST_REASON],
    )


def _row(kind: RejectedRow.Kind, source: str, rejection: Rejection, now: datetime) -> RejectedRow:
    text = _storable(rejection.text)
    field, reason = fitted(rejection)
    return RejectedRow(
        kind=kind,
        source=_storable(source)[:LONGEST_SOURCE],
        line=rejection.line,
        field=field,
        reason=reason,
        text="" if rejection.is_withheld else text[:LONGEST_TEXT],
        is_cut=rejection.is_cut or rejection.is_withheld or len(text) > LONGEST_TEXT,
        digest=digest_of(kind, text),
        received_at=now,
    )


def _storable(text: str) -> str:
    """PostgreSQL holds no NUL in text, and no half of a surrogate pair."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
