"""Rows for tests: each function builds one valid row, and what that cannot do without.

Everything has a default, so that a test names only what it is about. Times derive from NOW, which the
`now` fixture hands out.
"""

from __future__ import annotations

from tests.factories.clock import NOW, PERIOD, TODAY
from tests.factories.customers import (
    make_account,
    make_contact,
    make_job,
    make_license,
    make_plan,
    make_subscription,
    make_team,
    make_user,
)
from tests.factories.usage import (
    make_edition,
    make_instance,
    make_metric,
    make_raw_payload,
    make_rejected_row,
    make_score_card,
    make_snapshot,
    make_transition,
    make_unmapped_instance,
)
from tests.factories.work import (
    make_cta,
    make_event,
    make_playbook,
    make_task,
    make_trigger,
    make_trigger_run,
    make_version,
)

__all__ = [
    "NOW",
    "PERIOD",
    "TODAY",
    "make_account",
    "make_contact",
    "make_cta",
    "make_edition",
    "make_event",
    "make_instance",
    "make_job",
    "make_license",
    "make_metric",
    "make_plan",
    "make_playbook",
    "make_raw_payload",
    "make_rejected_row",
    "make_score_card",
    "make_snapshot",
    "make_subscription",
    "make_task",
    "make_team",
    "make_transition",
    "make_trigger",
    "make_trigger_run",
    "make_unmapped_instance",
    "make_user",
    "make_version",
]
