"""Cases of a backtest: what became of an account in a month, and the month whose score had to say it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from usage.periods import Period, month_of, shift


class Target(StrEnum):
    """What counts as a loss: whatever left, or also what became smaller."""

    CHURN = "churn"
    LOSS = "loss"


LOSSES = {Target.CHURN: {"churned"}, Target.LOSS: {"churned", "contracted"}}


@dataclass(frozen=True)
class Told:
    """An outcome as it is stored; `kind` is renewed, expanded, contracted or churned."""

    account_id: int
    segment: str
    kind: str
    on: date
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class Case:
    """What became of an account in a calendar month; `lost` is the ARR that a loss took."""

    account_id: int
    segment: str
    on: date
    is_loss: bool
    lost: Decimal

    def judged_in(self, lead: int) -> Period:
        """The newest month that was over `lead` months before the outcome."""
        return shift(month_of(self.on), -lead - 1)


def cases_of(outcomes: Iterable[Told], target: Target) -> list[Case]:
    """One case per account and month, by account and month.

    A month with a loss is a loss, on its first day of one, and takes what its losses took; otherwise it
    is a stay, on its first outcome's day.
    """
    months: dict[tuple[int, Period], list[Told]] = {}
    for outcome in outcomes:
        months.setdefault((outcome.account_id, month_of(outcome.on)), []).append(outcome)
    found = []
    for (account_id, _), told in sorted(months.items(), key=lambda item: item[0]):
        losses = [each for each in told if each.kind in LOSSES[target]]
        found.append(
            Case(
                account_id=account_id,
                segment=told[0].segment,
                on=min(each.on for each in losses or told),
                is_loss=bool(losses),
                lost=sum((each.before - each.after for each in losses), Decimal(0)),
            )
        )
    return found


def periods_of(cases: Iterable[Case], leads: Iterable[int], look_back: int) -> list[Period]:
    """Every month whose scores the cases need: those judged by, and those that a warning began in."""
    judged = {case.judged_in(lead) for case in cases for lead in leads}
    wanted = {shift(period, -months) for period in judged for months in range(look_back)}
    return sorted(wanted)
