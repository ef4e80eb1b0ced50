"""Calls to action that the demo's CSMs open by hand: what no score tells. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from playbooks.demo.book import MONTH, Customer
from playbooks.demo.curves import chance

RENEWAL_NOTICE = 120  # days before the end of a subscription
SPREAD = 330  # days over which reviews of large accounts are spread
HIGH, MEDIUM, LOW = 1, 2, 3


@dataclass(frozen=True, kw_only=True)
class Errand:
    """A call to action by hand: when it was opened (days before now) and what about."""

    days_ago: float
    playbook: str
    type: str
    reason: str
    title: str
    summary: str
    priority: int = MEDIUM
    due_in: int = 14
    """Days after the opening."""


def errands(customer: Customer, *, now: datetime) -> Iterator[Errand]:
    """What its CSM opened for a customer, none in the future and none before it was a customer."""
    if customer.csm is None:
        return
    for errand in (*_of_story(customer), *_of_calendar(customer)):
        opened_at = now - timedelta(days=errand.days_ago)
        if customer.customer_since <= opened_at <= now:
            yield errand


def _of_story(customer: Customer) -> Iterator[Errand]:
    name, plot, key = customer.company.name, customer.plot, customer.external_id
    recently = 3 + 15 * chance(f"{key}:recently")
    match plot.story:
        case "onboarding":
            yield Errand(
                days_ago=plot.age * 30.44 - 1, playbook="new-customer-onboarding", due_in=45,
                type="lifecycle", reason="New customer", title="Onboard the first teams",
                summary=f"{name} signed: first value is 10 % of seats in 30 days, onboarded in 45.",
            )  # fmt: skip
        case "overuse":
            yield Errand(
                days_ago=recently, playbook="high-licence-utilisation", type="expansion",
                reason="Licence over-use", title="More users than seats: prepare the true-up",
                summary="Billable users are above the seats bought for more than a month.",
                priority=HIGH,
            )  # fmt: skip
        case "silent":
            yield _data_errand(-(plot.silent_since or 0) * 30.44 - 12, "No usage data any more",
                               "The instance sent its last payload weeks ago.")  # fmt: skip
        case "unmapped":
            yield _data_errand(recently, "License of the new server is not recorded",
                               "Payloads of a server without a known license are waiting.")  # fmt: skip
        case "shelfware":
            yield Errand(
                days_ago=recently, playbook="at-risk", type="risk", reason="Seats not used",
                title="Most seats are bought and not used", priority=HIGH, due_in=7,
                summary="Fewer than half of the seats are in use a year after the purchase.",
            )  # fmt: skip
        case "decline" if customer.is_large:
            yield Errand(
                days_ago=6, playbook="risk-escalation", type="escalation", priority=HIGH, due_in=10,
                reason="Risk escalation", title="Adoption falls in several use cases at once",
                summary="Several components lost their colour within months; the sponsor does not answer.",
            )  # fmt: skip
        case "churned":
            yield Errand(
                days_ago=44, playbook="customer-offboarding", type="lifecycle", reason="Churned",
                title="Off-board and learn why they left",
                summary="Did not renew. Product gaps were not the reason they gave.",
            )  # fmt: skip


def _data_errand(days_ago: float, title: str, summary: str) -> Errand:
    return Errand(
        days_ago=days_ago, playbook="usage-data-enablement", type="activity", reason="Usage data",
        title=title, summary=summary, priority=LOW, due_in=10,
    )  # fmt: skip


def _of_calendar(customer: Customer) -> Iterator[Errand]:
    key, plot = customer.external_id, customer.plot
    if plot.renewal_in is not None and 0 <= plot.renewal_in <= RENEWAL_NOTICE:
        yield Errand(
            days_ago=max(2.0, min(16.0, RENEWAL_NOTICE - plot.renewal_in)), playbook="upcoming-renewal",
            type="renewal", reason="Renewal", title="Prepare the renewal",
            summary=f"The subscription ends within {RENEWAL_NOTICE} days.",
            priority=HIGH if plot.renewal_in < RENEWAL_NOTICE / 2 else MEDIUM, due_in=21,
        )  # fmt: skip
    if customer.is_large:
        yield Errand(
            days_ago=SPREAD * chance(f"{key}:ebr"), playbook="ebr", type="lifecycle", due_in=40,
            reason="EBR due", title="Hold the executive business review",
            summary="The last one was more than eleven months ago.",
        )  # fmt: skip
    draw = chance(f"{key}:lifecycle")
    if draw < 0.3:
        yield Errand(
            days_ago=190 * chance(f"{key}:plan"), playbook="create-success-plan", due_in=21,
            type="lifecycle", reason="No success plan", title="Write the success plan", priority=LOW,
            summary="There is no plan with objectives for this year.",
        )  # fmt: skip
    elif draw < 0.5:
        yield Errand(
            days_ago=120 * chance(f"{key}:sentiment"), playbook="stale-sentiment", due_in=10,
            type="lifecycle", reason="Stale sentiment", title="Update the sentiment", priority=LOW,
            summary="Nobody has said for 90 days how the customer feels.",
        )  # fmt: skip
    elif draw < 0.68:
        yield Errand(
            days_ago=90 * chance(f"{key}:engaged"), playbook="non-engaged-customer", due_in=14,
            type="activity", reason="No call in 60 days", title="Get back in touch",
            summary="No call or meeting in two months.",
        )  # fmt: skip
    elif draw < 0.78:
        yield Errand(
            days_ago=150 + MONTH.days * chance(f"{key}:handoff"), playbook="account-handoff",
            type="lifecycle", reason="Hand-off", title="Take the account over",
            summary="The account changed its CSM with the new territories.",
        )  # fmt: skip
