"""How gunicorn serves SQM: `gunicorn -c python:sqm_site.gunicorn_conf sqm_site.wsgi`."""

import gc
import os
from pathlib import Path
from typing import Any

bind = f"{os.environ.get('BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "sqm_site.gunicorn_worker.Worker"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
backlog = 1024
timeout = 60  # seconds without a sign of life of a whole worker
graceful_timeout = 20  # seconds that running requests get when it stops
keepalive = 5  # seconds
# Input rows R14 and R16: one framing, 8 KB a header, 100 headers; gunicorn refuses the rest by itself.
limit_request_line = 4094  # bytes
limit_request_fields = 100
limit_request_field_size = 8190  # bytes
# The heartbeat file of a worker must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# No access log: our own log line of a request knows the client and no address of a page is written with its query.
accesslog = None
control_socket_disable = True  # it would write into the home folder of the account
errorlog = "-"


def post_worker_init(worker: Any) -> None:
    """What was imported stays: the collector need not walk it again at each of its rounds."""
    gc.freeze()
