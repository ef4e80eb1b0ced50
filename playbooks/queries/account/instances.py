"""Instances of an account: what they are, how old their version is, and when they were heard of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, IntegerField, Min, Q, Value, When

from accounts.keyset import FIRST, Asked, Key, KeysetPage, page_of
from playbooks.queries.account.frame import Frame
from usage.models import Instance, Snapshot
from usage.queries.cards import stale_before
from usage.queries.versions import majors_behind, newest_major

PAGE = 50
STALE_AFTER_DAYS = 60  # where no edition is in force to say it
KEYS = (
    Key("turn", int),
    Key("last_reported_at", datetime.fromisoformat, is_descending=True, is_nullable=True),
    Key("pk", int),
)


@dataclass(frozen=True)
class SeenInstance:
    instance: Instance
    is_silent: bool
    majors_behind: int | None
    first_reported_at: datetime | None

    @property
    def counts(self) -> bool:
        """Whether it may stand for its subscription in a score."""
        instance = self.instance
        return instance.kind == Instance.Kind.PRODUCTION and not instance.opted_out_of_health


@dataclass(frozen=True)
class Counts:
    all: int
    reporting: int
    unknown: int
    silent: int
    opted_out: int


@dataclass(frozen=True)
class Instances:
    page: KeysetPage[SeenInstance]
    counts: Counts
    newest_major: int | None


def instances(frame: Frame, *, asked: Asked = FIRST) -> Instances:
    """A page of an account's instances, those that count first. Four queries."""
    days = frame.edition.stale_after_days if frame.edition else STALE_AFTER_DAYS
    since = stale_before(days, now=frame.now)
    theirs = Instance.objects.filter(subscription__account=frame.account)
    rows = theirs.select_related("subscription").annotate(turn=_turn())
    page = page_of([rows], KEYS, size=PAGE, asked=asked)
    firsts = _first_reports([each.pk for each in page.object_list])
    newest = newest_major()
    shown = [
        SeenInstance(
            instance=each,
            is_silent=each.last_reported_at is None or each.last_reported_at < since,
            majors_behind=majors_behind(each.version, newest),
            first_reported_at=firsts.get(each.pk),
        )
        for each in page.object_list
    ]
    counting = Q(kind=Instance.Kind.PRODUCTION, opted_out_of_health=False)
    fresh = Q(last_reported_at__gte=since)
    counts = theirs.aggregate(
        all=Count("pk"),
        reporting=Count("pk", filter=counting & fresh),
        unknown=Count("pk", filter=Q(kind=Instance.Kind.UNKNOWN)),
        silent=Count("pk", filter=counting & (Q(last_reported_at=None) | ~fresh)),
        opted_out=Count("pk", filter=Q(opted_out_of_health=True)),
    )
    return Instances(page.of(shown), Counts(**counts), newest)


def _turn() -> Case:
    return Case(
        When(kind=Instance.Kind.PRODUCTION, opted_out_of_health=False, then=Value(0)),
        When(kind=Instance.Kind.UNKNOWN, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )


def _first_reports(ids: list[int]) -> Mapping[int, datetime]:
    found = Snapshot.objects.filter(instance__in=ids).order_by().values_list("instance")
    return dict(found.annotate(first=Min("recorded_at")))
