"""What people write is shown as Markdown where it is read, and does nothing else."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Account
from playbooks.models import CTAEvent
from tests.factories import NOW, make_cta, make_event, make_task

WRITTEN = "**Ask** [them](https://docs.example) <script>alert(1)</script> [x](javascript:alert(1))"
SHOWN = (
    '<strong>Ask</strong> <a href="https://docs.example" rel="noopener noreferrer nofollow">them</a> '
    "&lt;script&gt;alert(1)&lt;/script&gt; [x](javascript:alert(1))"
)


@pytest.mark.parametrize("field", ["instructions", "questions"])
def test_what_a_step_says(csm_client: Client, account: Account, field: str) -> None:
    cta = make_cta(account=account)
    make_task(cta=cta, **{field: WRITTEN})
    assert f"<p>{SHOWN}</p>" in csm_client.get(f"/ctas/{cta.pk}/").text


def test_what_a_comment_says(csm_client: Client, account: Account) -> None:
    cta = make_cta(account=account)
    make_event(cta=cta, kind=CTAEvent.Kind.COMMENTED, text=WRITTEN, at=NOW)
    assert f'<div class="said"><p>{SHOWN}</p>' in csm_client.get(f"/ctas/{cta.pk}/").text
