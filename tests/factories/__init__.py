"""Rows for tests: each function builds one valid row, and what that cannot do without.

Everything has a default, so that a test names only what it is about. Times derive from NOW, which the
`now` fixture hands out.
"""

from __future__ import annotations

from tests.factories.adoption import make_adoption_goal, make_non_adoption
from tests.factories.alerts import make_delivery, make_endpoint, make_follow, make_notification
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
from tests.factories.health import (
    make_health_edition,
    make_manual_measure,
    make_objective,
    make_success_plan,
    make_support_case,
    make_survey_response,
)
from tests.factories.life_cycle import make_bought_use_case, make_milestone
from tests.factories.outcomes import make_backtest, make_outcome
from tests.factories.timeline import (
    make_activity,
    make_activity_template,
    make_attendance,
    make_mention,
)
from tests.factories.usage import (
    make_card_drift,
    make_edition,
    make_instance,
    make_metric,
    make_metric_break,
    make_raw_payload,
    make_rejected_row,
    make_score_card,
    make_snapshot,
    make_transition,
    make_unmapped_instance,
    put_in_force,
)
from tests.factories.work import (
    make_cta,
    make_event,
    make_link,
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
    "make_activity",
    "make_activity_template",
    "make_adoption_goal",
    "make_attendance",
    "make_backtest",
    "make_bought_use_case",
    "make_card_drift",
    "make_contact",
    "make_cta",
    "make_delivery",
    "make_edition",
    "make_endpoint",
    "make_event",
    "make_follow",
    "make_health_edition",
    "make_instance",
    "make_job",
    "make_license",
    "make_link",
    "make_manual_measure",
    "make_mention",
    "make_metric",
    "make_metric_break",
    "make_milestone",
    "make_non_adoption",
    "make_notification",
    "make_objective",
    "make_outcome",
    "make_plan",
    "make_playbook",
    "make_raw_payload",
    "make_rejected_row",
    "make_score_card",
    "make_snapshot",
    "make_subscription",
    "make_success_plan",
    "make_support_case",
    "make_survey_response",
    "make_task",
    "make_team",
    "make_transition",
    "make_trigger",
    "make_trigger_run",
    "make_unmapped_instance",
    "make_user",
    "make_version",
    "put_in_force",
]
