"""What the demo's customers want to achieve: success plans with objectives. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from playbooks.demo.book import Customer
from playbooks.demo.curves import chance
from playbooks.demo.errands import SPREAD

PROPOSED, ACCEPTED, DELIVERED, VERIFIED = "proposed", "accepted", "delivered", "verified"
DRAFT, ACTIVE, CLOSED = "draft", "active", "closed"
LEFT = timedelta(days=40)  # ago: when the plan of who left was closed
TERM = 365  # days of a plan
AGREED_AFTER = timedelta(days=16)  # from a draft to the plan that both work by
CHECKED = timedelta(days=12)  # ago: when objectives were last looked at

NONE = frozenset({"silent", "shelfware", "unmapped"})
"""Stories of customers with whom nobody came to write a plan."""
UNTOLD = frozenset({"decline", "cooling"})
"""Stories in which the plan has no highlights: there is nothing to tell."""


@dataclass(frozen=True)
class Goal:
    """An objective: what, from where, to where, and how far it has come."""

    title: str
    baseline: str
    target: str
    outcome: str = ACCEPTED
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Ambition:
    """A success plan, begun so many days ago, and what became of it."""

    days_ago: float
    title: str
    strategy: str
    highlights: str = ""
    state: str = ACTIVE
    goals: tuple[Goal, ...]

    @property
    def first_outcome(self) -> str:
        """Where each objective stood when the plan was written."""
        return PROPOSED if self.state == DRAFT else ACCEPTED

    def starts_at(self, now: datetime) -> datetime:
        return now - timedelta(days=self.days_ago)


TITLES = (
    "Fewer tools, faster releases", "One platform for all teams", "Release every week",
    "Secure by default", "From pilot to standard",
)  # fmt: skip
STRATEGY = (
    "1. Two pilot teams show what is possible.\n2. Templates make it easy for the next ones.\n"
    "3. Their platform team carries it on; we review every quarter.",
    "Begin where the pain is largest: long build queues. Then move one department a quarter, with "
    "office hours every second week.",
    "The sponsor names a lead in each department. We train the leads, they train their teams.",
)
HIGHLIGHTS = (
    "- Median time from merge to production fell from nine days to two\n- Eleven teams use the templates",
    "- Two old CI servers were switched off\n- The auditors took the new evidence without a question",
    "- 40 % more builds on the same runners\n- Their platform team spoke of it at an internal fair",
)
GOALS = (
    Goal("Move builds off Jenkins", "140 jobs on Jenkins", "none by the end of the year"),
    Goal("Deploy from pipelines", "one release a month", "one release a week"),
    Goal("Scan every merge request", "scans in 10 % of the projects", "80 % of the projects"),
    Goal("Bring all developers on board", "55 % of the seats in use", "90 % of the seats in use"),
    Goal("Review code in merge requests", "reviews by e-mail", "an approval for each change"),
    Goal("Find faults before release", "a third found by customers", "fewer than one in ten"),
)
FIRST_GOALS = (
    Goal("First team builds every day", "no pipeline", "twenty builds a day", PROPOSED),
    Goal("A tenth of the seats in use", "none", "10 % in 30 days", PROPOSED),
)
PROOF = "Shown in the last review, with the numbers of their own dashboard."


def ambitions(customer: Customer, *, now: datetime) -> Iterator[Ambition]:
    """The plan of a customer whom a CSM looks after, if there is one, begun since it is a customer."""
    found = _ambition(customer) if customer.csm is not None else None
    if found is not None and found.starts_at(now) >= customer.customer_since:
        yield found


def _ambition(customer: Customer) -> Ambition | None:
    key, story = customer.external_id, customer.plot.story
    if story == "onboarding":
        return Ambition(
            days_ago=min(customer.plot.age * 30.44, TERM) - 12, state=DRAFT, goals=FIRST_GOALS,
            title="First 90 days", strategy="Kick-off, first teams, then the first review.",
        )  # fmt: skip
    days_ago = _begun(customer)
    if story in NONE or days_ago is None:
        return None
    plan = Ambition(
        days_ago=days_ago,
        title=_pick(TITLES, f"{key}:plan title"),
        strategy=_pick(STRATEGY, f"{key}:strategy"),
        highlights="" if story in UNTOLD else _pick(HIGHLIGHTS, f"{key}:highlights"),
        state=CLOSED if story == "churned" else ACTIVE,
        goals=tuple(_goals(customer)),
    )
    draw = chance(f"{key}:plan state")
    if story not in UNTOLD and plan.state == ACTIVE:
        if draw < 0.12:
            waiting = tuple(replace(goal, outcome=PROPOSED, note="") for goal in plan.goals)
            return replace(plan, highlights="", state=DRAFT, goals=waiting)
        if draw < 0.25:
            return replace(plan, highlights="")
    return plan


def _begun(customer: Customer) -> float | None:
    """How many days ago; None where the CSM has not come to write it since they set out to."""
    key = customer.external_id
    if chance(f"{key}:lifecycle") >= 0.3:  # else there is a call to action for it
        return 70 + (SPREAD - 110) * chance(f"{key}:plan began")
    set_out = 190 * chance(f"{key}:plan")
    return set_out - 25 if set_out > 60 else None


def _goals(customer: Customer) -> Iterator[Goal]:
    key = customer.external_id
    first = int(len(GOALS) * chance(f"{key}:first goal"))
    for number in range(2 + int(2 * chance(f"{key}:goals"))):
        goal = GOALS[(first + number) % len(GOALS)]
        if number == 0 and customer.plot.story not in UNTOLD:
            done = VERIFIED if chance(f"{key}:verified") < 0.7 else DELIVERED
            goal = replace(goal, outcome=done, note=PROOF)
        yield goal


def _pick(texts: tuple[str, ...], key: str) -> str:
    return texts[int(len(texts) * chance(key))]
