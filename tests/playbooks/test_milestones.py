"""Days to each milestone, stages and medians: rules without a database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from playbooks.milestones import (
    Course,
    Goal,
    Milestone,
    Observation,
    Reached,
    Stage,
    State,
    adopted_on,
    first_at_least,
    milestone,
    phases,
    summary,
    was_recorded,
)

START = date(2026, 6, 1)
FIRST_VALUE = Goal("first_value", "First value", 30)
NO_TARGET = Goal("half_of_seats", "50 % of seats")


def on(day: int) -> date:
    return START + timedelta(days=day)


def stood(
    reached: int | None, today: int, *, goal: Goal = FIRST_VALUE, is_bound: bool = False
) -> Milestone:
    found = None if reached is None else Reached(on(reached), "found", is_bound=is_bound)
    return milestone(goal, found, start=START, today=on(today))


@pytest.mark.parametrize(
    ("shown", "state", "days", "words"),
    [
        pytest.param(stood(12, 90), State.MET, 12, "day 12", id="reached in time"),
        pytest.param(stood(30, 90), State.MET, 30, "day 30", id="the target's day is in time"),
        pytest.param(stood(31, 90), State.LATE, 31, "day 31", id="reached a day late"),
        pytest.param(stood(-9, 90), State.MET, -9, "day −9", id="reached in the trial"),  # noqa: RUF001 - the real minus
        pytest.param(stood(None, 30), State.RUNNING, None, "0 days left", id="due today"),
        pytest.param(stood(None, 29), State.RUNNING, None, "1 day left", id="a day left"),
        pytest.param(stood(None, 33), State.LATE, None, "3 days overdue", id="overdue"),
        pytest.param(
            stood(70, 90, is_bound=True),
            State.REACHED,
            70,
            "by day 70 at the latest",
            id="measured late: nobody can judge it",
        ),
        pytest.param(
            stood(20, 90, is_bound=True),
            State.MET,
            20,
            "by day 20 at the latest",
            id="at the latest in time is in time",
        ),
        pytest.param(
            stood(70, 90, goal=NO_TARGET), State.REACHED, 70, "day 70", id="reached, no target"
        ),
        pytest.param(
            stood(None, 90, goal=NO_TARGET), State.OPEN, None, "not yet", id="open, no target"
        ),
    ],
)
def test_how_an_account_stands(shown: Milestone, state: State, days: int, words: str) -> None:
    assert (shown.state, shown.days, shown.words) == (state, days, words)


def test_without_a_start_there_are_no_days() -> None:
    reached = milestone(FIRST_VALUE, Reached(on(3), "found"), start=None, today=on(9))
    assert (reached.state, reached.days, reached.words) == (State.REACHED, None, "reached")
    missing = milestone(FIRST_VALUE, None, start=None, today=on(9))
    assert (missing.state, missing.words) == (State.UNKNOWN, "not known")


@pytest.mark.parametrize(
    ("goal", "today", "state", "words"),
    [
        pytest.param(FIRST_VALUE, 20, State.RUNNING, "10 days left", id="there is time"),
        pytest.param(FIRST_VALUE, 90, State.UNKNOWN, "not known", id="no data is not missed"),
        pytest.param(NO_TARGET, 90, State.UNKNOWN, "not known", id="nor without a target"),
    ],
)
def test_what_is_not_recorded_is_not_late(goal: Goal, today: int, state: State, words: str) -> None:
    shown = milestone(goal, None, start=START, today=on(today), is_recorded=False)
    assert (shown.state, shown.words) == (state, words)


@pytest.mark.parametrize(
    ("start", "since", "today", "recorded"),
    [
        pytest.param(START, on(-400), on(90), True, id="records are older than the customer"),
        pytest.param(START, on(46), on(90), False, id="nobody noted anything then"),
        pytest.param(START, None, on(90), False, id="nobody has noted anything yet"),
        pytest.param(START, None, on(9), True, id="nothing yet, of a new customer"),
        pytest.param(None, on(0), on(90), False, id="no start"),
    ],
)
def test_records_go_back_to_the_start_or_not(
    start: date | None,
    since: date | None,
    today: date,
    recorded: bool,  # noqa: FBT001 - of the table
) -> None:
    assert was_recorded(start, since, today=today) is recorded


def test_a_stage_is_passed_ahead_or_now() -> None:
    told = phases(Course(start=START, half_of_seats=on(20)))
    assert [(phase.is_passed, phase.is_current) for phase in told] == [
        (True, False),
        (True, False),
        (False, True),
        (False, False),
    ]


def test_a_bound_is_no_measured_day() -> None:
    assert stood(70, 90, is_bound=True).measured_days is None
    assert stood(70, 90).measured_days == 70
    assert stood(None, 90).measured_days is None


def seats(*shares: tuple[int, float]) -> list[Observation]:
    return [Observation(on(day), share) for day, share in shares]


def reached(*shares: tuple[int, float], start: date | None = START) -> Reached | None:
    return first_at_least(seats(*shares), 0.1, start=start, how="seats")


def test_the_first_day_at_the_bound_counts() -> None:
    found = reached((5, 0.04), (35, 0.1), (65, 0.09), (95, 0.5))
    assert found is not None
    assert found.on == on(35)
    assert not found.is_bound


def test_noise_of_a_sum_does_not_miss_the_bound() -> None:
    assert reached((5, 0.0999999999)) is not None


def test_what_was_never_reached_is_not() -> None:
    assert reached((5, 0.04), (35, 0.09)) is None
    assert reached() is None


@pytest.mark.parametrize(
    ("day", "start", "is_bound"),
    [
        pytest.param(45, START, False, id="the first months of measuring are exact enough"),
        pytest.param(46, START, True, id="measured from later on, it may have been long before"),
        pytest.param(46, None, False, id="without a start nothing is late"),
    ],
)
def test_a_first_measurement_long_after_the_start_is_a_bound(
    day: int,
    start: date | None,
    is_bound: bool,  # noqa: FBT001 - of the table
) -> None:
    found = reached((day, 0.4), start=start)
    assert found is not None
    assert found.is_bound is is_bound


# --- Stages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("course", "stage", "since"),
    [
        pytest.param(Course(), Stage.ONBOARDING, None, id="nothing known"),
        pytest.param(Course(start=START), Stage.ONBOARDING, START, id="just begun"),
        pytest.param(
            Course(start=START, onboarded=on(40)), Stage.IMPLEMENTATION, on(40), id="onboarded"
        ),
        pytest.param(
            Course(start=START, half_of_seats=on(20)),
            Stage.ADOPTION,
            on(20),
            id="half rolled out without an onboarding on record",
        ),
        pytest.param(
            Course(start=START, onboarded=on(40), half_of_seats=on(20), adopted=on(90)),
            Stage.OPTIMISE,
            on(90),
            id="adopted",
        ),
        pytest.param(
            Course(start=START, adopted=on(90), will_churn=on(200)),
            Stage.WILL_CHURN,
            on(200),
            id="will churn goes before what it uses",
        ),
        pytest.param(
            Course(start=START, will_churn=on(200), churned=on(300)),
            Stage.CHURNED,
            on(300),
            id="churned is the end",
        ),
    ],
)
def test_the_furthest_stage_is_the_current_one(
    course: Course, stage: Stage, since: date | None
) -> None:
    [current] = [phase for phase in phases(course) if phase.is_current]
    assert (current.stage, current.since) == (stage, since)


def test_stages_of_churn_are_shown_only_where_they_are_true() -> None:
    assert [phase.name for phase in phases(Course(start=START))] == [
        "Onboarding",
        "Implementation",
        "Adoption",
        "Optimise and grow",
    ]
    assert phases(Course(start=START, churned=on(9)))[-1].name == "Churned"


GREENS = {"ci": on(70), "scm": on(30)}


@pytest.mark.parametrize(
    ("most_of_seats", "greens", "bought", "day"),
    [
        pytest.param(on(50), GREENS, (), on(50), id="nothing named: one Green use case will do"),
        pytest.param(on(50), GREENS, ("ci",), on(70), id="the bought one has to be Green"),
        pytest.param(on(50), GREENS, ("ci", "scm"), on(70), id="all bought ones have to be"),
        pytest.param(on(50), GREENS, ("cd",), None, id="another one does not count"),
        pytest.param(on(50), {}, (), None, id="nothing is Green"),
        pytest.param(None, GREENS, (), None, id="seats are missing"),
    ],
)
def test_adoption_is_done_with_seats_and_use_case(
    most_of_seats: date | None, greens: dict[str, date], bought: tuple[str, ...], day: date | None
) -> None:
    assert adopted_on(most_of_seats, greens, bought) == day


# --- Many accounts --------------------------------------------------------------------------------


def test_a_summary_counts_what_can_be_judged() -> None:
    told = summary(
        [
            *(stood(day, 90) for day in (10, 20, 60)),
            stood(70, 90, is_bound=True),
            stood(None, 90),
            stood(None, 3),
        ]
    )
    assert told.median_days == 20
    assert (told.met_count, told.late_count, told.running_count) == (2, 2, 1)
    assert told.reached_count == 4
    assert told.within_target == 0.5


def test_a_summary_of_nothing_known_is_not_zero() -> None:
    told = summary([stood(None, 3)])
    assert told.median_days is None
    assert told.within_target is None
