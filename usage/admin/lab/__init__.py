"""The edition lab: a draft's measures over today's values, changed and judged as one types."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from accounts.access import Ability
from accounts.decorators import ability_required
from usage.admin.lab import measures, overview, parts

PAGES = {
    "": ("", overview.lab),
    "_copy": ("copy/", overview.copy),
    "_arrange": ("arrange/", overview.arrange),
    "_metrics": ("metrics/", measures.metrics),
    "_settings": ("settings/", parts.settings),
    "_check_settings": ("settings/check/", parts.check_settings),
    "_weights": ("weights/", parts.weights),
    "_check_weights": ("weights/check/", parts.check_weights),
    "_new_use_case": ("use-cases/", parts.new_use_case),
    "_check_new_use_case": ("check/", parts.check_use_case),
    "_check_use_case": ("check/<slug:use_case>/", parts.check_use_case),
    "_use_case": ("use-cases/<slug:use_case>/", parts.use_case),
    "_new_measure": ("measures/<slug:use_case>/", measures.new_measure),
    "_check_measure": ("measures/<slug:use_case>/check/", measures.check_measure),
    "_measure": ("measures/<slug:use_case>/edit/<slug:code>/", measures.measure),
}


def urls(site: AdminSite) -> list[URLPattern]:
    """Below an edition's own address; names begin with usage_edition_lab."""
    allowed = ability_required(Ability.CONFIGURE)

    def shown(view: Any) -> Any:
        return site.admin_view(allowed(view))

    return [
        path(f"<int:edition_id>/lab/{below}", shown(view), name=f"usage_edition_lab{name}")
        for name, (below, view) in PAGES.items()
    ]
