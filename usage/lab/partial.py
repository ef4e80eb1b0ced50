"""What need not be scored again for a draft: the components that it shares with an edition that was.

A component's scores follow from its measures and bands, the points, and the size metric by which the
primary instance is found. Editions with a scorecard share nothing: their months depend on each other.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from usage.scoring import frames
from usage.scoring.accounts import score_months
from usage.scoring.edition import Edition
from usage.scoring.instances import add_composites, score_instances


def shared(base: Edition, draft: Edition) -> tuple[str, ...]:
    """Codes of the components whose scores are the same by both.

    One with an exit margin is scored again: its drops need the values, which are not kept.
    """
    if base.scorecard is not None or draft.scorecard is not None:
        return ()
    if (base.points, base.size_metric) != (draft.points, draft.size_metric):
        return ()
    known = {use_case.code: use_case for use_case in base.use_cases}
    return tuple(
        use_case.code
        for use_case in draft.use_cases
        if known.get(use_case.code) == use_case and not use_case.exit_margin
    )


def columns(codes: tuple[str, ...]) -> list[str]:
    """What is taken of the scores of shared components: them, and the months that they are of."""
    scores = (name for code in codes for name in (frames.score(code), frames.reach(code)))
    return [*frames.KEY, "age", "counted_arr", *scores]


def remainder(draft: Edition, known: tuple[str, ...]) -> Edition:
    """The draft with the components that are left to score, and no composites."""
    left = tuple(use_case for use_case in draft.use_cases if use_case.code not in known)
    return replace(draft, use_cases=left, composites=())


def completed(
    chosen: pl.DataFrame, known: pl.DataFrame, rest: Edition, draft: Edition
) -> pl.DataFrame:
    """The draft's account scores, of the candidates of its months and what is known of these months."""
    scored = score_months(score_instances(chosen, rest), known, rest)
    return add_composites(scored, draft)
