"""The steps of tests.bench.what_if, in a process that has Django and the database of the bench."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import Sum
from django.db.models.functions import Length
from django.utils import timezone

from accounts.models import Job
from playbooks.services import scoring as main_job
from playbooks.services import what_if
from playbooks.services.what_if import Question
from playbooks.what_if import WhatIf
from tests.bench.fill import fill
from tests.bench.generate import Size
from usage.models import KeptFrame, ScoreCard, Transition
from usage.scoring import Edition
from usage.services import editions
from usage.services.scoring import ScoreRequest

LAST = date(2026, 10, 1)
SCORED = "score all months from the database, cards written"
KNOWN = "the same again: nothing changed, nothing written"
COLD = "what-if, nothing kept yet"
WARM = "what-if of a new draft, on kept frames"
AGAIN = "what-if of the same draft again"
MOVED = 50


class Bench:
    def __init__(self, size: Size) -> None:
        self.size = size
        self.seconds: dict[str, list[float]] = {}
        self.facts: dict[str, Any] = {}

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds.setdefault(name, []).append(time.perf_counter() - started)

    def median(self, name: str) -> float:
        return statistics.median(self.seconds[name])


def main() -> None:
    settings.DEBUG = False  # or Django keeps every query
    parser = argparse.ArgumentParser()
    for name in ("accounts", "months", "rounds"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--json")
    given = parser.parse_args()
    size = Size(accounts=given.accounts, months=given.months, last=LAST)
    with Path(os.devnull).open("w") as nowhere:
        call_command("migrate", verbosity=0)
        call_command("load_defaults", stdout=nowhere)
    Job.objects.all().delete()
    bench = Bench(size)
    _say(f"filling: {size.accounts:,} accounts, {size.months} months")
    bench.facts["readings"] = fill(size)
    _run("ANALYZE")
    whole = ScoreRequest(size.periods[0], LAST)
    _say("scoring")
    with bench.measure(SCORED):
        main_job.score(whole, now=timezone.now())
    _run("VACUUM ANALYZE")
    for number in range(given.rounds):
        _say(f"round {number + 1}")
        _round(bench, whole, number)
    _report(bench, given.json)


def _say(text: str) -> None:
    print(f"  {text} …", flush=True)


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _draft(number: int) -> Edition:
    """The edition in force with another bound of SCM in each round."""
    edition = editions.frozen(editions.named(editions.SHIPPED_IN_FORCE))
    use_cases = list(edition.use_cases)
    place = next(n for n, each in enumerate(use_cases) if each.code == "scm")
    measure = use_cases[place].measures[0]
    top = 0.34 + number / 100
    bands = [
        replace(
            band,
            lower=top if band.color == "Green" else band.lower,
            upper=top if band.color == "Yellow" else band.upper,
        )
        for band in measure.bands
    ]
    use_cases[place] = replace(use_cases[place], measures=(replace(measure, bands=tuple(bands)),))
    return replace(edition, name="draft", use_cases=tuple(use_cases))


def _round(bench: Bench, whole: ScoreRequest, number: int) -> None:
    rows = (ScoreCard.objects.count(), Transition.objects.count())
    with bench.measure(KNOWN):
        main_job.score(whole, now=timezone.now())
    first = Question(_draft(2 * number), whole.first, whole.last)
    KeptFrame.objects.all().delete()
    with bench.measure(COLD):
        what_if.answer(first, now=timezone.now())
    question = replace(first, draft=_draft(2 * number + 1))
    with bench.measure(WARM):
        answer = what_if.answer(question, now=timezone.now())
        _shown(question, answer)
    with bench.measure(AGAIN):
        _shown(question, what_if.answer(question, now=timezone.now()))
    assert rows == (ScoreCard.objects.count(), Transition.objects.count()), "it wrote something"
    bench.facts |= {
        "account months": answer.account_months,
        "accounts that move": answer.accounts_moved,
        "calls to action it would open": answer.ctas_opened,
        "kept, MB": KeptFrame.objects.aggregate(n=Sum(Length("body")))["n"] // 2**20,
    }


def _shown(question: Question, answer: WhatIf) -> None:
    """What the first page tells besides: the reasons of the largest accounts."""
    top = answer.moved.sort("arr", descending=True).head(MOVED)
    assert len(list(what_if.explain(question, top, now=timezone.now()))) == len(top)


def _report(bench: Bench, path: str | None) -> None:
    print(f"\n{'what':52} {'median s':>9}  rounds")
    for name, seconds in bench.seconds.items():
        rounds = " ".join(f"{second:.3f}" for second in seconds[:5])
        print(f"{name:52} {bench.median(name):9.3f}  {rounds}")
    ratios = {
        "new draft / scoring, written": bench.median(WARM) / bench.median(SCORED),
        "new draft / scoring, nothing written": bench.median(WARM) / bench.median(KNOWN),
        "same draft / scoring, written": bench.median(AGAIN) / bench.median(SCORED),
    }
    print("\nratios")
    for name, ratio in ratios.items():
        print(f"{name:52} {ratio:9.4f}")
    print()
    for name, fact in bench.facts.items():
        print(f"{name:52} {fact:>9,}")
    if path:
        result = {
            "machine": platform.platform(),
            "cores": os.cpu_count(),
            "accounts": bench.size.accounts,
            "months": bench.size.months,
            "seconds": bench.seconds,
            "ratios": ratios,
            "facts": bench.facts,
        }
        Path(path).write_text(json.dumps(result, indent=2))
