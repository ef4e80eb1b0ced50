"""Views of the queue that a person saves."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.access import Ability
from accounts.decorators import PersonRequest, ability_required
from accounts.errors import DomainError
from accounts.filters import is_id
from playbooks.models import SavedView
from playbooks.queries.queue_filter import known_params
from playbooks.services import saved_views as service


@require_http_methods(["GET", "HEAD", "POST"])
@ability_required(Ability.READ)
def saved_views(request: PersonRequest) -> HttpResponse:
    """List the views that the person has and those that the team shares; save one or take one away."""
    if request.method == "POST":
        return _changed(request)
    views = SavedView.objects.visible_to(request.user).select_related("owner")
    return render(request, "playbooks/saved_views.html", {"views": views})


def _changed(request: PersonRequest) -> HttpResponse:
    if is_id(delete := request.POST.get("delete", "")):
        service.delete_view(view_id=int(delete), owner=request.user)
        messages.success(request, gettext("The view is gone."))
        return redirect("playbooks:saved_views")
    params = known_params(request.POST.dict())
    try:
        view = service.save_view(
            owner=request.user,
            name=request.POST.get("name", ""),
            params=params,
            is_shared="is_shared" in request.POST,
            is_default="is_default" in request.POST,
        )
    except DomainError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, gettext("“%(view)s” is kept.") % {"view": view})
    return redirect(f"{reverse('playbooks:queue')}?{urlencode(params)}")
