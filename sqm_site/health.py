"""Is it alive, can it work: the two questions of a load balancer."""

from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from sqm_site.clock import readiness as host_clock
from sqm_site.models import Heartbeat
from sqm_site.troubles import Troubles

BROKER_SECONDS = 0.2
QUIET_SWEEP = timedelta(seconds=60)  # thirty missed ticks
RETRY_SECONDS = 5


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer whether this process serves at all; it asks nobody else."""
    return JsonResponse({"status": "alive"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer whether requests can be taken. PostgreSQL decides; the rest is told as degraded and stays 200."""
    try:
        missing = _migrations() - set(MigrationRecorder(connection).applied_migrations())
        if missing:
            return _unavailable(database="ready", schema=f"{len(missing)} migrations missing")
        clock, sweeps = host_clock(), _sweeps(timezone.now())
        closed = {name: said for name, ask in settings.READINESS.items() if (said := import_string(ask)()) != "ready"}
        alarms = {name: import_string(ask)() for name, ask in settings.ALARMS.items()}
    except Error:
        return _unavailable(database="away")
    if closed:
        return _unavailable(database="ready", schema="ready", **closed)
    checks = {"database": "ready", "schema": "ready", "clock": clock, "broker": _broker(), "sweeps": sweeps, **alarms}
    checks |= Troubles(settings.SQM_HOME).found()  # what `up` saw end and starts again
    degraded = any(state != "ready" for state in checks.values())
    return JsonResponse({"status": "degraded" if degraded else "ready", "checks": checks})


def _unavailable(**checks: str) -> HttpResponse:
    answer = {"status": "unavailable", "checks": checks}
    return JsonResponse(answer, status=503, headers={"Retry-After": str(RETRY_SECONDS)})


@cache
def _migrations() -> set[tuple[str, str]]:
    return set(MigrationLoader(None).disk_migrations)


def _sweeps(at: datetime) -> str:
    beats = Heartbeat.objects.order_by("name")
    late = [beat.name for beat in beats if beat.beat_at < at - QUIET_SWEEP]
    aside = [f"{beat.name} ({len(keys)})" for beat in beats if (keys := beat.aside(at))]
    said = [f"quiet for more than {QUIET_SWEEP.seconds} s: {', '.join(late)}"] * bool(late)
    said += [f"put aside, see the log: {', '.join(aside)}"] * bool(aside)
    return "; ".join(said) or ("ready" if beats else "not begun")


def _broker() -> str:
    try:
        with Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=BROKER_SECONDS,
            socket_connect_timeout=BROKER_SECONDS,
            retry=Retry(NoBackoff(), retries=0),  # by default the client tries for seconds
        ) as broker:
            broker.set("sqm:readiness", "", ex=QUIET_SWEEP)  # a broker that is full still answers a ping
    except ResponseError as error:
        return f"refuses to write: {error}"
    except (RedisError, OSError):
        return "away"
    return "ready"
