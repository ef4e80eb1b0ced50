"""The bell, the list, what a person chooses, and what an admin finds given up."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, AuditEntry, User
from accounts.services import erasure
from playbooks.alerting import Channel, Kind
from playbooks.models import AlertSchedule, Delivery, Endpoint, Follow, Notification
from playbooks.services.alerts import endpoints, preferences
from tests.admin.pages import act
from tests.api import post
from tests.factories import (
    NOW,
    make_account,
    make_contact,
    make_delivery,
    make_endpoint,
    make_follow,
    make_notification,
)

pytestmark = pytest.mark.django_db
SETTINGS = "/alerts/settings/"


def bell(client: Client) -> str:
    page = client.get("/jobs/").text
    found = re.search(r'aria-label="Alerts([^"]*)"', page)
    assert found is not None
    return found[1]


# --- The bell and the list --------------------------------------------------------------------------


def test_the_bell_counts_what_is_unread(csm: User, csm_client: Client, teammate: User) -> None:
    assert bell(csm_client) == ""
    make_notification(user=csm)
    make_notification(user=csm, is_on_page=False)
    make_notification(user=csm, read_at=NOW)
    make_notification(user=teammate)
    assert bell(csm_client) == ", 1 unread"


def test_the_bell_counts_no_further_than_it_shows(csm: User, csm_client: Client) -> None:
    for _ in range(120):
        make_notification(user=csm)
    assert bell(csm_client) == ", 99+ unread"


def test_the_list_shows_ones_own_newest_first(
    account: Account, csm: User, csm_client: Client, teammate: User
) -> None:
    make_notification(user=csm, account=account, title="Older", at=NOW - timedelta(days=1))
    make_notification(user=csm, title="Newer <b>", text="Ask & see")
    make_notification(user=teammate, title="Of somebody else")
    page = csm_client.get("/alerts/").text
    assert page.index("Newer &lt;b&gt;") < page.index("Ask &amp; see") < page.index("Older")
    assert "Larch Telecom" in page
    assert "Of somebody else" not in page


def test_what_one_has_ceased_to_see_is_not_listed(
    account: Account, stranger: User, stranger_client: Client
) -> None:
    make_notification(user=stranger, account=account, title="Secret of Larch")
    assert "Secret of Larch" not in stranger_client.get("/alerts/").text
    assert bell(stranger_client) == ""


def test_an_empty_list_says_what_comes_there(csm_client: Client) -> None:
    assert "Nothing has happened yet" in csm_client.get("/alerts/").text
    assert "Nothing is unread" in csm_client.get("/alerts/?show=unread").text


def test_a_long_list_comes_in_pages(csm: User, csm_client: Client) -> None:
    for n in range(60):
        make_notification(user=csm, title=f"Number {n}.", at=NOW + timedelta(minutes=n))
    first = csm_client.get("/alerts/").text
    assert "Number 59." in first
    assert "Number 9." not in first
    older = re.search(r'href="(\?after=[^"]+)"', first)
    assert older is not None
    assert "Number 9." in csm_client.get(f"/alerts/{older[1]}").text


@pytest.mark.parametrize("path", ["/alerts/", SETTINGS])
def test_many_alerts_cost_the_queries_of_few(csm: User, csm_client: Client, path: str) -> None:
    counts = []
    for _ in range(2):
        for _ in range(15):
            make_notification(user=csm, account=make_account(csm=csm))
            make_endpoint(owner=csm)
        csm_client.get(path)
        with CaptureQueriesContext(connection) as queries:
            csm_client.get(path)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_to_open_one_marks_it_as_read(csm: User, csm_client: Client, account: Account) -> None:
    alert = make_notification(
        user=csm, account=account, subject="account", subject_id=account.pk, at=NOW
    )
    answer = csm_client.post("/alerts/open/", {"alert": alert.pk})
    assert answer.headers["Location"] == f"/accounts/{account.pk}/"
    alert.refresh_from_db()
    assert alert.read_at is not None


@pytest.mark.parametrize("alert", ["", "nonsense", "999999"])
def test_to_open_none_leads_back_to_the_list(csm_client: Client, alert: str) -> None:
    answer = csm_client.post("/alerts/open/", {"alert": alert})
    assert answer.headers["Location"] == "/alerts/"


def test_one_or_all_are_marked_as_read_and_nobody_elses(
    csm: User, csm_client: Client, teammate: User
) -> None:
    first, _, theirs = (make_notification(user=who) for who in (csm, csm, teammate))
    csm_client.post("/alerts/read/", {"alert": [first.pk, theirs.pk]})
    assert Notification.objects.filter(read_at=None).count() == 2
    csm_client.post("/alerts/read/")
    assert list(Notification.objects.filter(read_at=None)) == [theirs]


# --- Following --------------------------------------------------------------------------------------


def test_an_account_is_followed_and_no_longer(
    account: Account, viewer: User, viewer_client: Client
) -> None:
    address = reverse("playbooks:follow", args=[account.pk])
    assert "Follow<" in viewer_client.get(f"/accounts/{account.pk}/").text
    viewer_client.post(address)
    viewer_client.post(address)
    assert list(Follow.objects.values_list("user", "account")) == [(viewer.pk, account.pk)]
    assert "Following<" in viewer_client.get(f"/accounts/{account.pk}/").text
    part = viewer_client.post(address, {"stop": 1}, headers={"HX-Request": "true"}).text
    assert "Follow<" in part
    assert "<html" not in part
    assert not Follow.objects.exists()


# --- What a person chooses --------------------------------------------------------------------------


def test_what_ships_is_shown_as_chosen(csm_client: Client) -> None:
    page = csm_client.get(SETTINGS).text
    assert re.search(r'name="mentioned-page"[^>]*checked', page)
    assert not re.search(r'name="mentioned-slack"[^>]*checked', page)
    assert re.search(r'value="email_digest" selected', page)
    assert "job_failed" not in page  # of admins alone


def test_choices_are_stored(csm: User, csm_client: Client) -> None:
    csm_client.post(SETTINGS, {"form": "choices", "risk-email": "email_now", "drop-page": "on"})
    wishes = preferences.wishes({csm.pk})[csm.pk]
    assert wishes.wants(Kind.RISK, Channel.EMAIL_NOW)
    assert not wishes.wants(Kind.RISK, Channel.PAGE)
    assert wishes.wants(Kind.DROP, Channel.PAGE)
    assert not wishes.wants(Kind.DROP, Channel.EMAIL_DIGEST)


def test_a_choice_that_there_is_not_is_refused(csm_client: Client) -> None:
    answer = csm_client.post(SETTINGS, {"form": "choices", "risk-email": "pigeon"})
    assert answer.status_code == 422


def test_hours_are_stored_and_half_of_them_refused(csm: User, csm_client: Client) -> None:
    hours = {"form": "hours", "digest_hour": 7, "quiet_from": "22:00", "quiet_until": "06:30"}
    csm_client.post(SETTINGS, hours)
    stored = AlertSchedule.objects.get(user=csm)
    assert (stored.digest_hour, str(stored.quiet_until)) == (7, "06:30:00")
    answer = csm_client.post(SETTINGS, {**hours, "quiet_until": ""})
    assert answer.status_code == 422
    assert "need both a beginning and an end" in answer.text


def test_a_channel_that_is_off_says_what_to_set(csm_client: Client, settings) -> None:
    settings.HAS_EMAIL = False
    page = csm_client.get(SETTINGS).text
    assert "EMAIL_URL" in page
    assert "SLACK_WEBHOOK_URL" in page


def test_the_shared_places_are_named(csm_client: Client, settings) -> None:
    settings.SLACK_WEBHOOK_URL = "https://hooks.slack.com/services/T0/B0/of-tests-only"
    make_endpoint(name="Data lake")
    page = csm_client.get(SETTINGS).text
    assert "Slack (of the installation), Data lake (Webhook)" in page
    assert "of-tests-only" not in page


def test_an_address_is_added_with_its_secret_shown_once(csm: User, csm_client: Client) -> None:
    given = {"kind": "webhook", "name_": "Mine", "webhook_url": "https://hooks.example/in"}
    shown = csm_client.post("/alerts/settings/addresses/add/", given).text
    endpoint = Endpoint.objects.get(owner=csm)
    secret = endpoints.secrets_of(endpoint)[0]
    assert secret in shown
    assert secret not in csm_client.get(SETTINGS).text


@pytest.mark.parametrize(
    ("url", "reason"),
    [("http://hooks.example/", "without TLS"), ("ftp://hooks.example/", "not an https")],
)
def test_an_address_that_must_not_be_called_is_refused(
    csm_client: Client, url: str, reason: str
) -> None:
    given = {"kind": "slack", "name_": "Mine", "webhook_url": url}
    answer = csm_client.post("/alerts/settings/addresses/add/", given)
    assert answer.status_code == 422
    assert reason in answer.text
    assert not Endpoint.objects.exists()


def test_a_person_has_only_so_many_addresses(csm: User, csm_client: Client) -> None:
    for _ in range(5):
        make_endpoint(owner=csm)
    given = {"kind": "slack", "name_": "More", "webhook_url": "https://hooks.example/"}
    answer = csm_client.post("/alerts/settings/addresses/add/", given)
    assert "at most 5 addresses" in answer.text


def test_only_ones_own_address_is_removed(csm: User, csm_client: Client, teammate: User) -> None:
    mine, theirs, of_all = (make_endpoint(owner=who) for who in (csm, teammate, None))
    for each in (mine, theirs, of_all):
        csm_client.post("/alerts/settings/addresses/remove/", {"endpoint": each.pk})
    assert set(Endpoint.objects.all()) == {theirs, of_all}


# --- What an admin sees -----------------------------------------------------------------------------


def test_what_was_given_up_is_listed_with_its_reason_and_sent_again(
    admin_client: Client, now
) -> None:
    dead = make_delivery(state="dead", attempts=8, last_error="It answered 500")
    make_delivery(state="sent", sent_at=now, last_error="")
    page = admin_client.get("/alerts/undelivered/").text
    assert page.count("It answered 500") == 1
    admin_client.post("/alerts/undelivered/send/", {"delivery": [dead.pk, 999_999]})
    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == ("queued", 0)
    assert "has been sent" in admin_client.get("/alerts/undelivered/").text


def test_the_admin_sends_again_only_what_was_given_up(admin_client: Client) -> None:
    dead, queued = make_delivery(state="dead"), make_delivery(attempts=2)
    act(admin_client, "playbooks_delivery", "send_again", [dead.pk, queued.pk])
    assert set(Delivery.objects.values_list("state", "attempts")) == {("queued", 0), ("queued", 2)}


def test_the_admin_makes_a_shared_address_and_never_shows_it_again(
    admin_client: Client,
) -> None:
    page = reverse("admin:playbooks_endpoint_add")
    given = {
        "kind": "webhook",
        "name": "Lake",
        "is_active": "on",
        "webhook_url": "http://10.0.0.1/",
    }
    assert "without TLS" in admin_client.post(page, given).text
    given["webhook_url"] = "https://lake.example/in?token=of-tests-only"
    told = admin_client.post(page, given, follow=True).text
    endpoint = Endpoint.objects.get()
    assert endpoints.secrets_of(endpoint)[0] in told
    again = reverse("admin:playbooks_endpoint_change", args=[endpoint.pk])
    shown = admin_client.get(again).text
    assert "lake.example" in shown
    assert "of-tests-only" not in shown
    admin_client.post(again, {**given, "webhook_url": "", "name": "Lake 2"})
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.webhook_url[-13:]) == ("Lake 2", "of-tests-only")
    assert "of-tests-only" not in str(list(AuditEntry.objects.values()))


def test_the_admin_renews_a_secret(admin_client: Client) -> None:
    endpoint = make_endpoint()
    former = endpoints.secrets_of(endpoint)[0]
    act(admin_client, "playbooks_endpoint", "renew_secret", [endpoint.pk])
    endpoint.refresh_from_db()
    assert endpoints.secrets_of(endpoint)[0] != former


# --- The API ----------------------------------------------------------------------------------------


def test_the_api_lists_marks_and_follows(
    account: Account, csm: User, csm_client: Client, teammate: User
) -> None:
    alert = make_notification(user=csm, account=account, kind="risk", subject_id=7)
    make_notification(user=teammate)
    rows = csm_client.get("/api/v1/alerts/", {"unread": "true", "kind": "risk"}).json()["results"]
    assert [(row["id"], row["path"]) for row in rows] == [(alert.pk, "/ctas/7/")]
    marked = post(csm_client, "/alerts/read/", {"ids": [alert.pk]})
    assert marked.json() == {"read": 1}
    assert csm_client.get("/api/v1/alerts/", {"unread": "true"}).json()["results"] == []
    path = f"/accounts/{account.pk}/follow/"
    for follows in (True, False):
        assert post(csm_client, path, {"follows": follows}).json() == {"follows": follows}
        assert Follow.objects.exists() is follows


def test_the_api_refuses_what_it_does_not_know(csm_client: Client) -> None:
    assert csm_client.get("/api/v1/alerts/", {"of": "all"}).status_code == 400
    assert csm_client.post("/api/v1/alerts/read/?of=all").status_code == 400


# --- Whose data it is -------------------------------------------------------------------------------


def test_alerts_are_erased_with_their_account(account: Account, admin: User, now) -> None:
    make_delivery(notification=make_notification(account=account))
    make_follow(account=account)
    begun = erasure.begin(account_id=account.pk, by=admin, now=now)
    erased = erasure.erase(begun, now=now)
    assert (erased["alerts"], erased["deliveries"], erased["follows"]) == (1, 1, 1)
    assert not Notification.objects.exists()


def test_a_contact_is_taken_out_of_alerts(account: Account, admin: User, now) -> None:
    contact = make_contact(account=account, name="Ida Lund", email="ida@larch.example")
    alert = make_notification(account=account, text="Ida Lund wants a call")
    erasure.erase_contact(contact_id=contact.pk, by=admin, now=now)
    alert.refresh_from_db()
    assert alert.text == "[erased] wants a call"
