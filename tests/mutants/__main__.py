"""`make mutants`: small changes of behaviour, drawn by a seed, and whether a test notices each. See CONTRIBUTING.md.

    python -m tests.mutants [--draw 300] [--seed 1] [--floor 85] [ROOM ...]

Ends with 1 when a room stays below its floor.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from sqm_site.embedded import database_url, redis_url
from sqm_site.embedded.lifecycle import ENGINES, running
from tests.mutants.bench import Bench
from tests.mutants.covering import covered
from tests.mutants.mutant import mutants_of

# room -> folders of tests that must notice, and the files it draws from; a setup is data, and a door has its own tests
ROOMS = {
    "sla": ("sla", "sla/arithmetic.py sla/rulebook.py sla/services/[!_s]*.py"),
    "verbs": (
        "complaints",
        "complaints/verbs/[!_]*.py complaints/models/flow.py complaints/act.py complaints/verb.py"
        " complaints/dossier.py complaints/services/*.py",
    ),
    "rights": (
        "organization wall",
        "organization/rights.py organization/places.py organization/scope.py organization/services/posts.py"
        " organization/backends.py",
    ),
    "security": ("security", "security/[!_cbe]*.py security/blind.py security/chain.py"),
    "figures": ("quality", "quality/[!_atu]*.py quality/targets.py"),
}
LEFT_OUT = {"security/apps.py", "security/errors.py"}


def files_of(room: str) -> list[str]:
    found = {str(file) for pattern in ROOMS[room][1].split() for file in Path().glob(pattern)}
    return sorted(found - LEFT_OUT)


def try_room(bench: Bench, room: str, draw: int, seed: int) -> float:
    bench.renew()
    bench.tests = covered(ROOMS[room][0].split(), files_of(room), bench.log)
    every = [mutant for file in files_of(room) for mutant in mutants_of(file)]
    drawn = random.Random(f"{seed}:{room}").sample(every, min(draw, len(every)))
    started, survivors = time.monotonic(), []
    for mutant in drawn:
        if bench.survives(mutant):
            survivors.append(mutant)
            print(f"  {mutant}", flush=True)
    score = 100 * (1 - len(survivors) / len(drawn))
    seconds = (time.monotonic() - started) / len(drawn)
    print(
        f"{room}: drawn {len(drawn)} of {len(every)}, killed {len(drawn) - len(survivors)}, survived {len(survivors)},"
        f" score {score:.0f} %, {seconds:.1f} s a mutant",
        flush=True,
    )
    return score


def main() -> int:
    asked = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    asked.add_argument("rooms", nargs="*", default=[*ROOMS], metavar="ROOM", help=", ".join(ROOMS))
    asked.add_argument("--draw", type=int, default=300, help="mutants a room")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--floor", type=float, default=85, help="score a room, in per cent")
    args = asked.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before it was done"))  # and so stops the engines
    with tempfile.TemporaryDirectory(prefix="sqm-mutants-") as folder:
        home = Path(folder).resolve()
        os.environ["SQM_HOME"] = str(home)
        missing = [name for name in ENGINES if not os.environ.get(name)]
        with running(home, *missing):
            addresses = {"DATABASE_URL": database_url(home), "REDIS_URL": redis_url(home)}
            os.environ.update({name: addresses[name] for name in missing})
            bench = Bench(home)
            scores = {room: try_room(bench, room, args.draw, args.seed) for room in args.rooms}
    return int(any(score < args.floor for score in scores.values()))


if __name__ == "__main__":
    sys.exit(main())
