"""Real flows at the most talkative level: what the log says of them holds no secret."""

from __future__ import annotations

import io
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from structlog.stdlib import ProcessorFormatter

from accounts.models import ApiToken, User
from playbooks.models import Delivery
from playbooks.services.alerts import deliveries, endpoints
from tests import factories
from tests.api import ROOT, token_client
from tests.architecture.repository import ROOT as REPOSITORY

PASSWORD = "correct-horse-9-battery"
pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the handler of the settings writes, with every logger at DEBUG."""
    root = logging.getLogger()
    handlers = [
        handler
        for handler in root.handlers
        if isinstance(handler, logging.StreamHandler)
        and isinstance(handler.formatter, ProcessorFormatter)
    ]
    assert len(handlers) == 1
    stream, level = io.StringIO(), root.level
    former = handlers[0].setStream(stream)
    root.setLevel(logging.DEBUG)
    yield stream
    root.setLevel(level)
    handlers[0].setStream(former or sys.stderr)


def test_no_other_handler_writes_what_was_not_looked_at() -> None:
    loggers = [logging.getLogger(name) for name in logging.root.manager.loggerDict]
    writers = {
        logger.name
        for logger in loggers
        if not logger.name.startswith(("pytest", "_pytest", "gunicorn", "celery", "asyncio"))
        for handler in logger.handlers
        if isinstance(handler, logging.StreamHandler)
    }
    assert writers == set()


def test_signing_in_with_a_wrong_and_a_right_password(client: Client, csm: User, log) -> None:
    csm.set_password(PASSWORD)
    csm.save()
    client.post("/login/", {"username": csm.email, "password": "wrong-horse-8"})
    client.post("/login/", {"username": csm.email, "password": PASSWORD})
    session = client.cookies["sessionid"].value
    client.get("/nothing-here/", headers={"cookie": f"sessionid={session}"})
    logging.getLogger("any").debug("signed in: %s", csm.__dict__)
    text = log.getvalue()
    assert "/nothing-here/" in text
    for secret in (PASSWORD, "wrong-horse-8", session, csm.password.split("$")[-1]):
        assert secret not in text


def test_a_token_that_is_made_used_and_wrong(admin_client: Client, log) -> None:
    service = factories.make_user(User.Role.SERVICE)
    fields = {"name": "loader", "user": service.pk, "scopes": ["read"], "lifetime_days": 30}
    page = admin_client.post(reverse("admin:accounts_apitoken_add"), fields, follow=True).text
    found = re.search(r"not shown again: (\w+)", page)
    assert found is not None
    plaintext = found[1]
    client = Client(headers={"authorization": f"Token {plaintext}"})
    assert client.get(f"{ROOT}/accounts/").status_code == 200
    client.get(f"{ROOT}/accounts/9999/")
    client.get(f"{ROOT}/accounts/", headers={"authorization": f"Token {plaintext[:-4]}0000"})
    client.get(f"/{plaintext}/")  # pasted where it does not belong
    logging.getLogger("any").info("headers: %s", {"Authorization": f"Token {plaintext}"})
    text = log.getvalue()
    assert "/[secret]/" in text
    assert plaintext not in text
    assert plaintext[:-4] not in text
    assert ApiToken.objects.get().digest not in text


def test_a_view_that_breaks_with_a_secret_in_its_hands(csm: User, log, monkeypatch) -> None:
    client = token_client(csm, "read")
    client.raise_request_exception = False
    header = str(client.defaults["HTTP_AUTHORIZATION"])

    def lost(*args: object, **kwargs: object) -> None:
        raise OperationalError(f"postgres://foothold:hunter2-db@db/foothold is gone; {header}")

    monkeypatch.setattr("accounts.api.AccountViewSet.get_queryset", lost)
    assert client.get(f"{ROOT}/accounts/").status_code == 503
    text = log.getvalue()
    assert "OperationalError: postgres://foothold:[secret]@db/foothold is gone" in text
    assert "hunter2-db" not in text
    assert header.removeprefix("Token ") not in text


def test_a_password_that_is_reset(
    client: Client, csm: User, log, post_office, django_capture_on_commit_callbacks
) -> None:
    csm.set_password(PASSWORD)
    csm.save()
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/password_reset/", {"email": csm.email})
    found = re.search(r"/reset/\S+/(\S+)/", str(mail.outbox[0].body))
    assert found is not None
    link, secret = found[0], found[1]
    client.get(f"{link}x/")  # told as not found
    entered = client.get(link, follow=True)
    again = {"new_password1": "stands-tall-4-tests", "new_password2": "stands-tall-4-tests"}
    client.post(entered.redirect_chain[-1][0], again)
    text = log.getvalue()
    assert "/reset/" in text
    for each in (secret, "stands-tall-4-tests"):
        assert each not in text


def test_addresses_and_secrets_of_alerts(csm: User, log, settings) -> None:
    settings.SLACK_WEBHOOK_URL = "https://127.0.0.1/services/T0/B0/of-tests-only"
    own = "https://127.0.0.1/in?key=of-the-csm-only"
    made = endpoints.add(
        kind="webhook", name="Mine", webhook_url=own, owner=csm, by=csm, now=factories.NOW
    )
    alert = factories.make_notification(user=csm)
    factories.make_delivery(notification=alert, endpoint=made.endpoint)
    factories.make_delivery(notification=alert, channel="slack")
    factories.make_delivery(notification=alert)
    assert deliveries.send_due().sent == 1
    link = str(mail.outbox[0].extra_headers["List-Unsubscribe"]).strip("<>")
    Client().get(urlsplit(link).path)
    logging.getLogger("any").debug("made %s", made.__dict__ | made.endpoint.__dict__)
    logging.getLogger("any").debug("sent %s", link)
    text = log.getvalue() + str(list(Delivery.objects.values()))
    assert "is given up" in text
    signature = urlsplit(link).path.rstrip("/").rsplit("/", 1)[-1]
    for secret in ("of-tests-only", "of-the-csm-only", made.secret, signature):
        assert secret not in text


@pytest.mark.slow
def test_the_secrets_of_the_environment(tmp_path) -> None:
    secrets = {"SECRET_KEY": "k3y-of-production-0123456789", "database": "db-pa%2Fss-1", "mail": "smtp-pass-1"}  # fmt: skip
    told = (
        "import django, logging; django.setup()\n"
        "from django.conf import settings\n"
        "log = logging.getLogger('any')\n"
        "log.debug('settings %s', {n: getattr(settings, n) for n in dir(settings) if n.isupper()})\n"
        "for n in ('SECRET_KEY', 'EMAIL_HOST_PASSWORD'): log.debug('it is ' + getattr(settings, n))\n"
        "log.debug('it is ' + settings.DATABASES['default']['PASSWORD'])\n"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "DEBUG",
        "SECRET_KEY": secrets["SECRET_KEY"],
        "DATABASE_URL": f"postgres://foothold:{secrets['database']}@127.0.0.1:1/none",
        "EMAIL_URL": f"smtp+tls://foothold:{secrets['mail']}@127.0.0.1:1",
    }
    ran = subprocess.run(
        [sys.executable, "-c", told],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stderr.count("it is [secret]") == 3
    for secret in (*secrets.values(), "db-pa/ss-1"):
        assert secret not in ran.stderr
