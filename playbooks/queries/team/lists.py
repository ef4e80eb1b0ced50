"""The lists behind the numbers: each is a row here, with the accounts that it holds.

A number on the page is the count of its list, so that the two cannot differ. A list that is new is one
more `AccountList`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from accounts.models import Subscription, SuccessPlan, TimelineActivity
from accounts.querysets import AccountQuerySet
from playbooks.models import CallToAction
from playbooks.queries.team.scope import Scope
from usage.models import Instance, Snapshot
from usage.queries.versions import Major, newest_major

MEETING_DAYS = 14
ONBOARDING_DAYS = 45
ONBOARDING = "new-customer-onboarding"  # code of the playbook
NEW_FOR_DAYS = 180  # afterwards a customer is not told to be late with the first meeting
EBR_DAYS = 365
RENEWAL_DAYS = 120
SENTIMENT_DAYS = 90
CALL_DAYS = {1: 30, 2: 60}  # by an account's priority
SILENT_DAYS = 60
MAJORS_BEHIND = 1  # more than so many is outdated
COLORS = ("Green", "Yellow", "Red")
ADOPTED_TOP = 3  # and more


@dataclass(frozen=True)
class AccountList:
    """Accounts that have one thing in common; `why` says in words what brings an account here."""

    code: str
    title: StrOrPromise
    why: StrOrPromise
    accounts: Callable[[Scope], AccountQuerySet]
    color: str = ""
    before: str = ""  # the colour of the month before


Activity = TimelineActivity.objects


def _first_meeting(scope: Scope) -> AccountQuerySet:
    begun = Q(
        customer_since__lt=scope.day_ago(MEETING_DAYS),
        customer_since__gte=scope.day_ago(NEW_FOR_DAYS),
    )
    met = Activity.engagements().filter(account=OuterRef("pk"), happened_at__lte=scope.now)
    return scope.customers.filter(begun, ~Exists(met))


def _onboarding(scope: Scope) -> AccountQuerySet:
    running = CallToAction.objects.live().filter(
        account=OuterRef("pk"), playbook_version__playbook__code=ONBOARDING
    )
    begun = Q(customer_since__lt=scope.day_ago(ONBOARDING_DAYS))
    return scope.customers.filter(begun, Exists(running))


def _success_plan(scope: Scope) -> AccountQuerySet:
    plans = SuccessPlan.objects.open().filter(account=OuterRef("pk"))
    return scope.customers.filter(~Exists(plans))


def _ebr(scope: Scope) -> AccountQuerySet:
    held = Activity.kept().filter(
        account=OuterRef("pk"),
        kind=TimelineActivity.Kind.EBR,
        happened_at__gte=scope.ago(EBR_DAYS),
        happened_at__lte=scope.now,
    )
    known = Q(customer_since__lte=scope.day_ago(EBR_DAYS))
    return scope.customers.filter(known, ~Exists(held))


def _renewal(scope: Scope) -> AccountQuerySet:
    last = scope.today + timedelta(days=RENEWAL_DAYS)
    ending = Subscription.objects.active_on(scope.today).filter(
        account=OuterRef("pk"), end_date__lte=last
    )
    return scope.customers.filter(Exists(ending))


def _sentiment(scope: Scope) -> AccountQuerySet:
    said = Activity.sentiments().filter(
        account=OuterRef("pk"),
        happened_at__gte=scope.ago(SENTIMENT_DAYS),
        happened_at__lte=scope.now,
    )
    known = Q(customer_since__lte=scope.day_ago(SENTIMENT_DAYS))
    return scope.customers.filter(known, ~Exists(said))


def _call(priority: int) -> Callable[[Scope], AccountQuerySet]:
    days = CALL_DAYS[priority]

    def accounts(scope: Scope) -> AccountQuerySet:
        spoke = Activity.engagements().filter(
            account=OuterRef("pk"), happened_at__gte=scope.ago(days), happened_at__lte=scope.now
        )
        known = Q(priority=priority, customer_since__lte=scope.day_ago(days))
        return scope.customers.filter(known, ~Exists(spoke))

    return accounts


def _counting(**fields: object) -> Q:
    return Q(
        kind=Instance.Kind.PRODUCTION,
        opted_out_of_health=False,
        subscription__account=OuterRef("pk"),
        **fields,
    )


def _silent(scope: Scope) -> AccountQuerySet:
    silent = Instance.objects.filter(_counting(last_reported_at__lt=scope.ago(SILENT_DAYS)))
    return scope.customers.filter(Exists(silent))


def _unknown(scope: Scope) -> AccountQuerySet:
    unknown = Instance.objects.filter(
        kind=Instance.Kind.UNKNOWN, subscription__account=OuterRef("pk")
    )
    return scope.customers.filter(Exists(unknown))


def _outdated(scope: Scope) -> AccountQuerySet:
    """One query to learn the newest version."""
    newest = newest_major()
    if newest is None:
        return scope.customers.none()
    heard = _counting(last_reported_at__gte=scope.ago(SILENT_DAYS))
    old = Instance.objects.alias(major=Major("version")).filter(
        heard, major__lt=newest - MAJORS_BEHIND
    )
    return scope.customers.filter(Exists(old))


def _not_reporting(scope: Scope) -> AccountQuerySet:
    month = scope.last_month
    reported = Snapshot.objects.filter(
        period=month,
        instance__kind=Instance.Kind.PRODUCTION,
        instance__opted_out_of_health=False,
        instance__subscription__account=OuterRef("pk"),
    )
    return scope.running_last_month.filter(~Exists(reported))


LATE = (
    AccountList(
        "first-meeting", _("No meeting within 14 days"),
        _("New customers (up to 180 days) without a call or meeting 14 days after their start."),
        _first_meeting,
    ),
    AccountList(
        "onboarding", _("Onboarding not finished in 45 days"),
        _("Customers for more than 45 days whose onboarding call to action is still open."),
        _onboarding,
    ),
    AccountList(
        "success-plan", _("Success plan missing"), _("No success plan is a draft or active."),
        _success_plan,
    ),
    AccountList(
        "ebr", _("EBR due"), _("Customers for a year or more, without an EBR in the last 12 months."), _ebr
    ),
    AccountList(
        "renewal", _("Renewal in 120 days"), _("A running subscription ends within 120 days."), _renewal
    ),
    AccountList(
        "sentiment", _("Sentiment older than 90 days"),
        _("Nobody has said how the account stands in the last 90 days."), _sentiment,
    ),
    AccountList(
        "call-1", _("No call in 30 days, priority 1"),
        _("Accounts of priority 1 without a call or meeting in the last 30 days."), _call(1),
    ),
    AccountList(
        "call-2", _("No call in 60 days, priority 2"),
        _("Accounts of priority 2 without a call or meeting in the last 60 days."), _call(2),
    ),
    AccountList(
        "silent", _("Instance went silent"),
        _("A Production instance has not reported for 60 days."), _silent,
    ),
    AccountList(
        "unknown", _("Unknown instances"),
        _("An instance that nobody has labelled: it does not count until somebody does."), _unknown,
    ),
    AccountList(
        "outdated", _("Outdated version"),
        _("A Production instance runs a version more than one major behind the newest seen."),
        _outdated,
    ),
)  # fmt: skip


def _colored(color: str) -> Callable[[Scope], AccountQuerySet]:
    def accounts(scope: Scope) -> AccountQuerySet:
        of_color = scope.current_cards.filter(color=color).values("account")
        return scope.customers.filter(pk__in=of_color)

    return accounts


def _without_card(scope: Scope) -> AccountQuerySet:
    return scope.customers.filter(~Exists(scope.current_cards.filter(account=OuterRef("pk"))))


def _moved(before: str, now: str) -> Callable[[Scope], AccountQuerySet]:
    def accounts(scope: Scope) -> AccountQuerySet:
        was = scope.cards_of(scope.month_before).filter(color=before)
        became = scope.cards_of(scope.last_month).filter(color=now)
        both = Q(pk__in=was.values("account")) & Q(pk__in=became.values("account"))
        return scope.customers.filter(both)

    return accounts


def _adopted(count: int) -> Callable[[Scope], AccountQuerySet]:
    def accounts(scope: Scope) -> AccountQuerySet:
        operator = "gte" if count == ADOPTED_TOP else "exact"
        cards = scope.current_cards.filter(**{f"use_cases_adopted__{operator}": count})
        return scope.customers.filter(pk__in=cards.values("account"))

    return accounts


def _adopted_unknown(scope: Scope) -> AccountQuerySet:
    told = scope.current_cards.filter(use_cases_adopted__isnull=False, account=OuterRef("pk"))
    return scope.customers.filter(~Exists(told))


HEALTH = (
    *(
        AccountList(
            f"health-{color.lower()}", format_lazy(_("Health {color}"), color=_(color)),
            _("By the current score."), _colored(color), color,
        )
        for color in COLORS
    ),
    AccountList("health-na", _("Health NA"), _("No score, or its data is too old."), _without_card),
)  # fmt: skip
MOVED = tuple(
    AccountList(
        f"moved-{before.lower()}-{now.lower()}", format_lazy(_("{before} to {now}"), before=_(before), now=_(now)),
        format_lazy(
            _("{before} in the month before the newest complete one, and {now} in that."),
            before=_(before), now=_(now),
        ),
        _moved(before, now), now, before,
    )
    for before in COLORS for now in COLORS if before != now
)  # fmt: skip
ADOPTED = (
    *(
        AccountList(
            f"adopted-{count}", format_lazy(_("{count} or more"), count=count) if count == ADOPTED_TOP else f"{count}",
            _("By the number of use cases that are Green in the current score."), _adopted(count),
        )
        for count in range(ADOPTED_TOP + 1)
    ),
    AccountList(
        "adopted-na", _("NA"), _("No current score says how many use cases are adopted."),
        _adopted_unknown,
    ),
)  # fmt: skip
COVERAGE = (
    AccountList(
        "not-reporting", _("No usage data last month"),
        _("No Production instance of a subscription that ran reported in the newest complete month."),
        _not_reporting,
    ),
)  # fmt: skip
LISTS = {each.code: each for each in (*LATE, *HEALTH, *MOVED, *ADOPTED, *COVERAGE)}
