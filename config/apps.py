from __future__ import annotations

from django.apps import AppConfig
from django.contrib import admin
from django.contrib.admin import apps as admin_apps
from django.core.checks import Tags, register
from django.utils.translation import gettext_lazy as _


class FootholdAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "config.admin_site.FootholdAdminSite"


class FootholdConfig(AppConfig):
    """The project itself: comes last, when the apps and their admins are there."""

    default = True
    name = "config"
    verbose_name = _("Foothold")

    def ready(self) -> None:
        from axes.models import AccessAttempt
        from django.contrib.auth.models import Group  # models are not there any earlier

        from config import checks

        admin.site.unregister(Group)  # who may do what follows from the role alone
        # Its own action breaks outside of a sign-in; deleting an attempt is what ends a lock-out.
        admin.site.get_model_admin(AccessAttempt).actions = ()
        for model in [
            each for each in admin.site._registry if each.__module__.startswith("allauth.")
        ]:
            admin.site.unregister(model)  # keys of second factors are nobody's to read
        register(checks.broker_and_database, Tags.compatibility)
        register(checks.debug_beyond_loopback, Tags.security)
