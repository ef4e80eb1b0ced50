"""What the demo's customers tell: support cases, and answers to surveys. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from playbooks.demo.book import Customer, contacts
from playbooks.demo.curves import chance
from playbooks.demo.talks import GREEN, MOODS, RED, YELLOW

Told = dict[str, object]

LOOK_BACK = 75  # days of which cases are told
NPS_DAYS, CSAT_DAYS = 330, 160
OFTEN = {
    "decline": 15, "migration": 44, "overuse": 8, "onboarding": 9, "cooling": 7, "group": 6,
    "silent": 0, "churned": 0, "unmapped": 0,
}  # fmt: skip
"""Cases in that time, where it is not the usual number."""
SELDOM = 4
URGENT = {"decline": 0.8, "migration": 0.9, "recovered": 0.0}
SELDOM_URGENT = 0.06
SUBJECTS = (
    "Runners wait at noon", "Single sign-on loops after an upgrade", "Backup takes six hours",
    "Merge request page is slow", "License shows too many users", "Container registry is full",
    "Pipeline does not start on a tag", "Search finds no code", "Mirror stopped over night",
)  # fmt: skip
SCORES: dict[str, tuple[Sequence[int], Sequence[int]]] = {
    GREEN: ((9, 10, 9, 8, 10), (5, 4, 5)),
    YELLOW: ((7, 8, 9, 6, 7), (4, 3, 4)),
    RED: ((3, 6, 7, 5, 4), (2, 3, 2)),
}
"""NPS and CSAT that people give, by how the CSM sees the customer."""
SAID = {
    GREEN: "It saves us a day a week.",
    YELLOW: "Good where it is used; few of us had a training.",
    RED: "Promised more than it keeps, and nobody called back.",
}


def cases(customer: Customer, *, now: datetime) -> Iterator[Told]:
    """Support cases of the last weeks, oldest first."""
    key, story = customer.external_id, customer.plot.story
    count = _count(customer)
    moments = sorted(_moment(f"{key}:case {n}", LOOK_BACK, now) for n in range(count))
    is_urgent = chance(f"{key}:urgent") < URGENT.get(story, SELDOM_URGENT)
    for number, opened_at in enumerate(moments, start=1):
        case = f"{key}:case of {number}"
        last = number == count
        if opened_at < customer.customer_since:
            continue
        closed_at = opened_at + timedelta(days=0.5 + 9 * chance(f"{case}:closed"))
        is_open = closed_at > now or (last and is_urgent and story != "migration")
        draw = chance(f"{case}:priority")
        usual = "high" if draw < 0.2 else "low" if draw > 0.8 else "normal"
        yield {
            "external_id": f"CS-{key.rpartition('-')[2]}{number:03}",
            "account": key,
            "opened_at": opened_at,
            "closed_at": None if is_open else closed_at,
            "priority": "urgent" if last and is_urgent else usual,
            "subject": SUBJECTS[int(len(SUBJECTS) * chance(f"{case}:subject"))],
        }


def answers(customer: Customer, *, now: datetime) -> Iterator[Told]:
    """What those people said who answer surveys; where nobody is in touch, nobody does."""
    if customer.csm is None and customer.plot.silent_since is not None:
        return
    key = customer.external_id
    mood = MOODS.get(customer.plot.story, (GREEN, GREEN))[-1]
    asked = [person for person in contacts(customer) if not person.opted_out_of_surveys]
    for person in asked:
        for position, (kind, days) in enumerate((("nps", NPS_DAYS), ("csat", CSAT_DAYS))):
            of_person = f"{key}:{person.persona}:{kind}"
            answered_at = _moment(of_person, days, now)
            if chance(f"{of_person}:answers") > 0.45 or answered_at < customer.customer_since:
                continue
            scores = SCORES[mood][position]
            yield {
                "external_id": f"{kind.upper()}-{key}-{person.persona}",
                "account": key,
                "kind": kind,
                "score": scores[int(len(scores) * chance(f"{of_person}:score"))],
                "answered_at": answered_at,
                "contact": person.email,
                "comment": SAID[mood] if chance(f"{of_person}:says") < 0.4 else "",
            }


def _count(customer: Customer) -> int:
    story = customer.plot.story
    usual = OFTEN.get(story, SELDOM)
    return round(usual * (0.4 + 0.9 * chance(f"{customer.external_id}:cases")))


def _moment(key: str, days: int, now: datetime) -> datetime:
    """Sometime in the last days, to the minute; not in the last hours, which are nobody's yet."""
    ago = timedelta(days=0.3 + (days - 0.3) * chance(f"{key}:when"))
    return (now - ago).replace(second=0, microsecond=0)
