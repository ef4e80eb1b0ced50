from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from accounts import (
            lookups,  # noqa: F401 - they register themselves
            sign_ins,  # models are not there any earlier
        )

        sign_ins.connect()
