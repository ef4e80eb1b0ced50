from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin.base import LargeTablePaginator, ReadOnlyAdmin, pretty_json, wake_all
from accounts.models import Job
from accounts.services import jobs


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    paginator = LargeTablePaginator
    list_display = ("__str__", "state", "progress", "attempts", "created_by", "created_at", "error")
    list_filter = ("state", "kind")
    search_fields = ("=id", "=kind", "error")
    date_hierarchy = "created_at"
    list_select_related = ("created_by",)
    exclude = ("params", "summary")
    readonly_fields = ("asked_for", "outcome")
    actions = ("retry_failed",)

    @admin.display(description=_("progress"))
    def progress(self, job: Job) -> str:
        return "" if job.percent is None else f"{job.percent} %"

    @admin.display(description=_("asked for"))
    def asked_for(self, job: Job) -> SafeString:
        return pretty_json(job.params)

    @admin.display(description=_("outcome"))
    def outcome(self, job: Job) -> SafeString:
        return pretty_json(job.summary)

    @admin.action(description=_("Try the failed ones of the selected jobs again"))
    def retry_failed(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        failed = queryset.filter(state=Job.State.FAILED).values_list("pk", flat=True)
        queued = [jobs.retry(job_id=job_id, now=timezone.now()) for job_id in failed]
        wake_all(*queued)
        text = ngettext("%d job is queued again.", "%d jobs are queued again.", len(queued))
        self.message_user(request, text % len(queued), messages.SUCCESS)
