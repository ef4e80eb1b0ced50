"""Whose e-mail a provider vouches for: one table."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.claims import vouched_email
from accounts.errors import SignInRefused

CLEO = {"sub": "1", "email": "cleo@foothold.example", "email_verified": True}
SILENT = {"sub": "1", "email": "cleo@foothold.example"}


@pytest.mark.parametrize(
    ("said", "trusts_silence"),
    [
        pytest.param({"userinfo": CLEO}, False, id="userinfo"),
        pytest.param({"id_token": CLEO}, False, id="the token alone"),
        pytest.param({"userinfo": CLEO, "id_token": {"sub": "1"}}, False, id="both, of one person"),
        pytest.param({"userinfo": CLEO | {"email_verified": "True"}}, False, id="as a word"),
        pytest.param({"userinfo": SILENT}, True, id="silent, and trusted"),
    ],
)
def test_vouched_for(said: dict[str, Any], *, trusts_silence: bool) -> None:
    assert vouched_email(said, trusts_silence=trusts_silence) == "cleo@foothold.example"


@pytest.mark.parametrize(
    ("said", "trusts_silence"),
    [
        pytest.param({}, True, id="nothing said"),
        pytest.param({"userinfo": SILENT}, False, id="silent"),
        pytest.param({"userinfo": CLEO | {"email_verified": False}}, True, id="denied"),
        pytest.param({"userinfo": CLEO | {"email_verified": "false"}}, True, id="denied in a word"),
        pytest.param({"userinfo": CLEO | {"email_verified": 1}}, True, id="a number"),
        pytest.param({"userinfo": CLEO | {"email": ["a@b"]}}, True, id="no text"),
        pytest.param({"userinfo": CLEO | {"email": ""}}, True, id="empty"),
        pytest.param({"userinfo": CLEO, "id_token": {"sub": "2"}}, True, id="two people"),
    ],
)
def test_not_vouched_for(said: dict[str, Any], *, trusts_silence: bool) -> None:
    with pytest.raises(SignInRefused):
        vouched_email(said, trusts_silence=trusts_silence)
