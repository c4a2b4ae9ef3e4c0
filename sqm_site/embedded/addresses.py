"""Addresses of the embedded engines. Pure: nothing is started, nothing is made."""

from pathlib import Path
from urllib.parse import quote, urlencode

from sqm_site.embedded.place import place


def database_url(home: Path) -> str:
    # the host stands in the query, because django-environ leaves %2F in a host as it is
    return "postgres://sqm@/sqm?" + urlencode({"host": str(place(home).sockets)})


def redis_url(home: Path) -> str:
    """Return the address in the form of redis-py; Celery reads it through `broker_url`."""
    return f"unix://{quote(str(place(home).sockets / 'valkey.sock'))}"


def broker_url(url: str) -> str:
    """Return a Redis address in the form Celery reads: it writes a unix socket with another scheme."""
    if not url.startswith("unix://"):
        return url
    return url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
