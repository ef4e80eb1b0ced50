"""How long customers take: days to each milestone, the stage of an account, medians. Pure.

Days count from the start of the first subscription, and are negative for what came before it (in a
trial). Missing is not zero: without a start there are no days, and what had been reached before anybody
measured has an upper bound only.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from accounts.formats import minus, plural
from accounts.words import gettext, gettext_noop

MEASURED_LATE_DAYS = 45
"""A first measurement this long after the start says that something is reached, not when it was."""


class State(StrEnum):
    MET = "met"
    LATE = "late"
    RUNNING = "running"
    """Not reached, and there is time left."""
    REACHED = "reached"
    """There is no target, or it is not known when it was reached."""
    OPEN = "open"
    """Not reached, and there is no target."""
    UNKNOWN = "unknown"
    """Nothing tells whether it was reached: no start, no usage data, or nobody noted anything then."""


class Stage(StrEnum):
    ONBOARDING = "onboarding"
    IMPLEMENTATION = "implementation"
    ADOPTION = "adoption"
    OPTIMISE = "optimise"
    WILL_CHURN = "will_churn"
    CHURNED = "churned"


STAGE_NAMES: Mapping[Stage, str] = {
    Stage.ONBOARDING: gettext_noop("Onboarding"),
    Stage.IMPLEMENTATION: gettext_noop("Implementation"),
    Stage.ADOPTION: gettext_noop("Adoption"),
    Stage.OPTIMISE: gettext_noop("Optimise and grow"),
    Stage.WILL_CHURN: gettext_noop("Will churn"),
    Stage.CHURNED: gettext_noop("Churned"),
}
PATH = (Stage.ONBOARDING, Stage.IMPLEMENTATION, Stage.ADOPTION, Stage.OPTIMISE)


@dataclass(frozen=True)
class Goal:
    """A milestone as such: its name, and in how many days it should be reached."""

    code: str
    name: str
    target_days: int | None = None


@dataclass(frozen=True)
class Reached:
    """When something was reached, and how that is known. `is_bound`: on that day at the latest."""

    on: date
    how: str
    by: str = ""
    note: str = ""
    is_by_hand: bool = False
    is_bound: bool = False


@dataclass(frozen=True)
class Milestone:
    """A goal and how an account stands to it."""

    goal: Goal
    reached: Reached | None
    state: State
    days: int | None = None
    due_on: date | None = None
    days_left: int | None = None  # until it is due; negative: since it was

    @property
    def words(self) -> str:
        """Day 12, by day 70 at the latest, 9 days left, 3 days overdue, not yet."""
        if self.reached is not None:
            if self.days is None:
                return gettext("reached")
            day = gettext("day %(days)s") % {"days": minus(str(self.days))}
            return (
                gettext("by %(day)s at the latest") % {"day": day} if self.reached.is_bound else day
            )
        if self.state is State.UNKNOWN:
            return gettext("not known")
        if self.days_left is None:
            return gettext("not yet")
        if self.days_left < 0:
            return gettext("%(days)s overdue") % {"days": plural(-self.days_left, "day")}
        return gettext("%(days)s left") % {"days": plural(self.days_left, "day")}

    @property
    def measured_days(self) -> int | None:
        """Days that a median may count: not those that are only a bound."""
        return None if self.reached is None or self.reached.is_bound else self.days


@dataclass(frozen=True)
class Observation:
    """What was measured on a day: a share of the seats, or 1 and 0 for Green and not."""

    on: date
    value: float


def was_recorded(start: date | None, recorded_since: date | None, *, today: date) -> bool:
    """Whether records go back to an account's start, so that what they do not hold did not happen."""
    if start is None:
        return False
    return ((recorded_since or today) - start).days <= MEASURED_LATE_DAYS


def milestone(
    goal: Goal,
    reached: Reached | None,
    *,
    start: date | None,
    today: date,
    is_recorded: bool = True,
) -> Milestone:
    """How an account that started then stands to a goal today.

    Where it is not recorded, that a milestone is not found does not say that it was missed.
    """
    if start is None:
        return Milestone(goal, reached, State.REACHED if reached else State.UNKNOWN)
    due_on = None if goal.target_days is None else start + timedelta(days=goal.target_days)
    return Milestone(
        goal=goal,
        reached=reached,
        state=_state(reached, due_on, today, is_recorded=is_recorded),
        days=(reached.on - start).days if reached else None,
        due_on=due_on,
        days_left=None if due_on is None else (due_on - today).days,
    )


def _state(
    reached: Reached | None, due_on: date | None, today: date, *, is_recorded: bool
) -> State:
    if reached is None:
        if due_on is not None and today <= due_on:
            return State.RUNNING
        if not is_recorded:
            return State.UNKNOWN
        return State.OPEN if due_on is None else State.LATE
    if due_on is None:
        return State.REACHED
    if reached.on <= due_on:
        return State.MET
    return State.REACHED if reached.is_bound else State.LATE


def first_at_least(
    observations: Iterable[Observation], bound: float, *, start: date | None, how: str
) -> Reached | None:
    """When a value first was at or above a bound; observations are ordered by day."""
    for position, seen in enumerate(observations):
        if round(seen.value, 6) >= round(bound, 6):
            late = start is not None and (seen.on - start).days > MEASURED_LATE_DAYS
            return Reached(seen.on, how, is_bound=position == 0 and late)
    return None


# --- Stages ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Course:
    """The days that decide an account's stage; None: not so far."""

    start: date | None = None
    onboarded: date | None = None
    half_of_seats: date | None = None
    adopted: date | None = None
    will_churn: date | None = None
    churned: date | None = None


@dataclass(frozen=True)
class Phase:
    """A stage with the day on which an account entered it, where that is known."""

    stage: Stage
    since: date | None
    is_current: bool
    is_passed: bool

    @property
    def name(self) -> str:
        return gettext(STAGE_NAMES[self.stage])


def adopted_on(
    most_of_seats: date | None, greens: Mapping[str, date], bought: Iterable[str]
) -> date | None:
    """When adoption was done: most seats in use and all bought use cases Green (none named: one)."""
    wanted = list(bought)
    if most_of_seats is None or not greens:
        return None
    if not wanted:
        return max(most_of_seats, min(greens.values()))
    if any(code not in greens for code in wanted):
        return None
    return max(most_of_seats, *(greens[code] for code in wanted))


def phases(course: Course) -> tuple[Phase, ...]:
    """The stages of an account in their order: the furthest that it reached is the current one.

    A stage that nothing tells of is passed over: a customer of old days has no onboarding on record.
    """
    entered = {
        Stage.ONBOARDING: course.start,
        Stage.IMPLEMENTATION: course.onboarded,
        Stage.ADOPTION: course.half_of_seats,
        Stage.OPTIMISE: course.adopted,
        Stage.WILL_CHURN: course.will_churn,
        Stage.CHURNED: course.churned,
    }
    reached = [stage for stage, since in entered.items() if since is not None]
    current = reached[-1] if reached else Stage.ONBOARDING
    shown = [stage for stage in entered if stage in PATH or stage in reached]
    now = shown.index(current)
    return tuple(
        Phase(stage, entered[stage], is_current=place == now, is_passed=place < now)
        for place, stage in enumerate(shown)
    )


# --- Many accounts --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Summary:
    """How many accounts take how long; `within_target` is a share of those that can be judged."""

    reached_count: int
    median_days: float | None
    met_count: int
    late_count: int
    running_count: int

    @property
    def within_target(self) -> float | None:
        judged = self.met_count + self.late_count
        return self.met_count / judged if judged else None


def summary(milestones: Sequence[Milestone]) -> Summary:
    """One goal over many accounts. Late are those that did not reach it in time, reached or not."""
    days = [each.measured_days for each in milestones]
    known = [each for each in days if each is not None]
    states = [each.state for each in milestones]
    return Summary(
        reached_count=sum(each.reached is not None for each in milestones),
        median_days=statistics.median(known) if known else None,
        met_count=states.count(State.MET),
        late_count=states.count(State.LATE),
        running_count=states.count(State.RUNNING),
    )
