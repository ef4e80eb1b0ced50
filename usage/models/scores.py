from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from usage.models.editions import Color, Edition
from usage.querysets import ScoreCardQuerySet, TransitionQuerySet


class WholeJSONField(models.JSONField):
    """JSON that is only ever read whole, kept as its text: PostgreSQL need not take it apart.

    Taking it apart was three quarters of writing a card, and made it a third larger.
    """

    def get_internal_type(self) -> str:
        return "WholeJSONField"  # not JSONField: a migration between the two must cast

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "text"

    def db_check(self, connection: BaseDatabaseWrapper) -> str | None:
        """As of a JSONField: SQLite holds it to be JSON."""
        check: str | None = connection.data_type_check_constraints.get("JSONField")
        return check % self.db_type_parameters(connection) if check else None

    def get_db_prep_value(
        self,
        value: Any,
        connection: BaseDatabaseWrapper,
        prepared: bool = False,  # noqa: FBT001, FBT002 - Django's signature
    ) -> Any:
        return json.dumps(value, cls=self.encoder)


class ScoreCard(models.Model):
    """An account's scores of one month by one edition, with all that is needed to explain them."""

    # neither key has an index of its own: two of those below begin with them
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="score_cards", db_index=False
    )
    period = models.DateField(help_text=_("First day of the month."))
    edition = models.ForeignKey(
        Edition, on_delete=models.PROTECT, related_name="score_cards", db_index=False
    )
    score = models.FloatField(null=True, help_text=_("Overall health 0-100; empty: NA."))
    color = models.CharField(max_length=6, choices=Color, blank=True, help_text=_("Empty: NA."))
    component_colors = models.CharField(
        max_length=40,
        help_text=_("A letter per component in the edition's order: G, Y, R, or N for NA."),
    )
    component_levels = models.CharField(
        max_length=40, help_text=_("A digit per component: position of the maturity level, or -.")
    )
    component_reach = models.CharField(
        max_length=40, default="", help_text=_("As the levels, as if no plan limited a component.")
    )
    use_cases_adopted = models.PositiveSmallIntegerField(null=True)
    newest_recorded_at = models.DateTimeField(
        null=True, help_text=_("Of the snapshots it was made from.")
    )
    reporting_arr_share = models.FloatField(
        null=True, help_text=_("Share of the counted subscriptions' ARR that reports usage.")
    )
    evidence = WholeJSONField(help_text=_("See usage.evidence for its shape."))
    input_hash = models.CharField(max_length=32)
    scored_at = models.DateTimeField()

    objects: ClassVar[ScoreCardQuerySet] = ScoreCardQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-period", "account")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "period", "edition"],
                name="card_once_per_account_month_and_edition",
            ),
            models.CheckConstraint(
                condition=Q(score=None) | Q(score__range=(0, 100)), name="card_score_in_range"
            ),
            models.CheckConstraint(
                condition=Q(score=None, color="") | (Q(score__isnull=False) & ~Q(color="")),
                name="card_has_color_iff_score",
            ),
            models.CheckConstraint(
                condition=Q(period__day=1), name="card_period_is_first_of_month"
            ),
        ]
        indexes = [models.Index(fields=["edition", "period", "color"], name="card_period_color")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.period:%Y-%m}"


class Transition(models.Model):
    """A component's colour fell against the newest known colour of the two preceding months."""

    class Cause(models.TextChoices):
        DATA = "data", _("Data")
        EDITION = "edition", _("Change of edition")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="transitions")
    period = models.DateField()
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="transitions")
    component = models.SlugField(max_length=40)
    from_color = models.CharField(max_length=6, choices=Color)
    to_color = models.CharField(max_length=6, choices=Color)
    from_period = models.DateField()
    from_value = models.FloatField(null=True)
    to_value = models.FloatField(null=True)
    cause = models.CharField(
        max_length=10,
        choices=Cause,
        default=Cause.DATA,
        db_default=Cause.DATA,
        help_text=_("What made it fall: usage, or that another edition judges."),
    )
    repeats = models.DateField(
        null=True,
        help_text=_(
            "Month of the drop in the same episode that it only repeats; empty: it is news."
        ),
    )
    detected_at = models.DateTimeField()

    objects: ClassVar[TransitionQuerySet] = TransitionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-period", "account", "component")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "period", "component", "edition"],
                name="transition_once_per_account_month_component_and_edition",
            ),
            models.CheckConstraint(
                condition=Q(from_color="Green", to_color__in=["Yellow", "Red"])
                | Q(from_color="Yellow", to_color="Red"),
                name="transition_is_a_drop",
            ),
            models.CheckConstraint(
                condition=Q(from_period__lt=F("period")), name="transition_from_an_earlier_month"
            ),
            models.CheckConstraint(
                condition=Q(cause__in=["data", "edition"]), name="transition_cause_known"
            ),
        ]
        indexes = [models.Index(fields=["period", "edition"], name="transition_period")]

    def __str__(self) -> str:
        return f"{self.component}: {self.from_color} → {self.to_color}"
