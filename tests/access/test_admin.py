"""The admin: every page and every action of it, for admins and for nobody else."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import User
from tests.access.cast import MARK, Cast, Person, undone
from tests.access.urlconf import OF_THE_ADMIN, PATHS, filled, told

Clients = dict[Person, Client]
SHUT_OUT = (Person.ANONYMOUS, Person.INACTIVE, Person.OWNER, Person.VIEWER, Person.FLAGGED)
LISTS = {
    f"{model._meta.app_label}_{model._meta.model_name}": model for model in admin.site._registry
}


def pages_of(label: str) -> list[str]:
    """Names of the URLs of one model, or of those that belong to none."""
    of_models = {
        name: each
        for name in OF_THE_ADMIN
        for each in LISTS
        if name.startswith((f"admin:{each}_", f"admin:{each.partition('_')[2]}_"))
    }
    if label:
        return [name for name, each in of_models.items() if each == label]
    return sorted(set(OF_THE_ADMIN) - set(of_models))


def test_no_page_of_the_admin_is_left_out() -> None:
    swept = {name for label in ("", *LISTS) for name in pages_of(label)}
    assert swept == set(OF_THE_ADMIN)


@pytest.mark.parametrize("label", ["", *LISTS])
def test_the_pages_of_the_admin_are_for_admins(label: str, world: Cast, clients: Clients) -> None:
    before, wrong = world.rows(), {}
    for name in pages_of(label):
        for person in SHUT_OUT:
            for method in ("get", "post"):
                response = getattr(clients[person], method)(filled(PATHS[name]))
                if response.status_code not in {302, 403, 404} or MARK in told(response):
                    wrong[name, person, method] = response.status_code
    assert not wrong
    assert world.rows() == before


# --- Actions ----------------------------------------------------------------------------------------


def actions_of(model: type[Model]) -> list[str]:
    """Names of the actions that the admin offers to an admin."""
    request: HttpRequest = RequestFactory().get("/")
    request.user = User(role=User.Role.ADMIN, is_active=True, is_staff=True, is_superuser=True)
    return list(admin.site._registry[model].get_actions(request))


def test_the_actions_are_found_in_the_registry() -> None:
    offered = {action for model in LISTS.values() for action in actions_of(model)}
    assert {"withdraw_consent", "close_selected", "reassign_selected", "retry_failed"} <= offered
    assert "delete_selected" not in actions_of(User)  # people are not deleted


@pytest.mark.parametrize("label", [label for label in LISTS if actions_of(LISTS[label])])
def test_the_actions_of_the_admin_are_for_admins(label: str, world: Cast, clients: Clients) -> None:
    address, model = reverse(f"admin:{label}_changelist"), LISTS[label]
    chosen = list(model._default_manager.values_list("pk", flat=True)[:1]) or [1]
    before, wrong = world.rows(), {}
    for action in actions_of(model):
        asked = {"action": action, "_selected_action": chosen}
        for person in SHUT_OUT:
            response = clients[person].post(address, asked)
            if response.status_code not in {302, 403} or MARK in told(response):
                wrong[action, person] = response.status_code
        assert world.rows() == before
        with undone():
            response = clients[Person.ADMIN].post(address, asked)
            told(response)  # to its end: what is streamed is let go
        if response.status_code not in {200, 302}:
            wrong[action, Person.ADMIN] = response.status_code
    assert not wrong


def test_the_search_behind_a_field_of_a_form_is_for_admins(clients: Clients, world: Cast) -> None:
    asked = {"app_label": "accounts", "model_name": "contact", "field_name": "account", "term": "z"}
    found = {
        person: client.get(reverse("admin:autocomplete"), asked)
        for person, client in clients.items()
    }
    assert [person for person in found if found[person].status_code == 200] == [Person.ADMIN]
    assert MARK in told(found[Person.ADMIN])


def test_a_flag_of_djangos_alone_opens_nothing(people: dict[Person, User]) -> None:
    flagged = User.objects.get(pk=people[Person.FLAGGED].pk)
    assert (flagged.is_staff, flagged.is_superuser) == (True, True)
    assert not flagged.sees_all
    assert not flagged.may_configure
