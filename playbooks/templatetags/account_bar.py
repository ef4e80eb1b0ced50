"""The bar of tabs that stands above every page of an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

register = template.Library()


@dataclass(frozen=True)
class Tab:
    """`url` is also what marks the tab as the current one."""

    url: str
    name: StrOrPromise


TABS = (
    Tab("playbooks:account", _("Summary")),
    Tab("playbooks:health", _("Health")),
    Tab("playbooks:account_usage", _("Usage")),
    Tab("playbooks:roadmap", _("Roadmap")),
    Tab("playbooks:account_seats", _("Subscriptions")),
    Tab("playbooks:account_instances", _("Instances")),
    Tab("playbooks:life_cycle", _("Life cycle")),
    Tab("playbooks:timeline", _("Timeline")),
    Tab("playbooks:account_cockpit", _("Calls to action")),
    Tab("playbooks:account_contacts", _("Contacts")),
    Tab("playbooks:account_family", _("Family")),
)


@register.inclusion_tag("playbooks/_account_tabs.html", takes_context=True)
def account_tabs(context: template.Context) -> dict[str, Any]:
    """The tabs of `account`, the one of this address marked."""
    match = context["request"].resolver_match
    return {
        "account": context["account"],
        "tabs": TABS,
        "here": match.view_name if match else "",
    }
