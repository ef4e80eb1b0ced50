from __future__ import annotations

from django.urls import URLPattern, path

from playbooks.views import (
    account,
    adoption,
    alerts,
    ctas,
    explaining,
    health,
    making,
    publishing,
    team,
    timeline,
)
from playbooks.views import life_cycle as life_cycles
from playbooks.views.bulk import bulk, bulk_runs
from playbooks.views.portfolio import portfolio
from playbooks.views.queue import queue
from playbooks.views.saved_views import saved_views
from playbooks.views.time_to_value import time_to_value
from playbooks.views.what_if import what_if

app_name = "playbooks"
urlpatterns: list[URLPattern] = [
    path("portfolio/", portfolio, name="portfolio"),
    path("editions/<int:edition_id>/publish/", publishing.publish_edition, name="publish_edition"),
    path(
        "editions/<int:edition_id>/roll-back/",
        publishing.roll_back_edition,
        name="roll_back_edition",
    ),
    path("editions/<int:edition_id>/retire/", publishing.retire_edition, name="retire_edition"),
    path("accounts/<int:account_id>/", account.account, name="account"),
    path("accounts/<int:account_id>/usage/", account.usage, name="account_usage"),
    path("accounts/<int:account_id>/why/", explaining.why, name="why"),
    path("accounts/<int:account_id>/change/", explaining.score_change, name="score_change"),
    path("accounts/<int:account_id>/roadmap/", explaining.roadmap, name="roadmap"),
    path("accounts/<int:account_id>/seats/", account.subscriptions, name="account_seats"),
    path("accounts/<int:account_id>/instances/", account.installations, name="account_instances"),
    path("accounts/<int:account_id>/cockpit/", account.calls, name="account_cockpit"),
    path("accounts/<int:account_id>/contacts/", account.people, name="account_contacts"),
    path("accounts/<int:account_id>/family/", account.relatives, name="account_family"),
    path("accounts/<int:account_id>/adoption/goal/", adoption.set_goal, name="set_goal"),
    path(
        "accounts/<int:account_id>/adoption/reason/",
        adoption.note_non_adoption,
        name="note_non_adoption",
    ),
    path("accounts/<int:account_id>/health/", health.health, name="health"),
    path("accounts/<int:account_id>/health/judge/", health.judge, name="judge"),
    path("accounts/<int:account_id>/plans/new/", health.new_plan, name="new_plan"),
    path("plans/<int:plan_id>/", health.plan, name="plan"),
    path("plans/<int:plan_id>/move/", health.move_plan, name="move_plan"),
    path("plans/<int:plan_id>/objectives/new/", health.new_objective, name="new_objective"),
    path("objectives/<int:objective_id>/", health.objective, name="objective"),
    path("accounts/<int:account_id>/lifecycle/", life_cycles.life_cycle, name="life_cycle"),
    path(
        "accounts/<int:account_id>/lifecycle/set/", life_cycles.set_milestone, name="set_milestone"
    ),
    path(
        "accounts/<int:account_id>/lifecycle/clear/",
        life_cycles.clear_milestone,
        name="clear_milestone",
    ),
    path(
        "accounts/<int:account_id>/lifecycle/restore/",
        life_cycles.restore_milestone,
        name="restore_milestone",
    ),
    path(
        "accounts/<int:account_id>/lifecycle/use-cases/",
        life_cycles.choose_use_cases,
        name="choose_use_cases",
    ),
    path("team/", team.team, name="team"),
    path("team/time-to-value/", time_to_value, name="time_to_value"),
    path("team/work/", team.team_work, name="team_work"),
    path("team/<slug:code>/", team.team_list, name="team_list"),
    path("accounts/<int:account_id>/ctas/new/", making.new_cta, name="new_cta"),
    path("accounts/<int:account_id>/timeline/", timeline.timeline_of_account, name="timeline"),
    path("accounts/<int:account_id>/timeline/new/", timeline.log_activity, name="log_activity"),
    path(
        "accounts/<int:account_id>/timeline/<int:activity_id>/",
        timeline.change_activity,
        name="change_activity",
    ),
    path(
        "accounts/<int:account_id>/timeline/<int:activity_id>/delete/",
        timeline.delete_activity,
        name="delete_activity",
    ),
    path(
        "accounts/<int:account_id>/timeline/<int:activity_id>/restore/",
        timeline.restore_activity,
        name="restore_activity",
    ),
    path("accounts/<int:account_id>/follow/", alerts.follow, name="follow"),
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/open/", alerts.open_alert, name="open_alert"),
    path("alerts/read/", alerts.read, name="read_alerts"),
    path("alerts/settings/", alerts.alert_settings, name="alert_settings"),
    path("alerts/settings/addresses/add/", alerts.add_endpoint, name="add_endpoint"),
    path("alerts/settings/addresses/remove/", alerts.remove_endpoint, name="remove_endpoint"),
    path("alerts/undelivered/", alerts.undelivered, name="undelivered"),
    path("alerts/undelivered/send/", alerts.send_again, name="send_again"),
    path("alerts/unsubscribe/<str:token>/", alerts.unsubscribe, name="unsubscribe"),
    path("editions/<int:edition_id>/what-if/", what_if, name="what_if"),
    path("queue/", queue, name="queue"),
    path("queue/views/", saved_views, name="saved_views"),
    path("queue/bulk/", bulk, name="bulk"),
    path("queue/bulk/runs/", bulk_runs, name="bulk_runs"),
    path("ctas/new/", making.pick_account, name="pick_account"),
    path("ctas/<int:cta_id>/", ctas.cta, name="cta"),
    path("ctas/<int:cta_id>/start/", ctas.start, name="start"),
    path("ctas/<int:cta_id>/snooze/", ctas.snooze, name="snooze"),
    path("ctas/<int:cta_id>/wake/", ctas.wake, name="wake"),
    path("ctas/<int:cta_id>/close/", ctas.close, name="close"),
    path("ctas/<int:cta_id>/reopen/", ctas.reopen, name="reopen"),
    path("ctas/<int:cta_id>/comment/", ctas.comment, name="comment"),
    path("ctas/<int:cta_id>/reassign/", ctas.reassign, name="reassign"),
    path("ctas/<int:cta_id>/reschedule/", ctas.reschedule, name="reschedule"),
    path("ctas/<int:cta_id>/undo-reschedule/", ctas.undo_reschedule, name="undo_reschedule"),
    path("ctas/<int:cta_id>/risk/", ctas.assess_risk, name="assess_risk"),
    path("ctas/<int:cta_id>/links/new/", making.new_link, name="new_link"),
    path("ctas/<int:cta_id>/unlink/", ctas.unlink, name="unlink"),
    path("ctas/<int:cta_id>/mark/", ctas.mark, name="mark"),
    path(
        "ctas/<int:cta_id>/tasks/<int:task_id>/complete/", ctas.complete_task, name="complete_task"
    ),
    path("ctas/<int:cta_id>/tasks/<int:task_id>/reopen/", ctas.reopen_task, name="reopen_task"),
]
