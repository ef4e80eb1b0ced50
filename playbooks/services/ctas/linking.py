"""Linking a call to action with what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Objective, Subscription, TimelineActivity, User
from playbooks.errors import LinkInvalid
from playbooks.models import CallToAction, CTALink
from playbooks.services.ctas.changes import Kind, log, workable_cta

SCHEMES = ("http", "https")
LONGEST_URL = 500
_is_address = URLValidator(schemes=list(SCHEMES))


@dataclass(frozen=True, kw_only=True)
class NewLink:
    """Where a link leads: to one object, or to an address whose kind is said."""

    label: str = ""
    kind: str = ""
    url: str = ""
    objective: Objective | None = None
    subscription: Subscription | None = None
    activity: TimelineActivity | None = None
    other_cta: CallToAction | None = None


@transaction.atomic
def link_cta(*, cta_id: int, link: NewLink, by: User, now: datetime) -> CTALink:
    """Link a CTA, open or closed; the same target twice is one link. Raises LinkInvalid."""
    cta = workable_cta(cta_id, by)
    kind, target = _kind_and_target(link, cta)
    made, is_new = CTALink.objects.get_or_create(
        cta=cta,
        account_id=cta.account_id,
        **target,
        defaults={
            "kind": kind,
            "label": link.label.strip(),
            "created_by": by,
            "created_at": now,
        },
    )
    if is_new:
        log(cta, Kind.LINKED, by=by, now=now, text=str(made), detail=_told(made))
    return made


@transaction.atomic
def unlink_cta(*, cta_id: int, link_id: int, by: User, now: datetime) -> None:
    """Take a link away again; one that is gone changes nothing."""
    cta = workable_cta(cta_id, by)
    link = cta.links.filter(pk=link_id).first()
    if link is None:
        return
    text, detail = str(link), _told(link)
    deleted, _ = CTALink.objects.filter(pk=link_id).delete()
    if deleted:
        log(cta, Kind.UNLINKED, by=by, now=now, text=text, detail=detail)


def _told(link: CTALink) -> dict[str, Any]:
    return {"link": link.pk, "kind": str(link.kind)}


def _kind_and_target(link: NewLink, cta: CallToAction) -> tuple[str, dict[str, Any]]:
    objects = {name: getattr(link, name) for name in CTALink.KINDS if getattr(link, name)}
    if len(objects) + bool(link.url) != 1:
        raise LinkInvalid(gettext("Name one thing that it leads to."))
    if link.url:
        return link.kind or CTALink.Kind.OTHER, {"url": _address(link.url)}
    [(name, target)] = objects.items()
    if target.account_id != cta.account_id or target == cta:
        raise LinkInvalid(gettext("It can lead to something else of the same account only."))
    return CTALink.KINDS[name], {name: target}


def _address(url: str) -> str:
    """An address of the web with its scheme in lower case; whatever else a browser might run is none."""
    try:
        _is_address(url.strip())
    except ValidationError as wrong:
        raise LinkInvalid(gettext("Begin an address with https:// or http://.")) from wrong
    address = urlsplit(url.strip()).geturl()
    if len(address) > LONGEST_URL:
        raise LinkInvalid(
            gettext("An address has %(most)s characters at most.") % {"most": LONGEST_URL}
        )
    return address
