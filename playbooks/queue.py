"""In which order a queue is worked, and why. Pure: the one place that knows the formula.

The score of a call to action is a sum of points, one reason each; what counts how much is
configuration. Times count in steps (late, late for long; due today, due soon), so that a night changes
the score of few. Rows keep the score as a rank, `NO_POINTS_RANK` less the score, so that all keys of
the order run one way and one index holds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import IntEnum

from accounts import formats
from accounts.words import gettext, gettext_noop

PRIORITY_WORDS = {
    1: gettext_noop("high priority"),
    2: gettext_noop("medium priority"),
    3: gettext_noop("low priority"),
}
RENEWAL_IS_NEAR = timedelta(days=180)  # further away it is not worth a word
MOST_POINTS = 1_000  # for one reason
NO_POINTS_RANK = 10_000  # what no sum of points comes to


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Points for each reason, and from where on a reason counts."""

    high_priority: int = 40
    medium_priority: int = 20
    low_priority: int = 0
    late: int = 30
    long_late: int = 40
    long_late_days: int = 14
    due_today: int = 20
    due_soon: int = 10
    due_soon_days: int = 7
    red_health: int = 15
    yellow_health: int = 5
    large_arr: int = 10
    large_arr_from: Decimal = Decimal(250_000)
    medium_arr: int = 5
    medium_arr_from: Decimal = Decimal(50_000)
    near_renewal: int = 15
    near_renewal_days: int = 60
    far_renewal: int = 5
    far_renewal_days: int = 120
    important: int = 25


SHIPPED = Weights()


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a call to action's place in the queue rests on, and what makes it press."""

    cta_id: int
    priority: int
    due_on: date
    arr: Decimal
    renewal_on: date | None = None
    health_color: str = ""  # empty: NA
    is_important: bool = False


@dataclass(frozen=True)
class Reason:
    """One thing that makes it press, or does not; points of 0 are not said."""

    words: str
    points: int = 0

    def __str__(self) -> str:
        return f"{self.words} +{self.points}" if self.points else self.words


@dataclass(frozen=True)
class Place:
    """Why a call to action stands where it stands; `rank` is what it was last ordered by."""

    reasons: tuple[Reason, ...]
    rank: int

    @property
    def score(self) -> int:
        return sum(reason.points for reason in self.reasons)

    @property
    def ordered_by(self) -> int:
        """The score that gave it its place: another one where something changed since."""
        return NO_POINTS_RANK - self.rank

    @property
    def is_current(self) -> bool:
        return self.ordered_by == self.score

    def __str__(self) -> str:
        """Late 2 days +30 · high priority +40 · Red health +15 · $412k ARR +10."""
        words = " · ".join(map(str, self.reasons))
        if self.is_current:
            return words
        return gettext("%(reasons)s (ordered by %(points)s)") % {
            "reasons": words,
            "points": self.ordered_by,
        }


def rank_of(standing: Standing, weights: Weights, *, day: date) -> int:
    """What a row keeps: the lowest comes first."""
    reasons = reasons_of(standing, weights, day=day, today=day)
    return NO_POINTS_RANK - sum(reason.points for reason in reasons)


def reasons_of(
    standing: Standing, weights: Weights, *, day: date, today: date
) -> tuple[Reason, ...]:
    """The reasons in the words of a person's `today`, with the points of the `day` that orders all.

    The two differ for some hours around midnight, where the person is not at UTC.
    """
    return tuple(_reasons(standing, weights, day, today))


class Bucket(IntEnum):
    """Where a due date falls, soonest first."""

    OVERDUE = 0
    TODAY = 1
    BACK = 2
    WEEK = 3
    LATER = 4


BUCKET_WORDS = {
    Bucket.OVERDUE: gettext_noop("Overdue"),
    Bucket.TODAY: gettext_noop("Due today"),
    Bucket.BACK: gettext_noop("Back today"),
    Bucket.WEEK: gettext_noop("Later this week"),
    Bucket.LATER: gettext_noop("After this week"),
}


def bucket_of(due_on: date, *, is_back: bool, today: date) -> Bucket:
    """The group of a due date; `is_back`: its snooze ended today."""
    if due_on < today:
        return Bucket.OVERDUE
    if due_on == today:
        return Bucket.TODAY
    if is_back:
        return Bucket.BACK
    return Bucket.WEEK if due_on <= week_end(today) else Bucket.LATER


def week_end(today: date) -> date:
    """The Sunday that ends the week of a day."""
    return today + timedelta(days=6 - today.weekday())


def _reasons(standing: Standing, weights: Weights, day: date, today: date) -> Iterator[Reason]:
    yield Reason(_due_in_words(standing.due_on, today), _due_points(standing.due_on, weights, day))
    yield Reason(gettext(PRIORITY_WORDS[standing.priority]), _priority_points(standing, weights))
    if standing.is_important:
        yield Reason(gettext("important"), weights.important)
    if standing.health_color:
        yield Reason(
            gettext("%(color)s health") % {"color": formats.color_name(standing.health_color)},
            _health_points(standing, weights),
        )
    if standing.arr:
        yield Reason(
            gettext("%(money)s ARR") % {"money": formats.money(standing.arr)},
            _arr_points(standing.arr, weights),
        )
    renewal = standing.renewal_on
    if renewal is not None:
        points = _renewal_points((renewal - day).days, weights)
        if points or renewal - today <= RENEWAL_IS_NEAR:
            yield Reason(
                gettext("renewal %(when)s") % {"when": formats.days_in_words(renewal, today=today)},
                points,
            )


def _due_in_words(due_on: date, today: date) -> str:
    if due_on < today:
        return gettext("late %(days)s") % {"days": formats.plural((today - due_on).days, "day")}
    return gettext("due %(when)s") % {"when": formats.days_in_words(due_on, today=today)}


def _due_points(due_on: date, weights: Weights, day: date) -> int:
    late_days = (day - due_on).days
    if late_days > 0:
        return weights.long_late if late_days >= weights.long_late_days else weights.late
    if late_days == 0:
        return weights.due_today
    return weights.due_soon if -late_days <= weights.due_soon_days else 0


def _priority_points(standing: Standing, weights: Weights) -> int:
    points = (weights.high_priority, weights.medium_priority, weights.low_priority)
    return points[standing.priority - 1]


def _health_points(standing: Standing, weights: Weights) -> int:
    points = {"Red": weights.red_health, "Yellow": weights.yellow_health}
    return points.get(standing.health_color, 0)


def _arr_points(arr: Decimal, weights: Weights) -> int:
    if arr >= weights.large_arr_from:
        return weights.large_arr
    return weights.medium_arr if arr >= weights.medium_arr_from else 0


def _renewal_points(days: int, weights: Weights) -> int:
    if days <= weights.near_renewal_days:
        return weights.near_renewal
    return weights.far_renewal if days <= weights.far_renewal_days else 0
