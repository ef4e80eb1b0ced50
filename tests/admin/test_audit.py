"""What is done in the admin is in the audit log; the log itself is read and exported there."""

from __future__ import annotations

import csv
import io

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.urls import reverse

from accounts.admin.audited import AuditedAdmin
from accounts.models import Account, ApiToken, AuditEntry, Contact, Plan, Team, User
from accounts.services import audit
from accounts.services.audit import NOT_KEPT
from accounts.services.tokens import create_token
from tests import factories
from tests.admin.pages import act, change
from usage.services import dictionary, editions

pytestmark = pytest.mark.django_db


def entry(verb: str) -> AuditEntry:
    return AuditEntry.objects.get(verb=verb)


def test_no_model_that_the_admin_changes_escapes() -> None:
    unaudited = {
        model._meta.label
        for model, its_admin in admin.site._registry.items()
        if not isinstance(its_admin, AuditedAdmin)
    }
    assert unaudited == set()


def test_no_admin_takes_the_audit_away() -> None:
    hooks = ("construct_change_message", "log_addition", "log_change", "log_deletions")
    for its_admin in admin.site._registry.values():
        for hook in hooks:
            owner = next(each for each in type(its_admin).__mro__ if hook in vars(each))
            assert owner is AuditedAdmin, f"{type(its_admin).__name__}.{hook}"


def test_what_is_added_is_noted_with_its_values(admin_client, admin) -> None:
    admin_client.post(reverse("admin:accounts_team_add"), {"name": "LATAM"})
    noted = entry("team.added")
    told = (noted.actor, noted.object_label, noted.via)
    assert told == (admin, "LATAM", "POST /admin/accounts/team/add/")
    assert noted.detail == {"changes": {"name": [None, "LATAM"]}}


def test_a_change_of_an_account_names_the_fields(admin_client, csm, team) -> None:
    account = factories.make_account(name="Larch", csm=csm, segment="SMB")
    change(admin_client, account, segment="Enterprise", csm="")
    assert {"segment", "csm"} <= set(entry("account.changed").detail["changes"])


def test_a_change_of_role_is_told(admin_client, csm) -> None:
    change(admin_client, csm, role="manager")
    assert entry("user.changed").detail["changes"] == {"role": ["csm", "manager"]}


def test_a_password_is_never_told(admin_client, csm) -> None:
    address = reverse("admin:auth_user_password_change", args=[csm.pk])
    words = {
        "usable_password": "true",
        "password1": "tall-4-tests-9",
        "password2": "tall-4-tests-9",
    }
    admin_client.post(address, words)
    assert AuditEntry.objects.filter(verb="user.changed", object_id=csm.pk).exists()
    assert "tall-4" not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        pytest.param({"name": "Joanna"}, {"name": [NOT_KEPT, NOT_KEPT]}, id="changed"),
        pytest.param({"DELETE": "on"}, "deleted", id="deleted"),
    ],
)
def test_rows_of_a_table_under_a_form_are_told(admin_client, account, typed, told) -> None:
    contact = Contact.objects.create(
        account=account, name="Jo", email="jo@c.example", persona="other"
    )
    page = admin_client.get(reverse("admin:accounts_account_change", args=[account.pk])).context
    form = {
        name: value
        for name, value in page["adminform"].form.initial.items()
        if value not in (None, False)
    }
    for inline in page["inline_admin_formsets"]:
        prefix = inline.formset.prefix
        form |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    form |= {
        "contacts-TOTAL_FORMS": 1, "contacts-INITIAL_FORMS": 1, "contacts-0-id": contact.pk,
        "contacts-0-account": account.pk, "contacts-0-name": "Jo", "contacts-0-email": "jo@c.example",
        "contacts-0-persona": "other",
    }  # fmt: skip
    form |= {f"contacts-0-{name}": value for name, value in typed.items()}
    admin_client.post(reverse("admin:accounts_account_change", args=[account.pk]), form)
    changes = entry("account.changed").detail["changes"]
    assert changes[f"contact {contact.pk}"] == told


def test_a_deletion_is_noted(admin_client, admin) -> None:
    plan = Plan.objects.create(name="Gold", rank=9)
    admin_client.post(reverse("admin:accounts_plan_delete", args=[plan.pk]), {"post": "yes"})
    assert (entry("plan.deleted").object_label, entry("plan.deleted").actor) == ("Gold", admin)


def test_each_row_of_a_deleted_selection_is_noted(admin_client) -> None:
    teams = [factories.make_team(name=name) for name in ("One", "Two")]
    act(admin_client, "accounts_team", "delete_selected", [team.pk for team in teams], post="yes")
    assert not Team.objects.filter(name__in=("One", "Two")).exists()
    assert AuditEntry.objects.filter(verb="team.deleted").count() == 2


def test_a_token_made_in_the_admin_is_noted_once(admin_client, admin) -> None:
    service = factories.make_user(User.Role.SERVICE)
    fields = {"name": "warehouse", "user": service.pk, "scopes": ["read"], "lifetime_days": 30}
    admin_client.post(reverse("admin:accounts_apitoken_add"), fields)
    assert entry("token.created").actor == admin
    assert not AuditEntry.objects.filter(verb="apitoken.added").exists()


def test_selected_tokens_are_revoked(admin_client, admin, csm) -> None:
    token = create_token(user=csm, name="sync", scopes=["read"]).token
    page = act(admin_client, "accounts_apitoken", "revoke_selected", [token.pk])  # type: ignore[list-item]  # a digest
    assert "1 token is revoked." in page.text
    assert not ApiToken.objects.exists()
    assert (entry("token.revoked").actor, entry("token.revoked").object_id) == (
        admin,
        token.token_key,
    )


def test_a_token_deleted_by_its_page_is_revoked(admin_client, csm) -> None:
    token = create_token(user=csm, name="sync", scopes=["read"]).token
    address = reverse("admin:accounts_apitoken_delete", args=[token.pk])
    admin_client.post(address, {"post": "yes"})
    assert not ApiToken.objects.exists()
    assert entry("token.revoked").object_id == token.token_key


def test_publishing_and_retiring_an_edition_are_noted(admin_client, admin, now) -> None:
    dictionary.load_shipped(now=now)
    editions.load_shipped(now=now)
    draft = editions.copy_as_draft(edition_id=editions.named("2025").pk, name="2027")
    for name in ("publish_edition", "retire_edition"):
        admin_client.post(reverse(f"playbooks:{name}", args=[draft.pk]), {"note": "It is time."})
    noted = AuditEntry.objects.filter(object_label="2027").order_by("pk")
    assert [(each.verb, each.actor) for each in noted] == [
        ("edition.published", admin),
        ("edition.retired", admin),
    ]


def test_consent_is_noted(admin_client, admin) -> None:
    account = factories.make_account(shares_optional_data=True)
    act(admin_client, "accounts_account", "withdraw_consent", [account.pk])
    assert entry("consent.withdrawn").object_id == str(account.pk)
    assert not Account.objects.get(pk=account.pk).shares_optional_data


def test_a_lock_that_an_admin_takes_away_is_noted(admin_client) -> None:
    attempt = AccessAttempt.objects.create(
        username="csm@x.example", ip_address="192.0.2.1", failures_since_start=9
    )
    page = admin_client.get(reverse("admin:axes_accessattempt_changelist"))
    assert page.status_code == 200
    act(admin_client, "axes_accessattempt", "delete_selected", [attempt.pk], post="yes")
    assert entry("accessattempt.deleted").object_id


@pytest.mark.parametrize("action", ["add", "change", "delete"])
def test_nobody_writes_the_log(admin_client, now, action) -> None:
    noted = audit.record("done", now=now)
    address = reverse(
        f"admin:accounts_auditentry_{action}", args=[] if action == "add" else [noted.pk]
    )
    assert admin_client.post(address, {"verb": "undone", "post": "yes"}).status_code == 403


def test_an_entry_is_shown_whole(admin_client, now) -> None:
    noted = audit.record("done", now=now, detail={"why": "because of <this>"})
    page = admin_client.get(reverse("admin:accounts_auditentry_change", args=[noted.pk])).text
    assert "because of &lt;this&gt;" in page


def test_the_log_is_exported_and_that_is_noted(admin_client, admin, now) -> None:
    noted = audit.record("done", now=now, by=admin, detail={"why": "=1+1"})
    answer = act(admin_client, "accounts_auditentry", "export_selected", [noted.pk])
    lines = list(csv.reader(io.StringIO(answer.getvalue().decode())))
    assert lines[0][:3] == ["at", "verb", "actor_label"]
    assert lines[1][1:3] == ["done", admin.email]
    assert lines[1][-1] == '{"why": "=1+1"}'
    assert entry("export.audit_log").detail["rows"] == 1


def test_the_log_is_closed_to_everyone_else(manager_client) -> None:
    answer = manager_client.get(reverse("admin:accounts_auditentry_changelist"), follow=True)
    assert answer.status_code == 403
