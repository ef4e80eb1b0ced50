from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class FootholdAdminConfig(AdminConfig):
    default_site = "config.admin_site.FootholdAdminSite"
