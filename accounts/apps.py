from __future__ import annotations

from django.apps import AppConfig
from django.utils import translation
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from accounts import (
            lookups,  # noqa: F401 - they register themselves
            sign_ins,  # models are not there any earlier
            words,
        )

        words.speak_by(translation)
        sign_ins.connect()
