from __future__ import annotations

from collections.abc import Iterator

import pytest

from config import sign_in
from tests.sign_in import oidc_provider
from tests.sign_in.oidc_provider import Provider


@pytest.fixture(scope="session")
def oidc_process() -> Iterator[Provider]:
    with oidc_provider.running() as provider:
        yield provider


@pytest.fixture
def oidc(oidc_process: Provider, settings) -> Provider:
    """The provider, and a Foothold that is set up for it."""
    settings.SOCIALACCOUNT_PROVIDERS = sign_in.providers(
        oidc_url=oidc_process.url, client_id="foothold", client_secret="of-tests-only"
    )
    return oidc_process
