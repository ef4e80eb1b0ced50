"""What a timeline shows: its entries newest first, and how the account stood by what CSMs said."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import F, Prefetch, Window
from django.db.models.functions import RowNumber
from django.utils.dateparse import parse_datetime

from accounts.keyset import Asked, Key, KeysetPage, page_of
from accounts.models import Account, Attendance, Mention, TimelineActivity
from accounts.querysets import TimelineActivityQuerySet

ENTRIES_PER_PAGE = 50
SENTIMENTS_SHOWN = 12

NEWEST_FIRST = (
    Key("happened_at", parse_datetime, is_descending=True),
    Key("id", int, is_descending=True),
)


def entries(account: Account) -> TimelineActivityQuerySet:
    """An account's entries with author, who took part, and mentions: three queries, however many."""
    present = Attendance.objects.select_related("user", "contact").order_by("pk")
    named = Mention.objects.select_related("user").order_by("pk")
    kept = TimelineActivity.objects.kept().filter(account=account)
    return kept.select_related("author").prefetch_related(
        Prefetch("attendances", present), Prefetch("mentions", named)
    )


def entries_page(account: Account, *, kind: str = "", asked: Asked) -> KeysetPage[TimelineActivity]:
    """A page of an account's entries, all or of a kind."""
    shown = entries(account)
    if kind in TimelineActivity.Kind.values:
        shown = shown.filter(kind=kind)
    return page_of([shown], NEWEST_FIRST, size=ENTRIES_PER_PAGE, asked=asked)


def sentiment_history(account: Account) -> list[TimelineActivity]:
    """The last entries that said how the account stands, newest first."""
    said = TimelineActivity.objects.sentiments().filter(account=account)
    return list(said.select_related("author")[:SENTIMENTS_SHOWN])


def newest_sentiments(
    account_ids: Collection[int], *, until: datetime
) -> dict[int, TimelineActivity]:
    """By account the entry that last said how it stands, as of a moment. One query."""
    return _newest(TimelineActivity.objects.sentiments(), account_ids, until)


def newest_engagements(
    account_ids: Collection[int], *, until: datetime
) -> dict[int, TimelineActivity]:
    """By account the last call or meeting, as of a moment. One query."""
    return _newest(TimelineActivity.objects.engagements(), account_ids, until)


def _newest(
    activities: TimelineActivityQuerySet, account_ids: Collection[int], until: datetime
) -> dict[int, TimelineActivity]:
    rank = Window(
        RowNumber(),
        partition_by="account_id",
        order_by=[F("happened_at").desc(), F("pk").desc()],
    )
    ranked = activities.filter(account__in=account_ids, happened_at__lte=until)
    newest = ranked.annotate(rank=rank).filter(rank=1).select_related("author")
    return {activity.account_id: activity for activity in newest.order_by("account_id")}
