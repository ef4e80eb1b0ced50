"""The nightly proof: some cards are made anew, and those that come out otherwise are kept and told.

What a card quotes stands in its drift too: a customer who withdraws the optional metrics takes both.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Min, OuterRef, Subquery
from django.utils import timezone

from accounts.models import Job
from accounts.services import jobs
from usage.errors import CardsDrifted
from usage.lab.reproduce import Outcome
from usage.models import CardDrift, Edition, ScoreCard
from usage.services import rebuilding, rescoring
from usage.services.rebuilding import Proof

KIND = "prove_cards"
SAMPLE_SIZE = 50
LONGEST_TEXT = 10_000


def enqueue_nightly(*, now: datetime) -> Job | None:
    """Queue the proof of a sample of cards; None before there is any."""
    if not ScoreCard.objects.exists():
        return None
    params = {"day": now.date().isoformat()}
    return jobs.enqueue(kind=KIND, params=params, now=now, dedupe_key=KIND, is_bulk=True)


def run_prove_job(job: Job, *, clock: Callable[[], datetime] = timezone.now) -> dict[str, Any]:
    """Handler of the jobs of kind `prove_cards`: the sample of a day, and what drifted before.

    Raises CardsDrifted at its end where a card of the sample has drifted, so that admins are told.
    """
    day = date.fromisoformat(job.params["day"])
    ids = [*sample(day), *_drifted_cards()]
    counts = dict.fromkeys(Outcome, 0)
    waiting = 0
    for proof in rebuilding.prove_cards(
        list(dict.fromkeys(ids)),
        lambda done, total: jobs.beat(job, done=done, total=total, now=clock()),
    ):
        if proof.outcome is Outcome.DIFFERS and _is_scoring():
            waiting += 1
            continue
        counts[proof.outcome] += 1
        note(proof, now=clock())
    checked = sum(counts.values()) + waiting
    if counts[Outcome.DIFFERS]:
        raise CardsDrifted(counts[Outcome.DIFFERS], checked)
    told = {outcome.value: count for outcome, count in counts.items()}
    return {"checked": checked, **told, "waiting": waiting}


def _is_scoring() -> bool:
    """Whether scores are being made, or wait to be: a card that differs may be one of them."""
    unfinished = [Job.State.QUEUED, Job.State.RUNNING]
    return Job.objects.filter(kind=rescoring.KIND, state__in=unfinished).exists()


def sample(day: date, *, size: int = SAMPLE_SIZE) -> list[int]:
    """Ids of cards, by chance and the same ones for the same day; of drafts none. One query a card."""
    cards = ScoreCard.objects.exclude(edition__status=Edition.Status.DRAFT).order_by("pk")
    ends = cards.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return []
    chance = random.Random(day.isoformat())  # noqa: S311 - a sample, no secret  # nosec B311
    picks = (chance.randint(ends["first"], ends["last"]) for _ in range(size))
    found = (cards.filter(pk__gte=pick).values_list("pk", flat=True).first() for pick in picks)
    return sorted({pk for pk in found if pk is not None})


@transaction.atomic
def note(proof: Proof, *, now: datetime) -> None:
    """Keep a drift; forget one where the card is what it should be, or nobody can know any more."""
    key = {
        "account_id": proof.account_id,
        "period": proof.period,
        "edition_id": proof.edition_id,
    }
    if proof.outcome is not Outcome.DIFFERS:
        CardDrift.objects.filter(**key).delete()
        return
    told = {
        "as_of": proof.as_of,
        "differences": "\n".join(proof.reasons)[:LONGEST_TEXT],
        "checked_at": now,
    }
    CardDrift.objects.update_or_create(
        **key, defaults=told, create_defaults=told | {"found_at": now}
    )


def _drifted_cards() -> list[int]:
    """The cards of what drifted before; a drift whose card is gone goes too."""
    same = ScoreCard.objects.filter(
        account=OuterRef("account"), period=OuterRef("period"), edition=OuterRef("edition")
    )
    drifts = CardDrift.objects.annotate(card=Subquery(same.values("pk")[:1]))
    drifts.filter(card=None).delete()
    return list(drifts.order_by("-found_at").values_list("card", flat=True)[:SAMPLE_SIZE])
