"""Views of the queue that people save, share and open with."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from accounts.models import User
from playbooks.errors import SavedViewUnnamed, TooManySavedViews
from playbooks.models import SavedView
from playbooks.queries.queue_filter import known_params

MOST = 50  # for one person


@transaction.atomic
def save_view(
    *,
    owner: User,
    name: str,
    params: Mapping[str, str],
    is_shared: bool = False,
    is_default: bool = False,
) -> SavedView:
    """Keep a view under a name, in place of the owner's one of that name; unknown parameters are left out.

    Raises SavedViewUnnamed and TooManySavedViews.
    """
    name = " ".join(name.replace("\0", "").split())[:60]
    if not name:
        raise SavedViewUnnamed
    User.objects.select_for_update().get(pk=owner.pk)  # one at a time: one default, few views
    own = SavedView.objects.filter(owner=owner)
    if own.exclude(name=name).count() >= MOST:
        raise TooManySavedViews(MOST)
    if is_default:
        own.exclude(name=name).update(is_default=False)
    view, _ = SavedView.objects.update_or_create(
        owner=owner,
        name=name,
        defaults={
            "params": known_params(params),
            "is_shared": is_shared,
            "is_default": is_default,
        },
    )
    return view


def delete_view(*, view_id: int, owner: User) -> int:
    """Take one's own view away; one that is gone or somebody else's stays as it is. How many went."""
    deleted, _ = SavedView.objects.filter(pk=view_id, owner=owner).delete()
    return deleted
