"""What becomes of an object of the configuration: one table, and properties."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.config_plan import (
    Decision,
    Kind,
    Outcome,
    Plan,
    Refusal,
    Step,
    decide,
    decide_edition,
    diff,
    digest_of,
    told,
)

digests = st.sampled_from([None, "a", "b", "c"])
REFUSED_BASE = Decision(Outcome.REFUSE, Refusal.NO_BASE)
REFUSED_UNDERNEATH = Decision(Outcome.REFUSE, Refusal.CHANGED_UNDERNEATH)
REFUSED_PUBLISHED = Decision(Outcome.REFUSE, Refusal.PUBLISHED)
REFUSED_DRAFT = Decision(Outcome.REFUSE, Refusal.NO_DRAFT_AGAIN)


@pytest.mark.parametrize(
    ("file", "stored", "base", "decision"),
    [
        pytest.param(None, "a", "a", Decision(Outcome.ONLY_HERE), id="the file is gone: kept"),
        pytest.param("a", None, None, Decision(Outcome.CREATE), id="a new file"),
        pytest.param("a", None, "a", Decision(Outcome.CREATE), id="another installation's file"),
        pytest.param("a", "a", None, Decision(Outcome.UNCHANGED), id="stored as the file says"),
        pytest.param("a", "a", "b", Decision(Outcome.UNCHANGED), id="both changed to the same"),
        pytest.param("b", "a", "a", Decision(Outcome.CHANGE), id="the file changed alone"),
        pytest.param("a", "b", "a", REFUSED_UNDERNEATH, id="what is stored changed alone"),
        pytest.param("b", "c", "a", REFUSED_UNDERNEATH, id="both changed"),
        pytest.param("b", "a", None, REFUSED_BASE, id="nobody knows what the file was made from"),
    ],
)
def test_decision(
    file: str | None, stored: str | None, base: str | None, decision: Decision
) -> None:
    assert decide(file=file, stored=stored, base=base) == decision


@given(digests, digests, digests)
def test_only_what_a_file_was_made_from_is_ever_overwritten(
    file: str | None, stored: str | None, base: str | None
) -> None:
    outcome = decide(file=file, stored=stored, base=base).outcome
    assert (outcome == Outcome.CHANGE) == (
        file is not None and stored is not None and stored == base and file != stored
    )


@given(digests.filter(bool), digests, digests)
def test_what_was_applied_is_unchanged(file: str, stored: str | None, base: str | None) -> None:
    assert decide(file=file, stored=file, base=base).outcome == Outcome.UNCHANGED


def edition(content: int, status: str = "draft") -> dict[str, Any]:
    return {"name": "tea", "points": content} | ({} if status == "draft" else {"status": status})


def test_a_draft_that_is_not_there_says_so_by_saying_nothing() -> None:
    assert edition(1) == {"name": "tea", "points": 1}


@pytest.mark.parametrize(
    ("file", "stored", "base", "decision"),
    [
        pytest.param((1, "draft"), (1, "draft"), None, Decision(Outcome.UNCHANGED), id="the same"),
        pytest.param(
            (2, "draft"), (1, "draft"), (1, "draft"), Decision(Outcome.CHANGE), id="a draft changes"
        ),
        pytest.param(
            (2, "published"), (1, "draft"), (1, "draft"), Decision(Outcome.CHANGE),
            id="a draft changes and is published",
        ),
        pytest.param(
            (1, "published"), (1, "retired"), (1, "retired"), Decision(Outcome.CHANGE),
            id="a retired one is published again",
        ),
        pytest.param(
            (1, "retired"), (1, "published"), (1, "published"), Decision(Outcome.CHANGE),
            id="a published one is retired",
        ),
        pytest.param(
            (2, "published"), (1, "published"), (1, "published"), REFUSED_PUBLISHED,
            id="what is published does not change",
        ),
        pytest.param(
            (2, "published"), (1, "published"), None, REFUSED_PUBLISHED,
            id="nor by a file of unknown origin",
        ),
        pytest.param(
            (2, "draft"), (1, "retired"), (1, "retired"), REFUSED_PUBLISHED, id="nor what was retired"
        ),
        pytest.param(
            (1, "draft"), (1, "published"), (1, "published"), REFUSED_DRAFT, id="no draft again"
        ),
        pytest.param(
            (1, "draft"), (1, "published"), (1, "draft"), REFUSED_UNDERNEATH, id="published meanwhile"
        ),
        pytest.param(
            (1, "retired"), (1, "published"), None, REFUSED_BASE, id="retired by a file of unknown origin"
        ),
    ],
)  # fmt: skip
def test_decision_on_an_edition(
    file: tuple[int, str],
    stored: tuple[int, str],
    base: tuple[int, str] | None,
    decision: Decision,
) -> None:
    made_from = digest_of(edition(*base)) if base else None
    assert decide_edition(file=edition(*file), stored=edition(*stored), base=made_from) == decision


def test_a_digest_tells_the_order_of_keys_apart() -> None:
    assert digest_of({"a": 1, "b": 2}) != digest_of({"b": 2, "a": 1})


def test_a_diff_goes_from_what_is_stored_to_the_file() -> None:
    assert diff("a: 1\nb: 2\n", "a: 1\nb: 3\n", source="x.yaml") == (
        "--- stored", "+++ x.yaml", "@@ -1,2 +1,2 @@", " a: 1", "-b: 2", "+b: 3",
    )  # fmt: skip


def test_a_plan_is_told_in_words_with_its_counts() -> None:
    plan = Plan(
        (
            Step(Kind.EDITION, "tea", Outcome.CREATE, "e.yaml", ("+a",), "", ("2 accounts move.",)),
            Step(Kind.TRIGGER, "drop", Outcome.UNCHANGED, "t.yaml"),
            Step(Kind.METRIC, "cups", Outcome.ONLY_HERE),
            Step(Kind.PLAYBOOK, "call", Outcome.REFUSE, "p.yaml", (), "was changed."),
        )
    )
    assert told(plan) == [
        "create    edition tea  (e.yaml)",
        "    +a",
        "    → 2 accounts move.",
        "only here metric cups (kept: a file that is gone deletes nothing)",
        "refuse    playbook call: was changed.",
        "Plan: 1 to create, 0 to change, 1 unchanged, 1 only here (kept), 1 refused.",
    ]
