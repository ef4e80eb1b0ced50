from __future__ import annotations

from django.db import migrations

from accounts.concurrently import AddTrigramIndex


class Migration(migrations.Migration):
    atomic = False  # built while others read and write

    dependencies = [("accounts", "0001_initial")]

    operations = [
        AddTrigramIndex(table="accounts_account", column="name", name="account_name_trigrams")
    ]
