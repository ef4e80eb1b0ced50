"""One settings file, safe by default: what differs between machines comes from config/env.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import django_stubs_ext
import environ
from celery.schedules import crontab

from config import env, logs, sign_in
from config.enum_names import ENUM_NAMES
from usage.anomalies import Rules

django_stubs_ext.monkeypatch()

BASE_DIR = env.BASE_DIR
DEBUG = env.DEBUG
SECRET_KEY = env.SECRET_KEY
SECRET_KEY_FALLBACKS = env.SECRET_KEY_FALLBACKS
# A supervisor on the machine itself asks by these names whether the process lives.
ALLOWED_HOSTS = list(dict.fromkeys([*env.ALLOWED_HOSTS, "localhost", "127.0.0.1", "[::1]"]))
PORT = env.PORT
PROXY_COUNT = env.PROXY_COUNT
EMBEDDED = not env.REDIS_URL

INSTALLED_APPS = [
    "accounts",
    "usage",
    "playbooks",
    "config.apps.FootholdAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
    "simple_history",
    "config",  # last: it settles what the others have brought
]

MIDDLEWARE = [
    "accounts.middleware.RequestLogMiddleware",  # first: whatever answers, it is told
    "accounts.middleware.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounts.middleware.BodyLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.LogUserMiddleware",
    "accounts.middleware.CallerMiddleware",
    "accounts.middleware.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

if env.METRICS_TOKEN:
    MIDDLEWARE.insert(0, "config.metrics.RequestMetricsMiddleware")

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database -----------------------------------------------------------------
_database: dict[str, Any] = dict(environ.Env.db_url_config(env.DATABASE_URL))
if "sqlite" in _database["ENGINE"]:
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    # a machine that is gone answers nothing: without a limit each request would wait for minutes
    _database["OPTIONS"] = {"connect_timeout": 10, **_database.get("OPTIONS", {})}
    _database["CONN_MAX_AGE"] = 60
    _database["CONN_HEALTH_CHECKS"] = True
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIGRATION_MODULES = {"knox": None}  # ours takes the place of its model, and of its table

# --- People -------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
] + [{"NAME": "accounts.sign_ins.PasswordChangeNoted"}]
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60
SESSION_COOKIE_AGE = 7 * 24 * 60 * 60  # from signing in; used or not
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_USERNAME_FORM_FIELD = "username"  # what the form calls the e-mail
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # a stranger must not lock the owner out
AXES_CLIENT_IP_CALLABLE = "accounts.client_address.client_address"
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False  # ours notes what is deleted
AXES_DISABLE_ACCESS_LOG = True  # the audit log has it
HAS_SSO = sign_in.HAS_SSO
SSO_NAME = env.SSO_NAME
SSO_TRUST_EMAIL = env.SSO_TRUST_EMAIL
SSO_CREATE_USERS = env.SSO_CREATE_USERS
SSO_ONLY = env.SSO_ONLY
SECOND_FACTOR = env.SECOND_FACTOR
if sign_in.IS_ON:
    INSTALLED_APPS[-1:-1] = sign_in.APPS
    MIDDLEWARE += sign_in.MIDDLEWARE
    vars().update(sign_in.SETTINGS)

# --- Language, time, static ---------------------------------------------------
LANGUAGE_CODE = "en-gb"
# Each language that ships: its catalogue is locale/<language>/LC_MESSAGES/django.mo.
LANGUAGES = [("en-gb", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
ORGANISATION_TIME_ZONE = env.ORGANISATION_TIME_ZONE
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

# --- Security -----------------------------------------------------------------
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # the token travels in a meta tag
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
if not DEBUG:  # a browser takes such a cookie over https, from this very host, and from nobody else
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_SSL_REDIRECT = not DEBUG
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]  # asked from within
# Without a proxy in front it is the caller who writes this header.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXY_COUNT else None
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
PAGE_BODY_BYTES = 10_000_000  # of a form, files included
API_BODY_BYTES = 52_428_800  # compressed payloads: what the longest call of the API may be

# --- E-mail -------------------------------------------------------------------
vars().update(environ.Env.email_url_config(env.EMAIL_URL))
DEFAULT_FROM_EMAIL = env.EMAIL_FROM

# --- Alerts -------------------------------------------------------------------
SITE_URL = env.SITE_URL
HAS_EMAIL = env.EMAIL_URL != "consolemail://"
SLACK_WEBHOOK_URL = env.SLACK_WEBHOOK_URL
# Hosts of our own networks that webhooks may call, by whatever scheme and port.
OUTGOING_HOSTS = env.OUTGOING_HOSTS

# --- Background work ----------------------------------------------------------
CELERY_BROKER_URL = env.REDIS_URL or "memory://localhost/"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"polling_interval": 0.1} if EMBEDDED else {"socket_connect_timeout": 5}
)
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker however long it takes
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "sweep jobs": {"task": "accounts.tasks.sweep_jobs", "schedule": 2.0 if EMBEDDED else 15.0},
    "rescore everything": {
        "task": "playbooks.tasks.rescore_nightly",
        "schedule": crontab(hour="2", minute="15"),
    },
    "purge idempotency keys": {
        "task": "accounts.tasks.purge_idempotency_keys",
        "schedule": crontab(minute="40"),
    },
    "proof": {"task": "usage.tasks.prove_nightly", "schedule": crontab(hour="4", minute="50")},
    "erase what is too old": {
        "task": "accounts.tasks.apply_retention_nightly",
        "schedule": crontab(hour="3", minute="40"),
    },
    "send alerts": {
        "task": "playbooks.tasks.send_alerts",
        "schedule": 5.0 if EMBEDDED else 30.0,
        "options": {"expires": 30},  # a busy worker must not find a pile of them
    },
    "order the queue anew": {  # its day turns at midnight UTC
        "task": "playbooks.tasks.order_queue_nightly",
        "schedule": crontab(hour="0", minute="1"),
    },
    "wake snoozed calls to action": {
        "task": "playbooks.tasks.wake_snoozed",
        "schedule": crontab(minute="*/15"),
    },
}
# A job's kind -> the function that does it: called with the claimed Job, it returns a summary.
JOB_HANDLERS = {
    "bulk_ctas": "playbooks.services.bulk.run_bulk_job",
    "order_queue": "playbooks.services.queue_order.run_order_job",
    "score": "playbooks.services.scoring.run_score_job",
    "score_part": "playbooks.services.scoring.run_score_part",
    "apply_retention": "accounts.services.retention.run_retention_job",
    "erase_account": "accounts.services.erasure.run_erase_job",
    "backtest": "usage.services.backtests.run_backtest_job",
    "backfill_metrics": "usage.services.metrics.run_backfill_job",
    "prove_cards": "usage.services.drift.run_prove_job",
    "what_if": "playbooks.services.what_if.run_what_if_job",
}

# Longer than any step between two beats: a shard of the largest accounts, a batch that waits for locks.
# A live job given back is done twice and, five times, given up; a killed worker's merely waits.
JOB_STALLED_AFTER = timedelta(seconds=env.JOB_STALLED_AFTER_SECONDS)

# Who else keeps figures of metrics: told accounts and components that lose them, each counts its rows.
QUOTES_OF_METRICS = ["playbooks.services.redaction.redact"]

# What may be erased when it is old; how old is for the rules in the admin to say.
RETENTION_KINDS = {
    "alerts": "playbooks.services.retention_kinds.ALERTS",
    "admin_log": "accounts.services.retention_kinds.ADMIN_LOG",
    "contracts_of_erased_customers": "accounts.services.retention_kinds.CONTRACTS",
    "cta_evidence": "playbooks.services.retention_kinds.EVIDENCE",
    "history": "accounts.services.retention_kinds.HISTORY",
    "jobs": "accounts.services.retention_kinds.JOBS",
    "payloads": "usage.services.retention_kinds.PAYLOADS",
    "rejected_rows": "usage.services.retention_kinds.REJECTED_ROWS",
    "score_cards": "usage.services.retention_kinds.SCORE_CARDS",
    "sessions": "accounts.services.retention_kinds.SESSIONS",
    "sign_ins": "accounts.services.retention_kinds.SIGN_INS",
    "snapshots": "usage.services.retention_kinds.SNAPSHOTS",
    "support_cases": "accounts.services.retention_kinds.SUPPORT_CASES",
    "survey_responses": "accounts.services.retention_kinds.SURVEY_RESPONSES",
    "bulk_runs": "playbooks.services.retention_kinds.BULK_RUNS",
    "trigger_runs": "playbooks.services.retention_kinds.TRIGGER_RUNS",
}
# What is stored of a customer, by app, in the order in which it is erased; the account's own app last.
CUSTOMER_DATA = [
    "playbooks.services.customer_data.PART",
    "usage.services.customer_data.PART",
    "accounts.services.customer_data.PART",
]

# Who scores health: told the accounts of which something changed that health reads, and since when.
HEARS_OF_HEALTH = ["usage.services.rescoring.request_health"]

# --- API ----------------------------------------------------------------------
# Holds the counts of the throttle: in embedded mode one process has them all in its memory.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": env.REDIS_URL}
    if env.REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ScopedTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.RoleAndScopePermission"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.throttling.CallerThrottle"],
    # of each token and each signed-in person; wrong tokens, of each address
    "DEFAULT_THROTTLE_RATES": {"caller": "1200/min", "failures": "30/min"},
    "DEFAULT_PARSER_CLASSES": ["accounts.parsers.BoundedJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "accounts.pagination.StandardCursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "config.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
_ERROR_STATUSES = ("400", "401", "403", "404", "409", "413", "415", "422", "429")
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "config.api.ExceptionHandler",
    "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,  # the traceback is in the log
    "ALLOWED_ERROR_STATUS_CODES": _ERROR_STATUSES,
    "ERROR_SCHEMAS": dict.fromkeys(_ERROR_STATUSES, "config.openapi.ErrorResponse"),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Foothold API",
    "DESCRIPTION": "Product usage in; explained adoption scores and calls to action out.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["accounts.permissions.RoleAndScopePermission"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": ENUM_NAMES,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "POSTPROCESSING_HOOKS": [
        "drf_standardized_errors.openapi_hooks.postprocess_schema_enums",
        "config.openapi.tell_bounds",
    ],
}
KNOX_TOKEN_MODEL = "accounts.ApiToken"  # noqa: S105 - a model's label, not a secret
REST_KNOX = {"TOKEN_TTL": timedelta(days=365), "AUTH_HEADER_PREFIX": "Token"}

# --- History ----------------------------------------------------------------
SIMPLE_HISTORY_REVERT_DISABLED = True  # going back would pass by the services: consent, mapping

# --- Logs ---------------------------------------------------------------------
_passwords = [
    urlsplit(url).password or "" for url in (env.DATABASE_URL, env.REDIS_URL, env.EMAIL_URL)
]
LOGGING = logs.configuration(
    level=env.LOG_LEVEL,
    as_json=env.LOG_FORMAT == "json",
    secrets=[
        SECRET_KEY,
        *SECRET_KEY_FALLBACKS,
        env.SSO_OIDC_CLIENT_SECRET,
        env.METRICS_TOKEN,
        env.SLACK_WEBHOOK_URL,
        *_passwords,
        *map(unquote, _passwords),
    ],
)

# --- Numbers for Prometheus -----------------------------------------------------
METRICS_TOKEN = env.METRICS_TOKEN

# --- Limits -------------------------------------------------------------------
LIMIT_ROWS = env.LIMIT_ROWS
LIMIT_WAITING_JOBS = env.LIMIT_WAITING_JOBS
LIMIT_DATABASE_GB = env.LIMIT_DATABASE_GB

# --- Foothold -----------------------------------------------------------------
# The vendor's own name of a deployment -> ours.
DEPLOYMENT_ALIASES = {"GitLab.com": "SaaS", "GitLab Dedicated": "Dedicated"}

# When a month of usage is marked as unusual: see usage/anomalies.py for what each number does.
ANOMALIES = Rules(step_share=0.5, least_months=6, score_above=3.5, least_share=0.2)
