from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from accounts import tasks
from accounts.access import Ability
from accounts.decorators import PersonRequest, ability_required
from accounts.errors import DomainError
from accounts.forms import SignInForm
from accounts.models import Job
from accounts.services import jobs as job_service

JOBS_PER_PAGE = 50
Passing = Callable[..., HttpResponseBase]


def passwords_only(view: Passing) -> Passing:
    """Answer 404 where the identity provider alone lets people in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if settings.SSO_ONLY:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


class SignInView(auth_views.LoginView):
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if settings.SSO_ONLY:
            raise Http404
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in after the right password, or ask for the second factor where there is one."""
        if settings.SECOND_FACTOR == "off":
            return super().form_valid(form)
        from accounts import second_factor  # its packages are there only where it is on

        return second_factor.sign_in(self.request, form.get_user(), self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        more = {"takes_passwords": not settings.SSO_ONLY, "providers": list(_providers())}
        return super().get_context_data(**kwargs) | more


def _providers() -> Iterator[tuple[str, str]]:
    """Identity providers that are configured: key and what the button says."""
    configured: dict[str, Any] = getattr(settings, "SOCIALACCOUNT_PROVIDERS", {})
    apps = [app for each in configured.values() for app in each["APPS"]]
    for app in apps:
        kind = f" ({app['name']})" if len(apps) > 1 else ""
        yield (
            app["provider_id"],
            gettext("Sign in with %(provider)s") % {"provider": f"{settings.SSO_NAME}{kind}"},
        )


sign_in = SignInView.as_view()


class ForgottenPasswordView(auth_views.PasswordResetView):
    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        """Answer at once, and the same, whether the address is known or not."""
        tasks.send_reset_link(
            form.cleaned_data["email"],
            domain=self.request.get_host(),
            use_https=self.request.is_secure(),
        )
        return redirect(self.get_success_url())


password_reset = ForgottenPasswordView.as_view()


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
    messages.success(request, gettext("Job %(pk)s is queued again.") % {"pk": queued.pk})
    return redirect("accounts:job", queued.pk)


def _seconds_taken(job: Job) -> int | None:
    if job.started_at is None or job.finished_at is None:
        return None
    return round((job.finished_at - job.started_at).total_seconds())


def _jobs() -> QuerySet[Job]:
    return Job.objects.select_related("created_by")
