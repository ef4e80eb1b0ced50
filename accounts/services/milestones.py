"""The life cycle of an account as people tell it: milestones by hand, what was bought, targets."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.errors import MilestoneInFuture, MilestoneNotCleared, MilestoneSourceNeeded
from accounts.models import BoughtUseCase, Milestone, MilestoneRule, User
from accounts.services import audit
from accounts.services.working import workable_account

Code = MilestoneRule.Code

SHIPPED: Mapping[str, tuple[int | None, float | None]] = {
    Code.FIRST_ENGAGEMENT: (14, None),
    Code.FIRST_VALUE: (30, 0.1),
    Code.ONBOARDED: (45, None),
    Code.HALF_OF_SEATS: (None, 0.5),
    Code.MOST_OF_SEATS: (None, 0.8),
}
"""Target in days and share of the seats, by milestone: what holds until somebody says otherwise."""


@dataclass(frozen=True, kw_only=True)
class NewMilestone:
    """What a person says an account has reached, and how they know."""

    code: str
    reached_on: date
    source: str
    note: str = ""


def rules() -> list[MilestoneRule]:
    """The rule of each milestone, in their order: the stored one, else as it ships. One query."""
    stored = {rule.code: rule for rule in MilestoneRule.objects.all()}
    return [stored.get(code) or _shipped(code) for code in SHIPPED]


def load_defaults() -> int:
    """Store the rules that ship and are missing; return how many."""
    before = MilestoneRule.objects.count()
    MilestoneRule.objects.bulk_create(map(_shipped, SHIPPED), ignore_conflicts=True)
    return MilestoneRule.objects.count() - before


def _shipped(code: str) -> MilestoneRule:
    target_days, seat_share = SHIPPED[code]
    return MilestoneRule(code=code, target_days=target_days, seat_share=seat_share)


WHAT = gettext_noop("change the life cycle of accounts")


@transaction.atomic
def set_milestone(*, account_id: int, new: NewMilestone, by: User, now: datetime) -> Milestone:
    """Say by hand what an account has reached; said again it is corrected.

    Raises Account.DoesNotExist where the person does not see the account, RoleForbids,
    MilestoneSourceNeeded and MilestoneInFuture.
    """
    account = workable_account(account_id, by, to=WHAT)
    if not new.source.strip():
        raise MilestoneSourceNeeded
    if new.reached_on > now.astimezone(zoneinfo.ZoneInfo(by.time_zone)).date():
        raise MilestoneInFuture(new.reached_on)
    milestone, _ = Milestone.objects.update_or_create(
        account=account,
        code=new.code,
        defaults={
            "reached_on": new.reached_on,
            "source": new.source.strip(),
            "note": new.note.strip(),
            "set_by": by,
            "set_at": now,
            "cleared_at": None,
        },
    )
    audit.record("milestone.set", milestone, now=now, by=by, detail={"code": new.code})
    return milestone


@transaction.atomic
def clear_milestone(*, account_id: int, code: str, by: User, now: datetime) -> Milestone:
    """Take back what was said by hand: what is found by itself counts again; return what it was.

    `restore_milestone` brings it back. Raises Account.DoesNotExist, RoleForbids, and
    Milestone.DoesNotExist, also where somebody else was faster.
    """
    account = workable_account(account_id, by, to=WHAT)
    milestone = Milestone.objects.kept().get(account=account, code=code)
    if not Milestone.objects.kept().filter(pk=milestone.pk).update(cleared_at=now):
        raise Milestone.DoesNotExist
    audit.record("milestone.cleared", milestone, now=now, by=by, detail={"code": code})
    return milestone


@transaction.atomic
def restore_milestone(*, milestone_id: int, by: User, now: datetime) -> Milestone:
    """Bring back what was cleared, as it was said and by whom.

    Raises Milestone.DoesNotExist where the person does not see the account, RoleForbids, and
    MilestoneNotCleared, also where it was set anew meanwhile.
    """
    milestone = Milestone.objects.visible_to(by).get(pk=milestone_id)
    workable_account(milestone.account_id, by, to=WHAT)
    if not Milestone.objects.cleared().filter(pk=milestone.pk).update(cleared_at=None):
        raise MilestoneNotCleared
    audit.record("milestone.restored", milestone, now=now, by=by, detail={"code": milestone.code})
    milestone.refresh_from_db()
    return milestone


@transaction.atomic
def choose_use_cases(
    *, account_id: int, use_cases: Collection[str], by: User, now: datetime
) -> set[str]:
    """Say which use cases an account bought the product for: these and no others.

    Raises Account.DoesNotExist and RoleForbids.
    """
    account = workable_account(account_id, by, to=WHAT)
    chosen = set(use_cases)
    BoughtUseCase.objects.filter(account=account).exclude(use_case__in=chosen).delete()
    bought = [BoughtUseCase(account=account, use_case=code) for code in sorted(chosen)]
    BoughtUseCase.objects.bulk_create(bought, ignore_conflicts=True)
    audit.record(
        "account.use_cases_chosen", account, now=now, by=by, detail={"codes": sorted(chosen)}
    )
    return chosen
