"""`manage.py demo`: the product at work, with nothing installed but Python."""

from __future__ import annotations

import argparse
import signal
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from groundtruth.preparation import prepare
from groundtruth.supervisor import Running
from labeling.demonstration import accounts
from labeling.demonstration.house import House, Trouble, remove_data

ENDING = (signal.SIGINT, signal.SIGTERM)


def end_once(number: int, frame: object) -> None:
    """End as Ctrl-C does, at the first signal: `timeout` sends two at once."""
    hear_no_more()
    raise KeyboardInterrupt


def hear_no_more() -> None:
    """Ignore what ends a program from now on: a second Ctrl-C must not leave a server behind."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)


class Command(BaseCommand):
    help = "Run the product with its data in var/, and ten simulated people who label digits through its pages."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--objects", type=_objects, default=1797, metavar="N", help="how many digits, 10 to 1797")
        parser.add_argument("--fresh", action="store_true", help="remove what an earlier demo made, and start anew")
        parser.add_argument("--until", choices=["delivered"], help="stop when the batch is delivered")
        parser.add_argument("--json", action="store_true", help="print the result as the last line, in JSON")

    def handle(self, *, port: int, objects: int, fresh: bool, until: str | None, json: bool, **options: Any) -> None:
        for number in ENDING:
            signal.signal(number, end_once)
        house, began = House(port), time.monotonic()
        house.settle_in()
        try:
            self._take_place(house, fresh)
            cast = self._open(house)
            self._walk(house, cast, objects, began=began, json=json)
            if until is None:
                self._stay(house)
        except Trouble as problem:
            raise CommandError(str(problem)) from problem
        except KeyboardInterrupt:
            self.stdout.write("\nEnding …")
        finally:
            hear_no_more()
            house.close()

    def _take_place(self, house: House, fresh: bool) -> None:
        try:
            house.supervisor.take_lock()
        except Running:
            raise Trouble("A demo of this folder is running already. End it with Ctrl-C first.") from None
        if fresh:
            database = settings.DATABASES["default"]["NAME"]
            remove_data(Path(database) if settings.ON_SQLITE else None)

    def _open(self, house: House) -> accounts.Cast:
        """Prepare the data, start the servers and say where they are."""
        prepare(self._say)
        try:
            cast = accounts.seed(self._say)
        except accounts.Occupied:
            raise Trouble(
                "The database holds people whom no demo made, and the demo would add an administrator to it. "
                "Set GROUNDTRUTH_VAR to a folder of its own, or DATABASE_URL to an empty database."
            ) from None
        house.start()
        self._say(welcome(house.origin, cast))
        return cast

    def _walk(self, house: House, cast: accounts.Cast, objects: int, *, began: float, json: bool) -> None:
        """Go the road as far as it is still to go, and print what came of it."""
        if accounts.is_delivered(cast) and not json:
            self._say("The batch was delivered by an earlier start; --fresh starts anew.")
            return
        # scikit-learn takes seconds to load, which a start that only serves need not wait for.
        show = import_module("labeling.demonstration.show")
        show.run(house, cast, objects, out=self.stdout._out, began=began, json=json)

    def _stay(self, house: House) -> None:
        self._say("It runs until Ctrl-C.")
        while True:
            for child in house.tick():
                self._say(f"The {child.name} server was started again; {child.log} says why.")
            time.sleep(1)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _objects(text: str) -> int:
    number = int(text)
    if not 10 <= number <= 1797:
        raise argparse.ArgumentTypeError("from 10 to 1797")
    return number


def welcome(origin: str, cast: accounts.Cast) -> str:
    """Return the address and the sign-ins of each role."""
    first, *others = cast.workers
    shown = (cast.operations, cast.owner, cast.reviewer, first)
    lines = [f"  {account.role:<20} {account.email:<22} {account.password}" for account in shown]
    rest = f"  and {len(others)} more workers, {others[0].email} to {others[-1].email}: {accounts.kept_file()}"
    return "\n".join(
        [
            "",
            f"Groundtruth is ready: {origin}",
            *lines,
            rest,
            f"  sent mails           {origin}/outbox/ (operations)",
            "",
        ]
    )
