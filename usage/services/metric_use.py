"""Who reports a metric: the share of reporting instances in the newest month, and when it was last seen."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.core.cache import cache
from django.db import connection
from django.db.models import Q

from accounts.errors import RowRejected
from usage import ingest
from usage.ingest import KeyPaths
from usage.lab.cautions import Seen
from usage.models import MetricDefinition, RawPayload, Snapshot
from usage.periods import shift
from usage.services import metrics
from usage.services.scoring import reported_periods

KEPT_SECONDS = 600
MOST_FOUND = 12
MOST_SUGGESTED = 2_000
SAMPLED_PAYLOADS = 200
OLDEST_LOOKED_AT = 36  # months back for a metric that the newest do not have


@dataclass(frozen=True)
class MetricUse:
    """What is known of metrics: `seen` by key path, `newest` the month that shares are of.

    Metrics that snapshots hold are counted; of others the newest payloads are a sample, and what
    these do not have is not in `seen`.
    """

    newest: date | None
    seen: Mapping[str, Seen]
    stored: frozenset[str]


@dataclass(frozen=True)
class Found:
    """A metric of the dictionary as a picker shows it; `seen` None: not stored, and not in the sample."""

    key_path: str
    description: str
    seen: Seen | None
    is_stored: bool


def metric_use() -> MetricUse:
    """Kept for ten minutes per newest month and set of stored metrics."""
    ends = reported_periods()
    stored = metrics.tracked_key_paths()
    if ends is None:
        return MetricUse(None, {}, stored)
    key = f"metric-use:{ends[1]}:{_digest(stored)}"
    seen = cache.get(key)
    if seen is None:
        seen = {**_sampled(ends[1], stored), **_counted(ends, stored)}
        cache.set(key, seen, timeout=KEPT_SECONDS)
    return MetricUse(ends[1], seen, stored)


def search(text: str) -> list[Found]:
    """Metrics with all words of the text in their key path, name or description, the first few."""
    condition = Q()
    for word in text.split():
        condition &= (
            Q(key_path__icontains=word) | Q(name__icontains=word) | Q(description__icontains=word)
        )
    use = metric_use()
    rows = MetricDefinition.objects.filter(condition).values_list("key_path", "description")
    return [
        Found(key, " ".join(words.split()), use.seen.get(key), key in use.stored)
        for key, words in rows[:MOST_FOUND]
    ]


def not_stored(keys: Collection[str]) -> list[str]:
    """Metrics of the dictionary that nothing names yet, so that snapshots do not hold them."""
    known = set(
        MetricDefinition.objects.filter(key_path__in=keys).values_list("key_path", flat=True)
    )
    stored = metrics.tracked_key_paths()
    return [key for key in keys if key in known and key not in stored]


def suggested() -> Iterable[str]:
    """Key paths for a plain list, to who has no script."""
    return MetricDefinition.objects.values_list("key_path", flat=True)[:MOST_SUGGESTED]


def _counted(ends: tuple[date, date], stored: frozenset[str]) -> dict[str, Seen]:
    """What snapshots hold, month by month backwards until each metric was seen."""
    first, newest = ends
    reporting = Snapshot.objects.filter(period=newest).count()
    counts = _counts(newest)
    seen = {key: Seen(counts[key] / reporting, newest) for key in stored if key in counts}
    missing = set(stored) - set(seen)
    for back in range(1, OLDEST_LOOKED_AT):
        month = shift(newest, -back)
        if not missing or month < first:
            break
        found = missing & set(_counts(month, missing))
        seen.update(dict.fromkeys(found, Seen(0.0, month)))
        missing -= found
    return {**seen, **dict.fromkeys(missing, Seen(0.0, None))}


def _digest(keys: Iterable[str]) -> str:
    return hashlib.blake2b(",".join(sorted(keys)).encode(), digest_size=8).hexdigest()


def _counts(period: date, keys: Collection[str] = ()) -> dict[str, int]:
    """How many snapshots of a month hold each metric with a value that is not negative (failed)."""
    is_postgresql = connection.vendor == "postgresql"
    each = "jsonb_each_text(metrics)" if is_postgresql else "json_each(metrics)"
    value = "each.value::float8" if is_postgresql else "each.value"
    only = ""
    params: list[date | str] = [period]
    if keys:
        only = f" AND each.key IN ({', '.join(['%s'] * len(keys))})"
        params += sorted(keys)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT each.key, COUNT(*) FROM usage_snapshot, {each} AS each"  # noqa: S608 - no names but these
            f" WHERE period = %s AND {value} >= 0{only} GROUP BY each.key",
            params,
        )
        return dict(cursor.fetchall())


def _sampled(newest: date, stored: frozenset[str]) -> dict[str, Seen]:
    """Metrics of the dictionary that snapshots do not hold, by the month's newest payloads."""
    names = MetricDefinition.objects.values_list("key_path", flat=True)
    paths = KeyPaths(set(names) - stored)
    payloads = RawPayload.objects.filter(recorded_at__date__gte=newest)
    counts: dict[str, int] = {}
    read = 0
    for body in payloads.values_list("body", flat=True)[:SAMPLED_PAYLOADS]:
        read += 1
        for key, value in _readings(paths, bytes(body)).items():
            if value >= 0:
                counts[key] = counts.get(key, 0) + 1
    return {key: Seen(count / read, newest) for key, count in counts.items()}


def _readings(paths: KeyPaths, body: bytes) -> ingest.Readings:
    try:
        return paths.readings(ingest.decompress(body))
    except RowRejected:  # another metric of it is beyond reason
        return {}
