from __future__ import annotations

from django.urls import URLPattern, path

from playbooks.views import ctas
from playbooks.views.account import account
from playbooks.views.portfolio import portfolio
from playbooks.views.queue import queue

app_name = "playbooks"
urlpatterns: list[URLPattern] = [
    path("portfolio/", portfolio, name="portfolio"),
    path("accounts/<int:account_id>/", account, name="account"),
    path("accounts/<int:account_id>/ctas/new/", ctas.new_cta, name="new_cta"),
    path("queue/", queue, name="queue"),
    path("ctas/<int:cta_id>/", ctas.cta, name="cta"),
    path("ctas/<int:cta_id>/start/", ctas.start, name="start"),
    path("ctas/<int:cta_id>/snooze/", ctas.snooze, name="snooze"),
    path("ctas/<int:cta_id>/wake/", ctas.wake, name="wake"),
    path("ctas/<int:cta_id>/close/", ctas.close, name="close"),
    path("ctas/<int:cta_id>/reopen/", ctas.reopen, name="reopen"),
    path("ctas/<int:cta_id>/comment/", ctas.comment, name="comment"),
    path("ctas/<int:cta_id>/reassign/", ctas.reassign, name="reassign"),
    path(
        "ctas/<int:cta_id>/tasks/<int:task_id>/complete/", ctas.complete_task, name="complete_task"
    ),
    path("ctas/<int:cta_id>/tasks/<int:task_id>/reopen/", ctas.reopen_task, name="reopen_task"),
]
