from __future__ import annotations

from datetime import date
from operator import attrgetter
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import User
from usage.errors import EditionIsPublished
from usage.querysets import EditionQuerySet, PublicationQuerySet
from usage.scoring.settling import FOLLOWED_MONTHS, MOST_HOLD_MONTHS


class Color(models.TextChoices):
    RED = "Red", _("Red")
    YELLOW = "Yellow", _("Yellow")
    GREEN = "Green", _("Green")


class Edition(models.Model):
    """One dated set of use cases, measures, bands, points and weights; immutable once published."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        RETIRED = "retired", _("Retired")

    name = models.CharField(max_length=60, unique=True)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    in_force_from = models.DateField(
        null=True, blank=True, help_text=_("First month it decides; empty: from the beginning.")
    )
    size_metric = models.CharField(
        max_length=255,
        help_text=_("Key path by which a subscription's primary instance is chosen."),
    )
    red_points = models.FloatField(default=25)
    yellow_points = models.FloatField(default=63)
    green_points = models.FloatField(default=88)
    red_up_to = models.FloatField(default=50, help_text=_("Scores up to this are Red."))
    yellow_up_to = models.FloatField(
        default=75, help_text=_("Scores above Red up to this are Yellow.")
    )
    platform_adoption_from = models.PositiveSmallIntegerField(
        default=3, help_text=_("So many Green use cases are platform adoption.")
    )
    stale_after_days = models.PositiveSmallIntegerField(default=60)
    health_first_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text=_(
            "With health groups: days from its start in which little of an account counts."
        ),
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )

    history = HistoricalRecords()
    objects: ClassVar[EditionQuerySet] = EditionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-name",)
        constraints = [
            models.CheckConstraint(
                condition=Q(status="draft", published_at=None)
                | Q(status__in=["published", "retired"], published_at__isnull=False),
                name="edition_published_iff_dated",
            ),
            models.CheckConstraint(
                condition=Q(in_force_from=None) | Q(in_force_from__day=1),
                name="edition_in_force_from_first_of_month",
            ),
            models.CheckConstraint(
                condition=Q(red_points__gte=0, green_points__lte=100)
                & Q(red_points__lt=F("yellow_points"), yellow_points__lt=F("green_points")),
                name="edition_points_ascend",
            ),
            models.CheckConstraint(
                condition=Q(red_up_to__gt=0, yellow_up_to__lt=100, red_up_to__lt=F("yellow_up_to")),
                name="edition_score_bounds_ascend",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT


class Publication(models.Model):
    """An edition put in force from a month on: why, by whom, in whose place.

    Of all that are not withdrawn the one with the latest month decides, and of two the later one.
    """

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="publications")
    in_force_from = models.DateField(
        null=True, blank=True, help_text=_("First month it decides; empty: from the beginning.")
    )
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    note = models.CharField(max_length=1_000, help_text=_("Why it was put in force."))
    opens_ctas = models.BooleanField(
        default=False,
        help_text=_("What only the change of edition made fall or begin opens CTAs too."),
    )
    former = models.ForeignKey(
        Edition,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("The edition that decided its first month before."),
    )
    known_until = models.DateField(
        null=True, blank=True, help_text=_("Newest month that had been reported by then.")
    )
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the edition was retired.")
    )

    objects: ClassVar[PublicationQuerySet] = PublicationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-published_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(in_force_from=None) | Q(in_force_from__day=1),
                name="publication_from_first_of_month",
            ),
            models.CheckConstraint(condition=~Q(note=""), name="publication_has_note"),
        ]

    def __str__(self) -> str:
        return f"{self.edition_id} from {self.in_force_from or 'the beginning'}"

    def begins_by(self, period: date) -> bool:
        return self.in_force_from is None or self.in_force_from <= period


class EditionPart(models.Model):
    """A row of an edition. It changes with a draft only; the database refuses the rest by triggers."""

    edition_path: ClassVar[str] = "edition"

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.refuse_unless_draft()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.refuse_unless_draft()
        return super().delete(*args, **kwargs)

    def owning_edition(self) -> Edition:
        edition: Edition = attrgetter(self.edition_path)(self)
        return edition

    def refuse_unless_draft(self) -> None:
        edition = self.owning_edition()
        if not edition.is_draft:
            raise EditionIsPublished(edition.name)


class UseCase(EditionPart):
    """A component of the product score: a use case, or another one such as licence utilisation."""

    class RollUp(models.TextChoices):
        VALUE = "value", _("ARR-weighted mean of the subscriptions' values")
        SCORE = "score", _("ARR-weighted mean of the subscriptions' scores")
        PRIMARY = "primary", _("The account's one primary instance")
        SUM = "sum", _("Sum over all Production instances")

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="use_cases")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField()
    counts_as_use_case = models.BooleanField(
        default=True, help_text=_("Counted in use cases adopted and given a maturity level.")
    )
    roll_up = models.CharField(max_length=10, choices=RollUp)
    plans = models.JSONField(
        default=list, blank=True, help_text=_("Plans it is limited to; empty: all.")
    )
    deployments = models.JSONField(
        default=list, blank=True, help_text=_("Deployments it is limited to; empty: all.")
    )
    hold_months = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_HOLD_MONTHS)],
        help_text=_("Known months that a lower colour must stand to be a drop; empty: 1."),
    )
    exit_margin = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("How far beyond a bound, in its unit, a drop begins; empty: at the bound."),
    )
    recovery_months = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(FOLLOWED_MONTHS)],
        help_text=_(
            "Known months back where it fell from, after which a drop to no new low opens a"
            " call to action again; empty: every drop does."
        ),
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ("edition", "position")
        constraints = [
            models.UniqueConstraint(fields=["edition", "code"], name="use_case_once_per_edition"),
            models.UniqueConstraint(
                fields=["edition", "position"], name="use_case_position_once_per_edition"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Measure(EditionPart):
    """One number of a use case: a numerator, or a numerator over a denominator."""

    class Operation(models.TextChoices):
        SUM = "sum", _("Sum")
        COUNT_POSITIVE = "count_positive", _("How many are above 0")
        DIFFERENCE = "difference", _("The first less the others")
        FIRST = "first", _("The first one known")

    class ZeroDenominator(models.TextChoices):
        ZERO = "zero", _("The value is 0")
        NA = "na", _("The value is NA")

    use_case = models.ForeignKey(UseCase, on_delete=models.CASCADE, related_name="measures")
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    unit = models.CharField(
        max_length=60, blank=True, help_text=_("In words: builds per billable user.")
    )
    is_share = models.BooleanField(default=False, help_text=_("Shown as per cent."))
    position = models.PositiveSmallIntegerField()
    weight = models.FloatField(default=1, validators=[MinValueValidator(0)])
    numerator_operation = models.CharField(max_length=20, choices=Operation, default=Operation.SUM)
    numerator = models.JSONField(help_text=_("Metric key paths, or `seats`."))
    denominator_operation = models.CharField(
        max_length=20, choices=Operation, default=Operation.SUM
    )
    denominator = models.JSONField(default=list, blank=True, help_text=_("Empty: not a ratio."))
    zero_denominator = models.CharField(
        max_length=4, choices=ZeroDenominator, default=ZeroDenominator.ZERO
    )
    minimum_sample = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("NA where the denominator is smaller; empty: never for that reason."),
    )

    edition_path = "use_case.edition"
    history = HistoricalRecords()

    class Meta:
        ordering = ("use_case", "position")
        constraints = [
            models.UniqueConstraint(fields=["use_case", "code"], name="measure_once_per_use_case"),
            models.UniqueConstraint(
                fields=["use_case", "position"], name="measure_position_once_per_use_case"
            ),
            models.CheckConstraint(condition=Q(weight__gt=0), name="measure_weight_positive"),
        ]

    def __str__(self) -> str:
        return self.name


class Band(EditionPart):
    """One colour of a measure between two bounds, each open or closed, for a range of account ages."""

    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="bands")
    color = models.CharField(max_length=6, choices=Color)
    lower = models.FloatField(null=True, blank=True, help_text=_("Empty: no lower bound."))
    lower_closed = models.BooleanField(default=False)
    upper = models.FloatField(null=True, blank=True, help_text=_("Empty: no upper bound."))
    upper_closed = models.BooleanField(default=False)
    age_from = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Account age in months; empty: from the first.")
    )
    age_to = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Included; empty: no end.")
    )

    edition_path = "measure.use_case.edition"
    history = HistoricalRecords()

    class Meta:
        ordering = (
            "measure",
            F("age_from").asc(nulls_first=True),
            F("lower").asc(nulls_first=True),
        )
        constraints = [
            models.CheckConstraint(
                condition=Q(lower=None) | Q(upper=None) | Q(lower__lte=F("upper")),
                name="band_lower_below_upper",
            ),
            models.CheckConstraint(
                condition=Q(age_from=None) | Q(age_to=None) | Q(age_from__lte=F("age_to")),
                name="band_age_from_below_to",
            ),
            models.CheckConstraint(
                condition=Q(color__in=["Red", "Yellow", "Green"]), name="band_color_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.color} of {self.measure_id}"


class MaturityLevel(EditionPart):
    """How far adoption of a use case has come, by its score: up to `up_to`, above the level before."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="levels")
    position = models.PositiveSmallIntegerField(validators=[MaxValueValidator(9)])
    name = models.CharField(max_length=30)
    up_to = models.FloatField(
        null=True, blank=True, help_text=_("Included; empty: the highest level.")
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ("edition", "position")
        constraints = [
            models.UniqueConstraint(fields=["edition", "name"], name="level_once_per_edition"),
            models.UniqueConstraint(
                fields=["edition", "position"], name="level_position_once_per_edition"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Weight(EditionPart):
    """What one part weighs in a composite score: `product` of its components, `health` of its groups."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="weights")
    parent = models.SlugField(max_length=40, help_text=_("The composite: product, health."))
    child = models.SlugField(
        max_length=40, help_text=_("A component's code, or another composite.")
    )
    position = models.PositiveSmallIntegerField()
    weight = models.FloatField()

    history = HistoricalRecords()

    class Meta:
        ordering = ("edition", "position")
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "parent", "child"], name="weight_once_per_pair"
            ),
            models.CheckConstraint(condition=Q(weight__gt=0), name="weight_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.child} in {self.parent}: {self.weight:g}"
