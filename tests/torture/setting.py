"""Fills an empty database with what was there before the faults: people, accounts, editions, a token.

    python -m tests.torture.setting FOLDER

Prints the token. Account ids lie apart, so that the accounts fill many shards.
"""

from __future__ import annotations

import io
import sys

import django

ID_STEP = 500
PASSWORD = "torture-only-4711"


def main(folder: str) -> None:
    from django.core.management import call_command
    from django.db import connection

    from accounts.models import Account, User
    from accounts.services import tokens

    call_command("migrate", verbosity=0)
    call_command("load_defaults", stdout=io.StringIO())
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SEQUENCE accounts_account_id_seq INCREMENT BY {ID_STEP}")
    call_command("import_accounts", folder, stdout=io.StringIO())
    admin = User.objects.create_superuser(email="ada@torture.example", password=PASSWORD)
    loader = User.objects.create_user(email="loader@torture.example", role=User.Role.SERVICE)
    # every account has somebody to call: what drops opens a call to action
    csm = User.objects.filter(role=User.Role.CSM).order_by("pk").first() or admin
    Account.objects.filter(csm=None).update(csm=csm)
    issued = tokens.create_token(user=loader, name="torture", scopes={"read", "ingest"})
    sys.stdout.write(issued.plaintext + "\n")


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1])
