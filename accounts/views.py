from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts import tasks
from accounts.access import Ability
from accounts.decorators import PersonRequest, ability_required
from accounts.errors import DomainError
from accounts.models import Job
from accounts.services import jobs as job_service

JOBS_PER_PAGE = 50


@require_GET
@ability_required(Ability.READ)
def jobs(request: PersonRequest) -> HttpResponse:
    state = request.GET.get("state", "")
    whole = _jobs().filter(parent=None)  # whose progress is that of its parts
    shown = whole.filter(state=state) if state in Job.State.values else whole
    page = Paginator(shown, JOBS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "state": state,
        "states": Job.State.choices,
        "is_moving": any(job.finished_at is None for job in page),
    }
    template = "accounts/_jobs.html" if request.htmx else "accounts/jobs.html"
    return render(request, template, context)


@require_GET
@ability_required(Ability.READ)
def job(request: PersonRequest, job_id: int) -> HttpResponse:
    shown = get_object_or_404(_jobs(), pk=job_id)
    template = "accounts/_job.html" if request.htmx else "accounts/job.html"
    return render(request, template, {"job": shown, "seconds": _seconds_taken(shown)})


@require_POST
@ability_required(Ability.CONFIGURE)
def retry_job(request: PersonRequest, job_id: int) -> HttpResponse:
    failed = get_object_or_404(Job, pk=job_id)
    try:
        queued = job_service.retry(job_id=failed.pk, now=timezone.now())
    except DomainError as refused:
        messages.error(request, str(refused))
        return redirect("accounts:job", job_id)
    tasks.wake(queued)
    messages.success(request, f"Job {queued.pk} is queued again.")
    return redirect("accounts:job", queued.pk)


def _seconds_taken(job: Job) -> int | None:
    if job.started_at is None or job.finished_at is None:
        return None
    return round((job.finished_at - job.started_at).total_seconds())


def _jobs() -> QuerySet[Job]:
    return Job.objects.select_related("created_by")
