"""What the bar of every page knows of alerts."""

from __future__ import annotations

from django import template

from accounts.models import Account, User
from playbooks.models import Follow
from playbooks.queries.alerts import unread_count

register = template.Library()


@register.simple_tag
def unread_alerts(user: User) -> str:
    """How many alerts a person has not read, as the bell says it. One query, by an index."""
    return unread_count(user)


@register.simple_tag
def is_followed(account: Account, user: User) -> bool:
    """Whether a person follows an account. One query."""
    return Follow.objects.filter(user=user, account=account).exists()
