"""PostgreSQL and a Redis-protocol server from pip wheels, for a machine that has neither (docs/operations.md).

Where `DATABASE_URL` or `REDIS_URL` is unset, the engine under `SQM_HOME` is meant. Its address is known without
starting anything.
"""

from sqm_site.embedded.addresses import broker_url, database_url, redis_url
from sqm_site.embedded.keys import local_secrets

__all__ = ["broker_url", "database_url", "local_secrets", "redis_url"]
