"""What the demo's CSMs did about a call to action: acts at times after it was opened. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

from playbooks.demo.curves import chance

SATURDAY = 5
PAUSE = timedelta(minutes=11)
LONGEST_WAIT = 7  # days until somebody gets to it
FIRST_HOUR, HOURS = 7, 9  # UTC; when people work


class Do(StrEnum):
    START = "start"
    COMMENT = "comment"
    TICK = "tick"
    TICK_REQUIRED = "tick_required"
    SNOOZE = "snooze"
    CLOSE = "close"


@dataclass(frozen=True)
class Act:
    """One thing done so many days after the call to action was opened."""

    after_days: float
    do: Do
    text: str = ""
    status: str = ""
    days: int = 0


@dataclass(frozen=True)
class Subject:
    """What decides how somebody works on a call to action."""

    key: str
    type: str
    component: str
    story: str


START = Act(0.4, Do.START)

FOUND = {
    "ci": (
        "Runner fleet was rebuilt and two groups still build on the old Jenkins. Their platform team confirmed it.",
        "Most of the missing builds are the nightly regression suite, which was switched to weekly to save runner cost.",
        "One business unit moved its pipelines away during the re-organisation; nobody told the platform team.",
    ),
    "cd": (
        "Deployments go through a change board again since the incident in production. They batch releases now.",
        "The Kubernetes clusters moved; the deployment jobs run, but report no environment any more.",
    ),
    "scm": (
        "Contractors' contracts ended with the quarter; the remaining teams push as before.",
        "A large repository was split and half of the teams work in a read-only mirror for now.",
    ),
    "security": (
        "Scanners were taken out of the default pipeline template because they took 14 minutes. AppSec was not asked.",
        "Only secret detection is left: the others failed for weeks without anybody looking.",
    ),
    "license_utilization": (
        "Seats were bought for a team whose start has slipped to next quarter.",
        "They clean up inactive users each month now; 90 blocked accounts no longer count.",
    ),
    "user_engagement": (
        "Single sign-on was changed and many people have not signed in again since.",
        "Project managers went back to their old board; developers are as active as before.",
    ),
    "": (
        "Spoke with the champion: agreed on the next step and who does it.",
        "Sent the summary with numbers of the last three months; waiting for dates from their side.",
        "They want it, but not before the budget round is over.",
    ),
}  # fmt: skip
MOVED = (
    "The installation moved to a new data centre that weekend; most runners were never registered again.",
    "After the move two divisions were told to use the old Jenkins until further notice. That was weeks ago.",
    "Upgrade and move in one step: shared runners lost their cache, so builds time out and teams gave up.",
)
NEXT = (
    "Workshop agreed for next week with their platform team; product expert joins.",
    "They named an owner on their side. We look at the numbers together in two weeks.",
    "Shared the migration guide and office hours; first team goes back this sprint.",
    "Champion is on leave until Monday; his deputy takes the first two steps.",
)
FALSE_ALARMS = (
    "Public holidays and a code freeze: builds were back the week after.",
    "A payload was sent in the middle of an upgrade; the next one has the usual numbers.",
    "Yearly shutdown of the plants. Nothing has changed in how they work.",
)
SNOOZES = (
    "Code freeze until the release is out; they asked us not to call before.",
    "Champion is on parental leave; the deputy starts on that day.",
    "Budget decision is due that week.",
    "They finish the data centre move first.",
)
AGREED = (
    "Cause is known and the way back is agreed with dates; the next months' scores will show it.",
    "Their new platform owner took over the plan. We follow it in the monthly call.",
    "Enablement is done with the two largest teams; the rest follows without us.",
)
SOLVED = (
    "Numbers are back where they were; champion confirms that all teams are on board again.",
    "Runners are back, so are the builds: the newest payload shows it.",
    "Every team is back; champion confirmed it in the monthly call.",
)
DONE = (
    "All done and sent to the account team.",
    "Held, written down, and the next date is in the calendar.",
    "Done with the customer; they were glad that somebody asked.",
)


def acts(subject: Subject, *, seed: int) -> tuple[Act, ...]:
    """All that is done about it in the end, oldest first; what lies after now has not happened yet."""
    wait = LONGEST_WAIT * chance(f"{seed}:{subject.key}:wait")
    return tuple(
        replace(act, after_days=act.after_days + wait) for act in _course(subject, seed=seed)
    )


def _course(subject: Subject, *, seed: int) -> tuple[Act, ...]:
    texts = _Texts(subject, seed)
    draw, length = (chance(f"{seed}:{subject.key}:{what}") for what in ("course", "length"))
    if subject.story == "dipping" and subject.component:
        return _false_alarm(texts)
    if subject.story == "recovered" and subject.component:
        return _success(texts, days=24)
    if subject.story == "onboarding" and subject.type == "lifecycle":
        return _success(texts, days=41)
    if draw < 0.46:
        return _success(texts, days=11 + 20 * length)
    if draw < 0.57:
        return _snoozed(texts, days=12 + int(24 * length))
    if draw < 0.74:
        return _late(texts)
    if subject.type == "lifecycle" and draw < 0.88:
        return _closed("not_needed", "Was done with their new contract; nothing left to do.", texts)
    return _closed(
        "lost_not_a_priority", "Not a priority for them now: back in the next review.", texts
    )


def timed(
    planned: Sequence[Act], *, opened_at: datetime, key: str
) -> Iterator[tuple[datetime, Act]]:
    """When each act happens: in working hours of working days, one after the other."""
    earliest = opened_at
    for act in planned:
        moment = opened_at + timedelta(days=act.after_days)
        minutes = int(chance(f"{key}:{act.do}:{act.after_days}") * HOURS * 60)
        at_work = datetime.combine(moment.date(), time(FIRST_HOUR), moment.tzinfo)
        at_work = max(at_work + timedelta(minutes=minutes), earliest + PAUSE)
        while at_work.weekday() >= SATURDAY:
            at_work += timedelta(days=1)
        yield at_work, act
        earliest = at_work


class _Texts:
    def __init__(self, subject: Subject, seed: int) -> None:
        self._key = f"{seed}:{subject.key}"
        self._component = subject.component
        self._story = subject.story

    def found(self) -> str:
        if self._story == "migration" and self._component:
            return self._pick(MOVED, "found")
        return self._pick(FOUND.get(self._component, FOUND[""]), "found")

    def next(self) -> str:
        return self._pick(NEXT, "next")

    def false_alarm(self) -> str:
        return self._pick(FALSE_ALARMS, "false")

    def snooze(self) -> str:
        return self._pick(SNOOZES, "snooze")

    def solved(self) -> str:
        if self._story == "recovered" and self._component:
            return self._pick(SOLVED, "solved")
        return self._pick(AGREED if self._component else DONE, "solved")

    def _pick(self, texts: Sequence[str], what: str) -> str:
        return texts[int(len(texts) * chance(f"{self._key}:{what}"))]


def _success(texts: _Texts, *, days: float) -> tuple[Act, ...]:
    return (
        START,
        Act(1.6, Do.TICK),
        Act(2.2, Do.COMMENT, texts.found()),
        Act(days * 0.5, Do.TICK),
        Act(days * 0.55, Do.COMMENT, texts.next()),
        Act(days, Do.TICK_REQUIRED),
        Act(days + 0.1, Do.CLOSE, texts.solved(), status="success"),
    )


def _late(texts: _Texts) -> tuple[Act, ...]:
    """Lies about for weeks, then is given up."""
    return (
        Act(6.5, Do.START),
        Act(8, Do.COMMENT, "Called twice and wrote an e-mail: no answer yet."),
        Act(15, Do.COMMENT, texts.found()),
        Act(
            27,
            Do.CLOSE,
            "No answer in four weeks; raised with their sponsor.",
            status="lack_of_engagement",
        ),
    )


def _snoozed(texts: _Texts, *, days: int) -> tuple[Act, ...]:
    return (
        START,
        Act(1.5, Do.COMMENT, texts.found()),
        Act(2.4, Do.SNOOZE, texts.snooze(), days=days),
        Act(days + 4, Do.TICK),
        Act(days + 9, Do.TICK_REQUIRED),
        Act(days + 9.1, Do.CLOSE, texts.solved(), status="success"),
    )


def _false_alarm(texts: _Texts) -> tuple[Act, ...]:
    return Act(0.5, Do.START), Act(2.3, Do.CLOSE, texts.false_alarm(), status="not_relevant")


def _closed(status: str, why: str, texts: _Texts) -> tuple[Act, ...]:
    return (
        Act(2.5, Do.START),
        Act(3.5, Do.COMMENT, texts.found()),
        Act(9, Do.TICK),
        Act(16, Do.CLOSE, why, status=status),
    )
