"""A fresh installation says what it lacks, instead of blaming the accounts."""

from __future__ import annotations

import pytest

from tests.factories import make_edition

pytestmark = pytest.mark.django_db

MISSING = "No edition is in force: run <code>manage.py load_defaults</code>"
PAGES = ("/queue/?who=mine", "/queue/?who=all", "/portfolio/", "/data/")


@pytest.mark.parametrize("address", PAGES)
def test_a_page_without_an_edition_says_how_to_get_one(csm_client, address) -> None:
    assert MISSING in csm_client.get(address).text


@pytest.mark.parametrize("address", PAGES)
def test_accounts_are_not_to_blame_either(csm_client, account, address) -> None:
    assert MISSING in csm_client.get(address).text


def test_a_draft_is_not_in_force(csm_client) -> None:
    make_edition(published=False)
    assert MISSING in csm_client.get("/data/").text


@pytest.mark.parametrize("address", PAGES)
def test_nothing_is_said_where_one_is_in_force(csm_client, address) -> None:
    make_edition()
    assert MISSING not in csm_client.get(address).text
