"""Start engines of their own, lay down the base data, and run the measurements that were named (default: all)."""

import os
import signal
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

from sqm_site.embedded.lifecycle import ENGINES, running

USUAL = ("intake", "sweep", "queue", "taking", "bulk", "rollup", "hotrow", "seed", "pages", "searching", "ledgers")
NAMES = (*USUAL, "scale", "million")


def main(names: list[str]) -> None:
    if unknown := set(names).difference(NAMES):
        sys.exit(f"There is no measurement {', '.join(sorted(unknown))}. Choose of: {', '.join(NAMES)}.")
    if names == ["million"]:  # runs the others, each with engines of its own
        import_module("benchmarks.million").run()
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended before it was done."))  # and so stops the engines
    with tempfile.TemporaryDirectory(prefix="sqm-bench-", dir="/tmp") as folder:
        home = Path(folder).resolve()  # not below it: a closed folder would send the engines elsewhere, for good
        for engine in ENGINES:
            os.environ.pop(engine, None)
        os.environ |= {"SQM_HOME": str(home), "DJANGO_SETTINGS_MODULE": "sqm_site.settings", "LOG_LEVEL": "ERROR"}
        with running(home, *ENGINES):
            django.setup()
            settings.STATIC_ROOT.mkdir()  # nothing is collected, and the web server should not warn of it
            call_command("migrate", verbosity=0)
            call_command("setup", verbosity=0)
            for name in names or USUAL:
                # only now: the modules import models, which want the settings above
                import_module(f"benchmarks.{name}").run()


if __name__ == "__main__":
    main(sys.argv[1:])
