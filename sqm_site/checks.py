"""What must be right before the service may run. `manage.py check --database default` asks all of it.

Unsafe settings are errors in production and warnings elsewhere.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import redis
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import InvalidStorageError
from django.db import connections

from sqm_site.proxies import networks
from sqm_site.storing import kept_files

SHORTEST_SECRET = 50  # characters
OLDEST_POSTGRESQL = 140000
LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]"}
REDIS_TIMEOUT_SECONDS = 2
SHORTEST_HSTS = 180 * 86400  # seconds
LONGEST_IDLE = 30 * 60  # seconds
HOST_ONLY = "__Host-"
PRINTED = {
    "feedback.printing.PrintedMail",
    "django.core.mail.backends.console.EmailBackend",
    "django.core.mail.backends.filebased.EmailBackend",
}

# setting of PostgreSQL -> what is lost when it is off
DURABLE = {
    "fsync": "a crash of the host can damage the whole database",
    "synchronous_commit": "a complaint that was acknowledged can be lost in a crash",
    "full_page_writes": "a crash can leave half-written pages",
}


def finding(code: str, message: str, hint: str) -> CheckMessage:
    kind = Error if settings.PRODUCTION else Warning
    return kind(message, hint=hint, id=f"sqm.{'E' if settings.PRODUCTION else 'W'}{code}")


def check_secret_key(app_configs: Sequence[Any] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    """SECRET_KEY signs sessions, cursors and links; the keys of personal data are checked by their own room."""
    secret_key = str(settings.SECRET_KEY)
    if len(secret_key) < SHORTEST_SECRET or secret_key.startswith("django-insecure-"):
        hint = f"Set SECRET_KEY to at least {SHORTEST_SECRET} random characters."
        yield finding("001", "SECRET_KEY can be guessed.", hint)


def check_exposure(app_configs: Sequence[Any] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    """What a demo may leave open and a production site may not."""
    if not settings.PRODUCTION:
        return
    if settings.DEBUG:
        yield finding("002", "DEBUG shows settings and personal data to everybody.", "Unset DEBUG.")
    hosts: Any = settings.ALLOWED_HOSTS
    if "*" in hosts or set(hosts) <= LOCAL_HOSTS:
        yield finding("003", "ALLOWED_HOSTS does not name this site.", "Set ALLOWED_HOSTS to its host names.")
    if not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE):
        yield finding("004", "Session cookies travel unencrypted.", "Unset SECURE_COOKIES, and serve by HTTPS.")


def check_doors(app_configs: Sequence[Any] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    """How people come in, and what leaves beside the pages."""
    if not settings.PRODUCTION:
        return
    if settings.SECURE_HSTS_SECONDS < SHORTEST_HSTS:
        hint = f"Unset HSTS_SECONDS, or set it to {SHORTEST_HSTS} or more."
        yield finding("009", "Browsers may come back without HTTPS.", hint)
    if settings.EMAIL_BACKEND in PRINTED:
        yield finding("010", "Mail is printed: customers' words would stand in the log.", "Set EMAIL_URL.")
    if not 0 < settings.SESSION_COOKIE_AGE <= LONGEST_IDLE:
        hint = f"Unset IDLE_SECONDS, or set it to at most {LONGEST_IDLE}."
        yield finding("011", "A desk that was left stays open for too long.", hint)
    if settings.OPEN_SCHEMA:
        yield finding("012", "Everybody can read what the API is.", "Unset OPEN_SCHEMA.")
    names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
    if not all(str(name).startswith(HOST_ONLY) for name in names):
        yield finding("013", "A neighbour under the same domain can plant our cookies.", "Unset SECURE_COOKIES.")
    yield from wrong_proxies()


def wrong_proxies() -> Iterable[CheckMessage]:
    """Who stands before gunicorn: without a name all people have one address, with `*` everybody says who they are."""
    entries = [str(entry) for entry in settings.TRUSTED_PROXIES]
    hint = "Set FORWARDED_ALLOW_IPS to the addresses of your proxies."
    if len(networks(tuple(entries))) < len(entries):
        yield finding("014", "FORWARDED_ALLOW_IPS holds what is no address.", hint)
    if not entries:
        yield Warning("Behind a proxy that is not named all people have one address.", hint=hint, id="sqm.W015")


def check_files(app_configs: Sequence[Any] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    """Files of cases need a storage that can be made; whether it answers, the first file tells."""
    try:
        kept_files()
    except (ImportError, ImproperlyConfigured, InvalidStorageError) as error:
        hint = "For a bucket: pip install 'django-storages[s3]'. Else unset FILES_URL, or name a folder."
        yield Error(f"FILES_URL: there is no such storage ({error}).", hint=hint, id="sqm.E016")


def check_database(
    app_configs: Sequence[Any] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> Iterable[CheckMessage]:
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            names = [*DURABLE, "server_version_num"]
            cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [names])
            found = dict(cursor.fetchall())
        for name, loss in DURABLE.items():
            if found[name] == "off":
                yield finding(
                    "005", f"PostgreSQL runs with {name}=off: {loss}.", f"Set {name} = on in postgresql.conf."
                )
        if int(found["server_version_num"]) < OLDEST_POSTGRESQL:
            yield finding("006", "This PostgreSQL is too old.", "Use PostgreSQL 14 or later.")


def check_redis(
    app_configs: Sequence[Any] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> Iterable[CheckMessage]:
    if not databases:
        return
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=REDIS_TIMEOUT_SECONDS) as client:
            policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "")
    except redis.RedisError:
        hint = "Start it, or correct REDIS_URL. Intake works without it; deadlines are not swept until it is back."
        yield Warning("Redis does not answer.", hint=hint, id="sqm.W007")
        return
    if policy != "noeviction":
        hint = "Set maxmemory-policy noeviction."
        yield finding("008", f"Redis may throw away ticks (maxmemory-policy {policy}).", hint)
