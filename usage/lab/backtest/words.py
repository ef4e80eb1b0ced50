"""A backtest in words: what each warning caught, and what to be careful about."""

from __future__ import annotations

from collections.abc import Iterator

from accounts.formats import money, plural, trimmed
from accounts.formats import share as share_text
from usage.lab.backtest import Report
from usage.lab.backtest.bootstrap import Estimate
from usage.lab.backtest.cases import Target
from usage.lab.backtest.figures import Figures

FEW = 20  # outcomes, or losses, below which a figure is a hint and no more
LOST = {Target.CHURN: "churned", Target.LOSS: "churned or contracted"}


def sentences(
    report: Report, *, alarm: str, name: str, others: dict[str, str], target: Target
) -> list[str]:
    """One sentence per lead on an alarm, by its key, beside what each of the others caught alone."""
    found = {(each.alarm, each.lead): each for each in report.figures if not each.segment}
    leads = sorted({lead for _, lead in found})
    told = []
    for lead in leads:
        each = found[alarm, lead]
        beside = [
            f"{other} caught {found[key, lead].tally.hits}"
            for key, other in others.items()
            if (key, lead) in found
        ]
        told.append("; ".join([_sentence(each, name, target), *beside]) + ".")
    return told


def _sentence(each: Figures, name: str, target: Target) -> str:
    counted = each.tally
    before = f"{name} {plural(each.lead, 'month')} before"
    if not counted.scored:
        return f"{before}: no outcome had a score then"
    if not counted.losses:
        return f"{before}: nobody {LOST[target]} of {plural(counted.scored, 'scored outcome')}"
    arr = f"{money(counted.arr_caught)} of {money(counted.arr_caught + counted.arr_missed)} ARR"
    cost = plural(counted.ctas, "CTA")
    if counted.ctas_per_hit is not None:
        cost += f", {trimmed(f'{counted.ctas_per_hit:.1f}')} per caught account"
    return (
        f"{before} caught {counted.hits} of {plural(counted.losses, f'{LOST[target]} account')}"
        f" ({interval(each.recall)}), {arr}; {cost}; {verdict(each)}"
    )


def interval(found: Estimate, *, is_share: bool = True) -> str:
    """A figure with its interval: 70 %, 95 % interval 48-88 %."""
    if found.value is None or found.low is None or found.high is None:
        return "NA"
    if is_share:
        low, high = (share_text(bound, 0) for bound in (found.low, found.high))
        return f"{share_text(found.value, 0)}, 95 % interval {low} to {high}"
    value, low, high = (trimmed(f"{x:.2f}") for x in (found.value, found.low, found.high))
    return f"{value}, 95 % interval {low} to {high}"


def verdict(each: Figures) -> str:
    """Whether a warning said more than chance."""
    if each.lift.value is None:
        return "nobody was warned"
    lift = trimmed(f"{each.lift.value:.1f}")
    if each.tells:
        return f"a warned account was lost {lift} times as often as the average one"
    return "no better than chance"


def caveats(report: Report, *, alarm: str, target: Target) -> list[str]:
    """What a reader must know before believing a figure."""
    if not report.cases:
        return ["There is no outcome in this time: import some, or derive them from subscriptions."]
    found = [each for each in report.figures if each.alarm == alarm and not each.segment]
    return [text for each in found for text in _caveats(each, target)]


def _caveats(each: Figures, target: Target) -> Iterator[str]:
    counted, before = each.tally, f"{plural(each.lead, 'month')} before"
    if counted.unknown:
        of_all = f"{counted.unknown} of {plural(counted.unknown + counted.scored, 'outcome')}"
        yield (
            f"{before}: {of_all} had no score and are in no figure,"
            f" {counted.unknown_losses} of them {LOST[target]}."
        )
    if 0 < counted.scored < FEW:
        yield f"{before}: only {plural(counted.scored, 'scored outcome')}, so that one account more or less changes every figure."  # fmt: skip
    elif 0 < counted.losses < FEW:
        yield f"{before}: only {counted.losses} scored accounts {LOST[target]}, so that the intervals are wide."  # fmt: skip
