"""What a draft edition would change, told by the command and the API."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
import yaml
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import Job, User
from accounts.services import jobs
from playbooks.services import what_if as service
from tests import book
from tests.book import OCTOBER, make_customer, report
from tests.factories import NOW
from tests.playbooks.drafts import make_falling, make_steady, make_stricter
from usage.models import Edition, Instance
from usage.services import editions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fixed_time() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def edition(db: None) -> Edition:
    return book.load_edition()


@pytest.fixture
def draft(edition: Edition) -> Edition:
    return make_stricter(edition)


@pytest.fixture
def customer(edition: Edition, csm: User) -> Instance:
    return make_falling(csm)


@pytest.fixture
def other(edition: Edition, csm: User) -> Instance:
    return make_steady(csm)


def settle() -> None:
    """Nothing waits to be scored."""
    Job.objects.filter(state=Job.State.QUEUED).delete()


# --- The command -----------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    content = yaml.safe_load((editions.SHIPPED / "2025.yaml").read_text())
    ci = next(each for each in content["use_cases"] if each["code"] == "ci")
    ci["measures"][0]["bands"] = [{"red": "(-inf, 2]", "yellow": "(2, 60]", "green": "(60, inf)"}]
    path = tmp_path / "draft.yaml"
    path.write_text(yaml.safe_dump(content | {"name": "stricter"}, sort_keys=False))
    return path


def command(*arguments: object) -> str:
    out = io.StringIO()
    call_command("what_if", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_the_command_tells_it_of_a_file(edition, customer, other, file, tmp_path) -> None:
    book.make_triggers()
    target = tmp_path / "moved.csv"
    said = command(file, "--from", "2026-08", "--to", "2026-10", "--output", target)
    assert "stricter against 2025, 2026-08 to 2026-10" in said
    assert "Acme: CI fell from Green to Yellow" in said
    assert "Acme" in target.read_text()
    assert not Edition.objects.filter(name="stricter").exists()


def test_the_command_takes_a_base_and_the_newest_month(edition, customer, file) -> None:
    assert "stricter against 2025, 2026-10:" in command(file, "--base", "2025")


def test_the_command_refuses_what_makes_no_sense(edition, file) -> None:
    with pytest.raises(CommandError, match="Nobody has reported"):
        command(file)
    report(make_customer(None), OCTOBER, {})
    with pytest.raises(CommandError, match="--from lies after --to"):
        command(file, "--from", "2026-11", "--to", "2026-10")
    with pytest.raises(CommandError, match="nowhere"):
        command(file, "--base", "nowhere")


# --- The API ---------------------------------------------------------------------------------------


def test_the_api_tells_it(admin_client, draft, customer, other) -> None:
    book.make_triggers()
    address = reverse("api-edition-what-if", args=[draft.pk])
    told = admin_client.get(address, {"from": "2026-08", "to": "2026-10", "moved": "1"}).json()
    ci = next(each for each in told["matrices"] if each["code"] == "ci")
    assert {"before": "Green", "after": "Yellow", "count": 1} in ci["movements"]
    assert (told["moved_count"], len(told["moved"])) == (1, 1)
    assert told["moved"][0]["reason"]
    assert told["ctas"][0]["title"] == "CI fell from Green to Yellow"
    scale = admin_client.get(address, {"segment": "Scale", "base": "2025"}).json()
    assert (scale["accounts"], scale["moved"]) == (1, [])


def test_the_api_refuses_what_makes_no_sense(admin_client, csm_client, draft, customer) -> None:
    address = reverse("api-edition-what-if", args=[draft.pk])
    assert admin_client.get(address, {"from": "2026-11", "to": "2026-10"}).status_code == 400
    assert admin_client.get(address, {"form": "2026-11"}).status_code == 400
    assert csm_client.get(address).status_code == 403


def test_the_api_has_much_worked_out_first(admin_client, draft, customer, monkeypatch) -> None:
    settle()
    monkeypatch.setattr(service, "MOST_AT_ONCE", 0)
    address = reverse("api-edition-what-if", args=[draft.pk])
    refused = admin_client.get(address)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "what_if_not_ready")
    taken = admin_client.post(address)
    assert (taken.status_code, taken.json()["state"]) == (202, "queued")
    jobs.run(taken.json()["id"], clock=lambda: NOW)
    assert admin_client.get(address).status_code == 200
