from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class FootholdAdminSite(AdminSite):
    """Records and configuration, for admins. One sign-in page serves the whole product."""

    site_header = "Foothold"
    site_title = "Foothold"
    index_title = _("Records and configuration")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return (
            isinstance(user, User)
            and user.is_active
            and user.is_staff
            and user.role == User.Role.ADMIN
        )

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.user.is_authenticated:
            raise PermissionDenied(gettext("Only admins may enter here."))
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
