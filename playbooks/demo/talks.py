"""What the demo's CSMs noted of their calls and meetings, and how they see each customer. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from playbooks.demo.book import Customer
from playbooks.demo.curves import chance
from playbooks.demo.work import FIRST_HOUR, HOURS, SATURDAY

MONTH_DAYS = 30.44
NOTED_DAYS = 300  # nobody kept a timeline before
UPDATES_DAYS_AGO = (95.0, 33.0)  # of the last two health updates
KICK_OFF_DAY = 9
CALL, MEETING, UPDATE, EBR = "call", "meeting", "health_update", "ebr"
ESCALATION, WORKSHOP = "escalation", "workshop"
GREEN, YELLOW, RED = "green", "yellow", "red"

RHYTHM = {"silent": (58.0, 66.0), "shelfware": (71.0, 62.0), "churned": (96.0, 45.0)}
"""Days since the last call, and between two of them, where it is not the usual rhythm."""
USUAL = (9.0, 52.0)
MOODS = {
    "decline": (YELLOW, RED), "cooling": (GREEN, YELLOW), "migration": (GREEN, RED),
    "shelfware": (YELLOW, YELLOW), "silent": (GREEN, YELLOW), "unmapped": (GREEN, YELLOW),
    "churned": (YELLOW, RED), "recovered": (YELLOW, GREEN), "dipping": (GREEN, GREEN),
}  # fmt: skip
"""How the CSM saw the customer in the update before the last one, and in the last one."""
SEEN = {
    GREEN: "They tell us that it works, and that more teams ask for it. **Next:** agree on the goals of the next quarter.",
    YELLOW: "Use is uneven: two teams are ahead, the others wait.\n\n- ask the sponsor for a date\n- offer a workshop",
    RED: "The sponsor has left and nobody speaks for us. Renewal is *at risk*.\n\n- find a new sponsor\n- escalate to their account executive",
}
CALLED: Sequence[tuple[str, str]] = (
    ("Monthly call", "What went well, what is open, who is new. Minutes sent the same day."),
    ("Call about the pipelines of two new teams", "They want templates. We showed them the catalogue."),
    ("Call with the platform team", "- upgrade planned for next month\n- runners are slow at noon"),
    ("Roadmap call", "They asked for compliance reports; product takes part in the next call."),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Talk:
    """An entry of a timeline: how many days ago it happened, what it was, how many guests it had."""

    days_ago: float
    kind: str
    subject: str
    notes: str
    sentiment: str = ""
    guests: int = 0

    def moment(self, now: datetime, key: str) -> datetime:
        """In working hours of a working day."""
        day = (now - timedelta(days=self.days_ago)).date()
        day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= SATURDAY else 0)
        minutes = int(chance(f"{key}:{self.kind}:{self.days_ago}") * HOURS * 60)
        return datetime.combine(day, time(FIRST_HOUR), now.tzinfo) + timedelta(minutes=minutes)


def talks(customer: Customer, *, now: datetime) -> Iterator[Talk]:
    """What its CSM noted of a customer, none of it in the future or long before it was one."""
    if customer.csm is None:
        return
    told = (*_calls(customer), *_updates(customer), *_occasions(customer))
    for talk in sorted(told, key=lambda talk: -talk.days_ago):
        since = customer.customer_since
        if since <= now - timedelta(days=talk.days_ago) and talk.days_ago <= NOTED_DAYS:
            yield talk


def _calls(customer: Customer) -> Iterator[Talk]:
    key = customer.external_id
    last, step = RHYTHM.get(customer.plot.story, USUAL)
    if customer.is_large:
        step *= 0.6
    last += 16 * chance(f"{key}:last call")
    for number in range(4):
        subject, notes = CALLED[(number + int(4 * chance(f"{key}:calls"))) % len(CALLED)]
        yield Talk(
            days_ago=last + number * step,
            kind=MEETING if number % 3 == 2 else CALL,
            subject=subject,
            notes=notes,
            guests=1 + number % 3,
        )


def _updates(customer: Customer) -> Iterator[Talk]:
    moods = MOODS.get(customer.plot.story, (GREEN, GREEN))
    late = 20 * chance(f"{customer.external_id}:update")
    for days_ago, mood in zip(UPDATES_DAYS_AGO, moods, strict=True):
        yield Talk(
            days_ago=days_ago + late,
            kind=UPDATE,
            subject="Monthly health update",
            notes=SEEN[mood],
            sentiment=mood,
        )


def _occasions(customer: Customer) -> Iterator[Talk]:
    key, plot = customer.external_id, customer.plot
    if plot.story == "onboarding":
        yield Talk(
            days_ago=plot.age * MONTH_DAYS - KICK_OFF_DAY - 9 * chance(f"{key}:kick-off"),
            kind=MEETING, subject="Kick-off", sentiment=GREEN, guests=3,
            notes="Goals of the first 90 days, who decides, who does the work. First teams chosen.",
        )  # fmt: skip
    if customer.is_large:
        yield Talk(
            days_ago=130 + 120 * chance(f"{key}:review"), kind=EBR, guests=4,
            subject="Executive business review",
            notes="### What was reached\n\n- fewer tools\n- releases every week\n\nThey want the same for security.",
        )  # fmt: skip
    if plot.story == "decline":
        yield Talk(
            days_ago=5, kind=ESCALATION, guests=1, subject="Adoption falls: taken to their director",
            notes="A call with their director of engineering is asked for this week.",
        )  # fmt: skip
    if plot.story in {"scanning", "beginning"}:
        yield Talk(
            days_ago=24, kind=WORKSHOP, guests=2, subject="Workshop: first pipelines with scanners",
            notes="Twelve people, three projects. Two of them scan on every merge request now.",
        )  # fmt: skip
