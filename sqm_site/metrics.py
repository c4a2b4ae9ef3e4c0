"""What Prometheus scrapes: how the sweeps go, from their heartbeats, so that any web process tells of all workers."""

from collections.abc import Iterator

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from sqm_site.models import Heartbeat


class Sweeps(Collector):
    def collect(self) -> Iterator[Metric]:
        at = timezone.now()
        of_sweep = ["sweep"]
        beaten = GaugeMetricFamily("sqm_sweep_beat_timestamp_seconds", "When it last ended.", labels=of_sweep)
        aside = GaugeMetricFamily("sqm_sweep_isolated", "Rows that stand aside at present.", labels=of_sweep)
        runs = CounterMetricFamily("sqm_sweep_runs", "How often it ended.", labels=of_sweep)
        seconds = CounterMetricFamily("sqm_sweep_seconds", "How long it ran, in all.", labels=of_sweep)
        done = CounterMetricFamily("sqm_sweep_done", "What it did, in all.", labels=["sweep", "what"])
        for beat in Heartbeat.objects.order_by("name"):
            beaten.add_metric([beat.name], beat.beat_at.timestamp())
            aside.add_metric([beat.name], len(beat.aside(at)))
            runs.add_metric([beat.name], beat.runs)
            seconds.add_metric([beat.name], beat.seconds)
            for what, number in beat.totals.items():
                done.add_metric([beat.name, what], number)
        yield from (beaten, aside, runs, seconds, done)


REGISTRY = CollectorRegistry()
REGISTRY.register(Sweeps())


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever has METRICS_TOKEN: how much we do is nobody else's business. Without one there is no such page."""
    shown = f"Bearer {settings.METRICS_TOKEN}"
    if not settings.METRICS_TOKEN or not constant_time_compare(request.headers.get("Authorization", ""), shown):
        raise Http404
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
