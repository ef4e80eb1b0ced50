"""One key at once and one process killed, on PostgreSQL: the work is done once, both get the answer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Account, IdempotencyKey, User
from playbooks.models import CallToAction
from tests.api import ROOT, token_client
from tests.architecture.repository import ROOT as REPOSITORY

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

CALLERS = 6
BODY = {"title": "Call", "type": "risk", "due_on": "2026-12-01"}
SCRIPT = """
import json, sys, time
import django; django.setup()
from django.test import Client
from accounts import idempotency
point, header, body = sys.argv[1:]

def reach(name):
    print(name, flush=True)
    time.sleep(60)

if point == "before the answer is stored":
    idempotency.keep = lambda *args: reach("before the answer is stored")
client = Client(headers={"authorization": header, "idempotency-key": "k-1", "host": "localhost"})
client.post("/api/v1/ctas/", json.loads(body), content_type="application/json")
reach("before the answer is sent")
"""


def opened(client: Client, account: Account) -> Any:
    return client.post(
        f"{ROOT}/ctas/",
        BODY | {"account": account.external_id},
        content_type="application/json",
        headers={"idempotency-key": "k-1"},
    )


def test_of_many_at_once_one_does_the_work_and_all_get_its_answer(csm: User, account) -> None:
    header = token_client(csm).defaults["HTTP_AUTHORIZATION"]
    start = Barrier(CALLERS)

    def call(_: int) -> Any:
        try:
            start.wait()
            return opened(Client(headers={"authorization": header}), account)
        finally:
            connection.close()

    with ThreadPoolExecutor(CALLERS) as pool:
        answers = list(pool.map(call, range(CALLERS)))
    assert {(answer.status_code, answer.content) for answer in answers} == {
        (201, answers[0].content)
    }
    assert sum("Idempotent-Replayed" in answer for answer in answers) == CALLERS - 1
    assert CallToAction.objects.count() == IdempotencyKey.objects.count() == 1


@pytest.mark.parametrize(
    ("point", "left", "replayed"),
    [
        pytest.param("before the answer is stored", 0, False, id="neither effect nor answer"),
        pytest.param("before the answer is sent", 1, True, id="both effect and answer"),
    ],
)
def test_kill_minus_nine(csm: User, account: Account, point: str, left: int, replayed) -> None:
    client = token_client(csm)
    kill_at(point, str(client.defaults["HTTP_AUTHORIZATION"]), account)
    assert (CallToAction.objects.count(), IdempotencyKey.objects.count()) == (left, left)
    again = opened(client, account)
    assert again.status_code == 201
    assert ("Idempotent-Replayed" in again) is replayed
    assert CallToAction.objects.get().pk == again.json()["id"]


def kill_at(point: str, header: str, account: Account) -> None:
    """Make the call in another process and kill that with -9 where it has got to a point."""
    body = json.dumps(BODY | {"account": account.external_id})
    told = connection.settings_dict
    where = f"{told['USER']}:{told['PASSWORD']}@{told['HOST']}:{told['PORT']}/{told['NAME']}"
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgres://{where}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, point, header, body],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline().decode() == f"{point}\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    with connection.cursor() as cursor:  # its session ends when the server has noticed
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND state LIKE 'idle in transaction%'"
        )
