"""The metric dictionary as pages show it: who reads a metric, who reports it, where its series breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from accounts.models import User
from usage.definitions import reported_paths
from usage.lab.breaks import Use, uses
from usage.models import (
    Edition,
    MetricBreak,
    MetricDefinition,
    MetricVersion,
    Snapshot,
    Transition,
)
from usage.periods import period_of, shift
from usage.queries.cards import edition_for, forces
from usage.services import editions

SAMPLED = 500  # snapshots by which the list tells coverage
EDITIONS_READ = 20


@dataclass(frozen=True)
class Row:
    """A metric of the list. `coverage`: share of sampled snapshots that have it; None: not kept there."""

    metric: MetricDefinition
    is_read: bool
    coverage: float | None
    break_count: int


@dataclass(frozen=True)
class EditionUses:
    """The places of one edition that read a metric."""

    edition: Edition
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class Radius:
    """What a break of a metric touches."""

    editions: tuple[EditionUses, ...]
    accounts: int  # of those that the person sees, who reported it in the month
    reporting: int  # of those, who reported anything
    month: date
    components: tuple[str, ...]  # of the edition in force, by name
    codes: tuple[str, ...]

    @property
    def share(self) -> float | None:
        return self.accounts / self.reporting if self.reporting else None

    @property
    def measure_count(self) -> int:
        return sum(bool(use.measure) for each in self.editions for use in each.uses)


@dataclass(frozen=True)
class MetricPage:
    metric: MetricDefinition
    paths: tuple[str, ...]
    versions: Sequence[MetricVersion]
    breaks: Sequence[MetricBreak]
    radius: Radius

    @property
    def is_changed_without_break(self) -> bool:
        """The newest version was first seen after the last break was noted."""
        newest = self.versions[0].since if self.versions else None
        return newest is not None and not any(each.created_at >= newest for each in self.breaks)


def found(*, q: str, status: str, read_only: bool) -> QuerySet[MetricDefinition]:
    """The metrics of a search; `read_only`: those that an edition reads."""
    metrics = MetricDefinition.objects.only(
        "key_path", "name", "product_stage", "status", "time_frames", "data_category", "tracked"
    )
    if q:
        named = Q(key_path__icontains=q) | Q(name__icontains=q) | Q(description__icontains=q)
        metrics = metrics.filter(named)
    if status:
        metrics = metrics.filter(status=status)
    if read_only:
        metrics = metrics.filter(_names(read_paths()))
    return metrics


def _names(paths: Collection[str]) -> Q:
    """Definitions that stand for paths; one with several time frames is reported under longer names."""
    bare = {path.removesuffix("_monthly").removesuffix("_weekly") for path in paths}
    return Q(key_path__in={*paths, *bare})


def statuses() -> list[str]:
    known = MetricDefinition.objects.exclude(status="").order_by("status")
    return list(known.values_list("status", flat=True).distinct())


def read_paths() -> frozenset[str]:
    """What the editions that are drafts or published read, at most the newest of them."""
    shown = Edition.objects.exclude(status=Edition.Status.RETIRED).order_by("-pk")[:EDITIONS_READ]
    return frozenset(key for row in shown for key in editions.frozen(row).metric_keys)


def rows(metrics: Sequence[MetricDefinition], user: User, *, now: datetime) -> list[Row]:
    """The metrics of a page with what is known of each. Queries do not grow with them."""
    read = read_paths()
    counts, total = _sampled(user, now=now)
    broken = Counter(
        MetricBreak.objects.filter(metric__in=[metric.pk for metric in metrics]).values_list(
            "metric", flat=True
        )
    )
    return [
        Row(
            metric=metric,
            is_read=not read.isdisjoint(_paths(metric)),
            coverage=_coverage(metric, counts, total),
            break_count=broken[metric.pk],
        )
        for metric in metrics
    ]


def _paths(metric: MetricDefinition) -> tuple[str, ...]:
    return tuple(reported_paths(metric.key_path, metric.time_frames))


def _sampled(user: User, *, now: datetime) -> tuple[Mapping[str, int], int]:
    """How many of some snapshots of the last complete month have each key path, and how many they are."""
    month = shift(period_of(now), -1)
    some = Snapshot.objects.visible_to(user).filter(period=month).order_by("-pk")
    counts: Counter[str] = Counter()
    total = 0
    for metrics in some.values_list("metrics", flat=True)[:SAMPLED]:
        total += 1
        counts.update(path for path, number in metrics.items() if number >= 0)
    return counts, total


def _coverage(metric: MetricDefinition, counts: Mapping[str, int], total: int) -> float | None:
    reported = max((counts.get(path, 0) for path in _paths(metric)), default=0)
    return reported / total if total and reported else None


def page(metric: MetricDefinition, user: User, *, now: datetime) -> MetricPage:
    return MetricPage(
        metric=metric,
        paths=_paths(metric),
        versions=list(metric.versions.all()),
        breaks=list(metric.breaks.select_related("created_by")),
        radius=radius(metric, user, now=now),
    )


def radius(metric: MetricDefinition, user: User, *, now: datetime) -> Radius:
    """What reads a metric, in every edition that is not retired, and who reports it."""
    paths = _paths(metric)
    shown = Edition.objects.exclude(status=Edition.Status.RETIRED).order_by("-pk")[:EDITIONS_READ]
    contents = {row.pk: editions.frozen(row) for row in shown}
    places = [EditionUses(row, uses(contents[row.pk], paths)) for row in shown]
    month = shift(period_of(now), -1)
    in_force = edition_for(month, forces())
    touched = _components(places, in_force)
    of_month = Snapshot.objects.visible_to(user).filter(
        period=month, instance__subscription__isnull=False
    )
    return Radius(
        editions=tuple(each for each in places if each.uses),
        accounts=_accounts(of_month.filter(_has(paths))),
        reporting=_accounts(of_month),
        month=month,
        components=tuple(touched.values()),
        codes=tuple(touched),
    )


def _components(places: Iterable[EditionUses], edition_id: int | None) -> dict[str, str]:
    return {
        use.use_case: use.use_case_name
        for each in places
        if each.edition.pk == edition_id
        for use in each.uses
        if use.measure
    }


def _has(paths: Collection[str]) -> Q:
    reports = Q()
    for path in paths:
        reports |= Q(metrics__has_key=path)
    return reports


def _accounts(snapshots: QuerySet[Snapshot]) -> int:
    return snapshots.order_by().values("instance__subscription__account").distinct().count()


def drops_across(codes: Collection[str], period: date, user: User) -> int:
    """Recorded drops, by the edition in force, that a break in a month would lie in."""
    if not codes:
        return 0
    in_force = edition_for(period, forces())
    return (
        Transition.objects.visible_to(user)
        .filter(
            component__in=codes,
            edition=in_force,
            period__gte=period,
            from_period__lt=period,
        )
        .count()
    )
