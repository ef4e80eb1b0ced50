"""What is to become of each object of the configuration, given its file, what is stored, and what
the file was made from: values in, decisions out. Pure.

    file, stored and base by digest  ──>  create, change, unchanged, only here, refuse
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

CONTEXT = 3
DRAFT = "draft"
WITHOUT_CONTENT = ("status",)
"""What an edition's file says besides its content, which is fixed once it was published."""

Document = Mapping[str, Any]


class Kind(StrEnum):
    """Kinds of objects, in the order in which they are applied: what is named comes first."""

    METRIC = "metric"
    EDITION = "edition"
    PLAYBOOK = "playbook"
    TRIGGER = "trigger"


class Outcome(StrEnum):
    CREATE = "create"
    CHANGE = "change"
    UNCHANGED = "unchanged"
    ONLY_HERE = "only here"
    REFUSE = "refuse"


class Refusal(StrEnum):
    NO_BASE = "no base"
    CHANGED_UNDERNEATH = "changed underneath"
    PUBLISHED = "published"
    NO_DRAFT_AGAIN = "no draft again"


@dataclass(frozen=True)
class Decision:
    outcome: Outcome
    refusal: Refusal | None = None


@dataclass(frozen=True)
class Step:
    """What becomes of one object: `source` is its file, `diff` the lines that say the change."""

    kind: Kind
    key: str
    outcome: Outcome
    source: str = ""
    diff: tuple[str, ...] = ()
    reason: str = ""
    consequences: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.kind} {self.key}"


@dataclass(frozen=True)
class Plan:
    steps: tuple[Step, ...]

    def of(self, *outcomes: Outcome) -> list[Step]:
        return [step for step in self.steps if step.outcome in outcomes]

    @property
    def changes(self) -> list[Step]:
        return self.of(Outcome.CREATE, Outcome.CHANGE)

    @property
    def refused(self) -> list[Step]:
        return self.of(Outcome.REFUSE)

    def __str__(self) -> str:
        counts = {outcome: len(self.of(outcome)) for outcome in Outcome}
        return (
            f"{counts[Outcome.CREATE]} to create, {counts[Outcome.CHANGE]} to change, "
            f"{counts[Outcome.UNCHANGED]} unchanged, {counts[Outcome.ONLY_HERE]} only here (kept), "
            f"{counts[Outcome.REFUSE]} refused"
        )


def digest_of(document: Document) -> str:
    """BLAKE2b-128 of what a file says, however it is laid out."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def decide(*, file: str | None, stored: str | None, base: str | None) -> Decision:
    """By the digests of an object: in its file, as stored, and as stored when the file was made.

    What is stored may be overwritten where the file was made from it, and only then.
    """
    if file is None:
        return Decision(Outcome.ONLY_HERE)
    if stored is None:
        return Decision(Outcome.CREATE)
    if stored == file:
        return Decision(Outcome.UNCHANGED)
    if base is None:
        return Decision(Outcome.REFUSE, Refusal.NO_BASE)
    if stored != base:
        return Decision(Outcome.REFUSE, Refusal.CHANGED_UNDERNEATH)
    return Decision(Outcome.CHANGE)


def decide_edition(*, file: Document, stored: Document, base: str | None) -> Decision:
    """As `decide`, but what was published once keeps its content, and is no draft again."""
    decision = decide(file=digest_of(file), stored=digest_of(stored), base=base)
    is_settled = decision.refusal == Refusal.CHANGED_UNDERNEATH or _status(stored) == DRAFT
    if is_settled or decision.outcome == Outcome.UNCHANGED:
        return decision
    if _content(file) != _content(stored):
        return Decision(Outcome.REFUSE, Refusal.PUBLISHED)
    if decision.outcome == Outcome.CHANGE and _status(file) == DRAFT:
        return Decision(Outcome.REFUSE, Refusal.NO_DRAFT_AGAIN)
    return decision


def _status(document: Document) -> str:
    return str(document.get("status", DRAFT))


def _content(document: Document) -> str:
    return digest_of({k: v for k, v in document.items() if k not in WITHOUT_CONTENT})


def diff(stored: str, file: str, *, source: str) -> tuple[str, ...]:
    """A unified diff, from what is stored to what the file says."""
    lines = difflib.unified_diff(
        stored.splitlines(), file.splitlines(), "stored", source, lineterm="", n=CONTEXT
    )
    return tuple(lines)


def told(plan: Plan) -> list[str]:
    """The plan in lines for a person: what would change with its diff, what is kept, what is refused."""
    lines: list[str] = []
    for step in plan.changes:
        lines.append(f"{step.outcome:<9} {step.name}  ({step.source})")
        lines += [f"    {line}" for line in step.diff]
        lines += [f"    → {sentence}" for sentence in step.consequences]
    lines += _listed(plan.of(Outcome.ONLY_HERE))
    lines += [f"{step.outcome:<9} {step.name}: {step.reason}" for step in plan.refused]
    return [*lines, f"Plan: {plan}."]


def _listed(steps: Sequence[Step]) -> Iterable[str]:
    return (
        f"{step.outcome} {step.name} (kept: a file that is gone deletes nothing)" for step in steps
    )
