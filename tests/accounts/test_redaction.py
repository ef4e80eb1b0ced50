"""Secrets are taken out of a text, and the rest of it stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.redaction import MASK, Redactor, is_secret_name, redact

TOKEN = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(f"Authorization: Token {TOKEN}", f"Authorization: {MASK}", id="a header"),
        pytest.param(f"'HTTP_AUTHORIZATION': 'Bearer {TOKEN}'", f"'HTTP_AUTHORIZATION': '{MASK}'", id="a dict"),
        pytest.param("Authorization: Basic dTpw", f"Authorization: {MASK}", id="a short one"),
        pytest.param(f"sent Token {TOKEN} twice", f"sent Token {MASK} twice", id="a scheme alone"),
        pytest.param(f"read {TOKEN}.", f"read {MASK}.", id="a token of ours"),
        pytest.param("postgres://u:p%40ss@db:5432/x", f"postgres://u:{MASK}@db:5432/x", id="a database"),
        pytest.param("redis://:hidden@cache/1", f"redis://:{MASK}@cache/1", id="no user"),
        pytest.param("https://docs.example/a:b", "https://docs.example/a:b", id="an address without"),
        pytest.param("GET /reset/MQ/c9x-8a7/ 404", f"GET /reset/MQ/{MASK}/ 404", id="a one-time link"),
        pytest.param("GET /reset/MQ/set-password/", "GET /reset/MQ/set-password/", id="where it leads"),
        pytest.param("is argon2$argon2id$v=19$m=1,t=2$abc$def now", f"is {MASK} now", id="a hash"),
        pytest.param("password=hunter2&next=/", f"password={MASK}&next=/", id="a form"),
        pytest.param("'new_password1': 'hunter2 x'", f"'new_password1': {MASK}", id="with a blank"),
        pytest.param('{"api_key": "abc", "a": 1}', f'{{"api_key": {MASK}, "a": 1}}', id="JSON"),
        pytest.param("Cookie: sessionid=abc; csrftoken=def", f"Cookie: {MASK}", id="cookies"),
        pytest.param("token = self.read(request)", "token = self.read(request)", id="code of a traceback"),
        pytest.param("3 tokens passed to the parser", "3 tokens passed to the parser", id="plain words"),
        pytest.param("POST https://hooks.slack.com/services/T0/B0/x now", f"POST https://hooks.slack.com/{MASK} now", id="Slack"),
        pytest.param("webhook_url=https://a.example/b", f"webhook_url={MASK}", id="an address of a webhook"),
        pytest.param("it is whsec_c2VjcmV0Cg==", f"it is {MASK}", id="what signs webhooks"),
        pytest.param("GET /alerts/unsubscribe/WzFd:1a:b/", f"GET /alerts/unsubscribe/{MASK}/", id="a link that ends e-mails"),
        pytest.param("compass: north", "compass: north", id="a name that ends alike"),
    ],
)  # fmt: skip
def test_a_text(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [("password", True), ("new_password2", True), ("API_KEY", True), ("HTTP_COOKIE", True),
     ("csrfmiddlewaretoken", True), ("client_secret", True), ("sessionid", True), ("name", False),
     ("token_count", False), ("digest", False)],
)  # fmt: skip
def test_a_name(name: str, is_secret: object) -> None:
    assert is_secret_name(name) is is_secret


@given(st.text(min_size=6, max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_what_is_known_is_gone_wherever_it_stands(secret: str, before: str, after: str) -> None:
    if secret not in MASK:
        assert secret not in redact(before + secret + after, [secret]).replace(MASK, "")


def masked(line: object, *known: str) -> object:
    return Redactor(known)(None, "info", line)


def test_the_longest_known_secret_is_masked_first() -> None:
    assert masked("key secret-1-long", "secret-1", "secret-1-long") == f"key {MASK}"


def test_a_short_password_does_not_tear_words_apart() -> None:
    assert masked("apostrophe", "post", "") == "apostrophe"


def test_a_name_that_is_secret_hides_its_value() -> None:
    event = {"event": f"sent Token {TOKEN}", "password": "hunter2", "rows": 3}
    assert masked(event) == {"event": f"sent Token {MASK}", "password": MASK, "rows": 3}


def test_a_traceback_in_parts_is_masked_in_every_part() -> None:
    event = {"exception": [{"exc_value": f"bad Token {TOKEN}", "frames": ({"lineno": 1},)}]}
    assert masked(event) == {
        "exception": [{"exc_value": f"bad Token {MASK}", "frames": [{"lineno": 1}]}]
    }
