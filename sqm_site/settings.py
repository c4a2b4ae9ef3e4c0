"""All settings, read from the environment. A clone runs without any; a bad value is refused by name.

Every secret can also come from a file: set `NAME_FILE` instead of `NAME`.
"""

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from sqm_site import embedded
from sqm_site.above import ABOVE, ALARMS, READINESS  # noqa: F401  what rooms ask of those above them
from sqm_site.databases import databases
from sqm_site.logs import logging_config
from sqm_site.papers import SPECTACULAR_SETTINGS  # noqa: F401  how the documents of the API are made
from sqm_site.schedule import CELERY_BEAT_SCHEDULE, EVENT_READERS  # noqa: F401  what happens by itself
from sqm_site.storing import FILES, MEGABYTE, file_storage
from sqm_site.theme import UNFOLD  # noqa: F401  the admin theme reads it from the settings

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()


def setting(kind: str, name: str, default: object) -> object:
    """Read one setting; name it in the refusal when its value does not fit."""
    try:
        return getattr(env, kind)(name, default=default)
    except (ValueError, KeyError) as error:
        raise ImproperlyConfigured(f"{name}: {error}. Correct it, or unset it to use {default!r}.") from error


def flag(name: str, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value not in {"", "true", "false", "1", "0"}:
        raise ImproperlyConfigured(f"{name}: expected true or false, got {value!r}.")
    return value in {"true", "1"} if value else default


# --- where we are -------------------------------------------------------------------------------

PRODUCTION = flag("SQM_PRODUCTION", False)
DEBUG = flag("DEBUG", False)
SQM_HOME = Path(str(setting("str", "SQM_HOME", str(BASE_DIR / ".sqm")))).resolve()
PORT = int(setting("int", "PORT", 8000))  # type: ignore[call-overload]
ALLOWED_HOSTS = setting("list", "ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = setting("list", "CSRF_TRUSTED_ORIGINS", [])
# where people and links in messages reach this installation
PUBLIC_URL = str(setting("str", "PUBLIC_URL", f"http://localhost:{PORT}"))
# addresses or networks of the proxies before gunicorn, which reads the same variable: what they say of others counts
TRUSTED_PROXIES: list[str] = setting("list", "FORWARDED_ALLOW_IPS", [])  # type: ignore[assignment]
# the name that customers know, on pages and in messages without a case
INSTITUTION = str(setting("str", "INSTITUTION", ""))
# the number at which customers reach it, in messages to them
TELEPHONE = str(setting("str", "TELEPHONE", ""))
ROOT_URLCONF = "sqm_site.urls"
CSRF_FAILURE_VIEW = "sqm_site.errorpages.csrf_failed"
WSGI_APPLICATION = "sqm_site.wsgi.application"

# --- secrets: from the environment, else made once and kept under SQM_HOME (never in production) --

KEYS = embedded.local_secrets(SQM_HOME, production=PRODUCTION)
SECRET_KEY = str(setting("str", "SECRET_KEY", KEYS["SECRET_KEY"]))
# "id:base64url of 32 bytes", the first one seals, all of them open
SEAL_KEYS = setting("list", "SEAL_KEYS", KEYS["SEAL_KEY"].split(","))
SEAL_ALGORITHM = str(setting("str", "SEAL_ALGORITHM", "v1"))  # v1 AES-256-GCM, s1 SM4-GCM
# what Prometheus shows at /metrics; empty: there is no such page
METRICS_TOKEN = setting("str", "METRICS_TOKEN", "")
# base64url of 32 bytes; not rotated with SEAL_KEYS, because every index would have to be made again
INDEX_KEY = str(setting("str", "INDEX_KEY", KEYS["INDEX_KEY"]))

# --- apps, in the order of the line (docs/rooms.md) ------------------------------------------------

AUTH_USER_MODEL = "organization.User"
INSTALLED_APPS = [
    "demo",
    "quality",
    "complaints",
    "feedback",
    "sla",
    "organization",
    "security",
    "sqm_site",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
]
MIDDLEWARE = [
    "sqm_site.middleware.RequestId",
    "sqm_site.requestlog.RequestLine",
    "django.middleware.locale.LocaleMiddleware",
    "sqm_site.middleware.Guard",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "sqm_site.sessions.KeepAlive",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "organization.refusals.Refusals",
    "organization.first_login.PasswordChangeRequired",
    "axes.middleware.AxesMiddleware",
]
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
            ]
        },
    }
]

# --- engines ----------------------------------------------------------------------------------------

DATABASE_URL = os.environ.get("DATABASE_URL") or embedded.database_url(SQM_HOME)
REDIS_URL = os.environ.get("REDIS_URL") or embedded.redis_url(SQM_HOME)
# a read replica, if there is one: pages and figures of quality are read from it
REPORTS_DATABASE_URL = str(setting("str", "REPORTS_DATABASE_URL", ""))
DATABASES = databases(DATABASE_URL, REPORTS_DATABASE_URL)
DATABASE_ROUTERS = ["sqm_site.reporting.ReportsFromTheCopy"] if REPORTS_DATABASE_URL else []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Sessions live in PostgreSQL and nothing needs a shared cache: Redis may be away.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- people -----------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "organization.backends.RoleBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation." + name, "OPTIONS": options}
    for name, options in {
        "UserAttributeSimilarityValidator": {},
        "MinimumLengthValidator": {"min_length": 12},
        "CommonPasswordValidator": {},
    }.items()
] + [{"NAME": "organization.passwords.NotGuessable"}]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "/admin/"
SESSION_ENGINE = "sqm_site.sessions"
SESSION_COOKIE_AGE = int(setting("int", "IDLE_SECONDS", 30 * 60))  # type: ignore[call-overload]  # without a request
SESSION_LONGEST = 12 * 3600  # seconds
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = flag("SECURE_COOKIES", PRODUCTION)
# A browser takes a __Host- cookie by HTTPS from this very host alone: no neighbour under the domain can plant one.
COOKIE_PREFIX = "__Host-" if SESSION_COOKIE_SECURE else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid", f"{COOKIE_PREFIX}csrftoken"
# seconds for which browsers come by HTTPS alone
SECURE_HSTS_SECONDS = int(setting("int", "HSTS_SECONDS", 365 * 86400 if PRODUCTION else 0))  # type: ignore[call-overload]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
AXES_ENABLED = True
AXES_HANDLER = "organization.logins.Handler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 1  # hours
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_CALLABLE = "organization.logins.kept_name"
AXES_CLIENT_IP_CALLABLE = "sqm_site.proxies.client_address"
AXES_LOCKOUT_CALLABLE = "organization.locked_out.page"
AXES_HTTP_RESPONSE_CODE = 429
AXES_ENABLE_ADMIN = False

# --- language and time ------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale_unfold"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# --- REST -------------------------------------------------------------------------------------------

MAX_BODY_BYTES = 1024 * 1024  # of one JSON request; bulk and attachments set their own
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * MAX_BODY_BYTES
# how far ahead the plan of whoever confirms an escalation may lie
PLAN_WORKING_DAYS = int(setting("int", "PLAN_WORKING_DAYS", 10))  # type: ignore[call-overload]
# within how many working days of its receipt a case may be settled at once (即时办结)
SETTLE_WORKING_DAYS = int(setting("int", "SETTLE_WORKING_DAYS", 1))  # type: ignore[call-overload]
# days from posting a letter to its receipt, where nothing proves the delivery: the time for a review begins then
LETTER_DAYS = int(setting("int", "LETTER_DAYS", 5))  # type: ignore[call-overload]
# within how many working days a unit may appeal a ruling on its liability (责任申诉)
APPEAL_WORKING_DAYS = int(setting("int", "APPEAL_WORKING_DAYS", 5))  # type: ignore[call-overload]
# within how many working days redress is paid where the customer was promised no day
REDRESS_PAY_DAYS = int(setting("int", "REDRESS_PAY_DAYS", 10))  # type: ignore[call-overload]
INTAKE_PER_MINUTE = int(setting("int", "INTAKE_PER_MINUTE", 120))  # type: ignore[call-overload]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "organization.authentication.ApiKeyAuthentication",
        "organization.authentication.PersonAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["sqm_site.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "sqm_site.contract.Contract",
    "EXCEPTION_HANDLER": "sqm_site.api.problem_response",
    "UNAUTHENTICATED_USER": None,
}
# whether the documents of the API are read without a login
OPEN_SCHEMA = flag("OPEN_SCHEMA", not PRODUCTION)

# --- work that happens by itself: the whole list ---------------------------------------------------

CELERY_BROKER_URL = embedded.broker_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # the JSON logs stay
CELERY_WORKER_REDIRECT_STDOUTS = False  # printed mails stay readable
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 5000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20  # seconds
CELERY_TASK_TIME_LIMIT = 600  # seconds
CELERY_TASK_SOFT_TIME_LIMIT = 540  # seconds
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,  # seconds
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 30,
    "socket_connect_timeout": 5,
}
CELERY_TIMEZONE = "UTC"
# What waits for somebody else's server, or takes minutes, never stands before a deadline: two queues, and workers of
# their own for each.
CELERY_TASK_DEFAULT_QUEUE = "clock"
OUTSIDE = (
    "feedback.tasks.deliver_due_notices",
    "complaints.tasks.scan_attachments",
    "complaints.tasks.remove_orphans",
    "complaints.tasks.run_jobs",
)
CELERY_TASK_ROUTES = dict.fromkeys(OUTSIDE, {"queue": "outside"})

# --- mail -------------------------------------------------------------------------------------------

EMAIL_CONFIG = environ.Env.email_url_config(str(setting("str", "EMAIL_URL", "consolemail://")))
EMAIL_BACKEND = EMAIL_CONFIG.pop("EMAIL_BACKEND")
if environ.Env.EMAIL_SCHEMES["consolemail"] == EMAIL_BACKEND:
    EMAIL_BACKEND = "feedback.printing.PrintedMail"
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = str(setting("str", "DEFAULT_FROM_EMAIL", "sqm@localhost"))

# --- files of cases: docs/attachments.md ------------------------------------------------------------

# of one file, of all files of one case, and how many these are
ATTACHMENT_BYTES = int(setting("int", "ATTACHMENT_MEGABYTES", 20)) * MEGABYTE  # type: ignore[call-overload]
CASE_ATTACHMENT_BYTES = int(setting("int", "CASE_ATTACHMENT_MEGABYTES", 100)) * MEGABYTE  # type: ignore[call-overload]
CASE_ATTACHMENTS = int(setting("int", "CASE_ATTACHMENTS", 50))  # type: ignore[call-overload]
# "clamd:unix:/run/clamav/clamd.ctl" or "clamd:tcp:host:3310"; empty: what may act stays in quarantine
SCANNER = str(setting("str", "SCANNER", ""))

# --- the institution's own register of customers: docs/operations.md ---------------------------------

# by code of the legal entity: its address, and the key that is sent with each question
CUSTOMER_LOOKUPS: dict[str, str] = setting("dict", "CUSTOMER_LOOKUPS", {})  # type: ignore[assignment]
CUSTOMER_LOOKUP_KEYS: dict[str, str] = setting("dict", "CUSTOMER_LOOKUP_KEYS", {})  # type: ignore[assignment]
CUSTOMER_LOOKUP_SECONDS = int(setting("int", "CUSTOMER_LOOKUP_SECONDS", 2))  # type: ignore[call-overload]

# --- static files and logs --------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = SQM_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    FILES: file_storage(str(setting("str", "FILES_URL", "")), SQM_HOME),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG
LOGGING = logging_config(str(setting("str", "LOG_LEVEL", "INFO")))
