"""What the order of the queue rests on: the weights, and the facts about calls to action."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from django.db import models
from django.db.models import Min, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import Subscription
from playbooks.models import QueueWeights
from playbooks.querysets import CallToActionQuerySet
from playbooks.queue import SHIPPED, Standing, Weights
from usage.queries import cards


class Facts(Protocol):
    """A row that `facts` found, or a call to action that `described` described."""

    @property
    def pk(self) -> int: ...
    @property
    def priority(self) -> int: ...
    @property
    def due_on(self) -> date: ...
    @property
    def arr(self) -> Decimal: ...
    @property
    def renewal_on(self) -> date | None: ...
    @property
    def health_color(self) -> str | None: ...
    @property
    def is_important(self) -> bool: ...
    @property
    def queue_rank(self) -> int: ...


def weights() -> Weights:
    """What counts how much: the row of the admin, else what ships. One query."""
    row = QueueWeights.objects.first()
    return row.frozen() if row else SHIPPED


def standing_of(row: Facts) -> Standing:
    return Standing(
        cta_id=row.pk,
        priority=row.priority,
        due_on=row.due_on,
        arr=row.arr,
        renewal_on=row.renewal_on,
        health_color=row.health_color or "",
        is_important=row.is_important,
    )


def facts(ctas: CallToActionQuerySet, *, day: date, now: datetime) -> QuerySet[Any, Any]:
    """Rows with all that ranks each, and no more. Two queries."""
    current = cards.current_of(cards.forces(), now=now, outer="account_id")
    return (
        ctas.order_by()
        .annotate(
            arr=running_arr(day),
            renewal_on=first_renewal(day),
            health_color=Subquery(current.values("color")[:1]),
        )
        .values_list(
            "pk",
            "priority",
            "due_on",
            "arr",
            "renewal_on",
            "health_color",
            "is_important",
            "queue_rank",
            named=True,
        )
    )


def running_arr(day: date) -> Coalesce:
    """Of a call to action in a query: what its account's contracts of the day come to."""
    return Coalesce(
        Subquery(_running(day).annotate(total=Sum("arr")).values("total")),
        Decimal(0),
        output_field=models.DecimalField(max_digits=18, decimal_places=2),
    )


def first_renewal(day: date) -> Subquery:
    return Subquery(_running(day).annotate(first=Min("end_date")).values("first"))


def _running(day: date) -> QuerySet[Subscription, Any]:
    running = Subscription.objects.active_on(day).filter(account=OuterRef("account"))
    return running.order_by().values("account")
