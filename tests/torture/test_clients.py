"""Fifty people at once on the queue, closing the same calls to action over real HTTP."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from random import Random
from threading import Barrier

import pytest

from tests.torture.conftest import SEED, Prepared
from tests.torture.drive import PROXIED
from tests.torture.processes import answers, free_port, python, until

pytestmark = pytest.mark.torture

CLIENTS = 50
CTAS = 12
DATABASE = "clients"
SIGNING_IN = """
import django
django.setup()
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from accounts.models import User
admin = User.objects.get(email="ada@torture.example")
for _ in range(50):
    session = SessionStore()
    session[SESSION_KEY] = str(admin.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = admin.get_session_auth_hash()
    session.create()
    print("SESSION", session.session_key)
"""


class Browser:
    """One person's session: keeps its cookies and its connection."""

    def __init__(self, port: int, session: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.csrf = "c" * 32
        self.headers = {
            **PROXIED,
            "Cookie": f"__Host-sessionid={session}; __Host-csrftoken={self.csrf}",
            "X-CSRFToken": self.csrf,
            "Referer": "https://127.0.0.1/",
            "Host": "127.0.0.1",
        }

    def close_cta(self, cta_id: int) -> tuple[int, str]:
        body = json.dumps({"status": "already_solved", "comment": "Seen to."})
        headers = {**self.headers, "Content-Type": "application/json"}
        self.connection.request("POST", f"/api/v1/ctas/{cta_id}/close/", body, headers)
        answer = self.connection.getresponse()
        told = json.loads(answer.read())
        return answer.status, told["errors"][0]["code"] if "errors" in told else ""


@pytest.fixture
def port(prepared: Prepared) -> Iterator[int]:
    assert prepared.undisturbed
    prepared.stage.postgres.copy("undisturbed", DATABASE)
    chosen = free_port()
    before = list(prepared.stage.started)
    prepared.stage.web(DATABASE, port=chosen, workers=3)
    until(lambda: answers(chosen), "the web process listens")
    yield chosen
    prepared.stage.stop(*(c for c in prepared.stage.started if c not in before))


@pytest.mark.torture_quick
def test_fifty_people_close_each_call_to_action_once(prepared: Prepared, port: int) -> None:
    stage = prepared.stage
    signing_in = stage.child("sessions", DATABASE, python("-c", SIGNING_IN))
    assert signing_in.wait() == 0, signing_in.said()
    sessions = [
        line.split()[1] for line in signing_in.said().splitlines() if line.startswith("SESSION")
    ]
    found = stage.postgres.rows(
        DATABASE, "SELECT id FROM playbooks_calltoaction WHERE status = 'new' ORDER BY id LIMIT 12"
    )
    ids = [number for (number,) in found]
    assert len(ids) == CTAS
    start = Barrier(CLIENTS)

    def work(number: int) -> list[tuple[int, str]]:
        browser = Browser(port, sessions[number])
        order = list(ids)
        Random(f"{SEED}:{number}").shuffle(order)  # noqa: S311 - an order
        start.wait(60)
        with closing(browser.connection):
            return [browser.close_cta(cta_id) for cta_id in order]

    with ThreadPoolExecutor(CLIENTS) as pool:
        told = Counter(answer for answers_ in pool.map(work, range(CLIENTS)) for answer in answers_)
    assert told == {(200, ""): CTAS, (409, "cta_changed"): CTAS * (CLIENTS - 1)}
    events = stage.postgres.rows(
        DATABASE,
        "SELECT cta_id, count(*) FROM playbooks_ctaevent WHERE kind = 'closed' AND cta_id = ANY(%s)"
        " GROUP BY cta_id",
        ids,
    )
    assert sorted(events) == [(number, 1) for number in ids]
