"""Who may write about an account: whoever's role lets them work, of the accounts that they see."""

from __future__ import annotations

from accounts.access import Ability
from accounts.errors import RoleForbids
from accounts.models import Account, User


def refuse_unless_worker(by: User, *, to: str) -> None:
    """Raise RoleForbids, with what they were about to do."""
    if not by.may(Ability.WORK_CTAS):
        raise RoleForbids(to)


def workable_account(account_id: int, by: User, *, to: str) -> Account:
    """The account to be written about; raise RoleForbids or, unseen, Account.DoesNotExist."""
    refuse_unless_worker(by, to=to)
    return Account.objects.visible_to(by).get(pk=account_id)
