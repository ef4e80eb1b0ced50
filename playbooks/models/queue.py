from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from simple_history.models import HistoricalRecords

from playbooks.queue import MOST_POINTS, SHIPPED, Weights

THE_ONE = 1


def points(default: int, name: StrOrPromise | None = None, help_text: StrOrPromise = "") -> Any:
    """A column of points that a reason adds to the score."""
    return models.PositiveSmallIntegerField(
        name, default=default, help_text=help_text, validators=[MaxValueValidator(MOST_POINTS)]
    )


class QueueWeights(models.Model):
    """What counts how much in the order of the queue; one row, and without it what ships."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ONE, editable=False)
    high_priority = points(SHIPPED.high_priority)
    medium_priority = points(SHIPPED.medium_priority)
    low_priority = points(SHIPPED.low_priority)
    late = points(SHIPPED.late, help_text=_("From the first day after the due date."))
    long_late = points(SHIPPED.long_late)
    long_late_days = models.PositiveSmallIntegerField(
        default=SHIPPED.long_late_days, help_text=_("Late for so many days, and more.")
    )
    due_today = points(SHIPPED.due_today)
    due_soon = points(SHIPPED.due_soon)
    due_soon_days = models.PositiveSmallIntegerField(
        default=SHIPPED.due_soon_days, help_text=_("Due within so many days.")
    )
    red_health = points(SHIPPED.red_health)
    yellow_health = points(SHIPPED.yellow_health)
    large_arr = points(SHIPPED.large_arr, _("large ARR"))
    large_arr_from = models.DecimalField(
        _("large ARR from"), max_digits=14, decimal_places=2, default=SHIPPED.large_arr_from
    )
    medium_arr = points(SHIPPED.medium_arr, _("medium ARR"))
    medium_arr_from = models.DecimalField(
        _("medium ARR from"), max_digits=14, decimal_places=2, default=SHIPPED.medium_arr_from
    )
    near_renewal = points(SHIPPED.near_renewal)
    near_renewal_days = models.PositiveSmallIntegerField(default=SHIPPED.near_renewal_days)
    far_renewal = points(SHIPPED.far_renewal, _("renewal ahead"))
    far_renewal_days = models.PositiveSmallIntegerField(
        _("renewal ahead days"), default=SHIPPED.far_renewal_days
    )

    important = points(SHIPPED.important, help_text=_("Marked as important."))

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("weights of the queue")
        verbose_name_plural = _("weights of the queue")
        constraints = [
            models.CheckConstraint(condition=Q(id=THE_ONE), name="queue_weights_are_one_row"),
        ]

    def __str__(self) -> str:
        return "Weights of the queue"

    def frozen(self) -> Weights:
        return Weights(**{name: getattr(self, name) for name in Weights.__dataclass_fields__})
