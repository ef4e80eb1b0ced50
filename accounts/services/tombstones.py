"""Keyed hashes of what was erased, so that no file and no payload brings it back.

The key is the installation's SECRET_KEY; where that is changed, the former one belongs in
SECRET_KEY_FALLBACKS as for sessions, or what was erased is no longer known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac

from accounts.models import ErasedKey, Erasure
from accounts.rows import Record
from accounts.services.upserts import KEY, Outcome

Kind = ErasedKey.Kind

LOCK_KEY = 0x0E7A5E
SALT = "accounts.erased_key"
KEYS_PER_QUERY = 400
REASON = "was erased at the customer's wish and is not taken in again"


def erased(keys: Mapping[ErasedKey.Kind, Collection[str]]) -> set[tuple[ErasedKey.Kind, str]]:
    """Which of the keys are those of something erased, with their kind. Call inside atomic().

    No erasure begins before the caller commits: it sees what the caller stores, or the caller its keys.
    """
    _hold(shared=True)
    if not ErasedKey.objects.exists():
        return set()
    asked = {
        digest: (kind, key)
        for kind, named in keys.items()
        for key in set(named) - {""}
        for digest in _digests(kind, key)
    }
    digests = list(asked)
    return {
        asked[digest]
        for start in range(0, len(digests), KEYS_PER_QUERY)
        for digest in ErasedKey.objects.filter(
            digest__in=digests[start : start + KEYS_PER_QUERY]
        ).values_list("digest", flat=True)
    }


def without_erased(
    records: Iterable[Record], outcome: Outcome, kind: ErasedKey.Kind
) -> list[Record]:
    """The rows of a file whose ids were not erased; the others are rejected, and their text not kept."""
    rows = list(records)
    gone = erased({kind: [record.values[KEY] for record in rows]})
    kept = []
    for record in rows:
        if (kind, record.values[KEY]) in gone:
            outcome.withhold(record, KEY, REASON)
        else:
            kept.append(record)
    return kept


def bury(erasure: Erasure, kind: ErasedKey.Kind, rows: Iterable[Sequence[str | None]]) -> None:
    """Remember keys, several to a row, that must not come back. Call inside atomic().

    Waits for those who store now, and only then reads the rows.
    """
    _hold(shared=False)
    keys = {key for row in rows for key in row if key}
    made = [
        ErasedKey(erasure=erasure, kind=kind, digest=_digest(kind, key, settings.SECRET_KEY))
        for key in sorted(keys)
    ]
    ErasedKey.objects.bulk_create(made, ignore_conflicts=True, batch_size=KEYS_PER_QUERY)


def _digests(kind: str, key: str) -> list[str]:
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [_digest(kind, key, secret) for secret in secrets]


def _digest(kind: str, key: str, secret: str | bytes) -> str:
    return salted_hmac(f"{SALT}.{kind}", key, secret=secret, algorithm="sha256").hexdigest()


def _hold(*, shared: bool) -> None:
    """SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        how = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {how}(%s)", [LOCK_KEY])
