"""The road walked and measured, for the command: what loads scikit-learn stands behind this module."""

from __future__ import annotations

import time
from typing import TextIO

from labeling.demonstration.accounts import Cast
from labeling.demonstration.client import Unexpected
from labeling.demonstration.digits import CATEGORIES, digits_subject
from labeling.demonstration.house import House, Trouble
from labeling.demonstration.people import Person, accuracies
from labeling.demonstration.progress import Progress
from labeling.demonstration.report import outcome
from labeling.demonstration.road import Road


def run(house: House, cast: Cast, objects: int, *, out: TextIO, began: float, json: bool) -> None:
    """Walk to the delivery and print the outcome, with `json` as one last line. Raises Trouble with a sentence."""
    progress = Progress(out)

    def tick() -> None:
        for child in house.tick():
            progress.say(f"The {child.name} server was started again; {child.log} says why.")

    steps = accuracies(len(cast.workers))
    people = [Person(account, share, CATEGORIES) for account, share in zip(cast.workers, steps, strict=True)]
    try:
        batch = Road(house.origin, cast, digits_subject(objects), people, progress, tick).walk()
    except (Unexpected, OSError) as problem:
        raise Trouble(f"{problem}\nThe servers' logs are in {house.supervisor.logs}.") from problem
    result = outcome(batch, time.monotonic() - began)
    progress.say(
        f"Delivered {result.delivered:,} of {result.objects:,} labels, {result.accuracy:.2%} of them right, from "
        f"{result.human_answers:,} answers of which {result.people_accuracy:.1%} were: {result.manifest}"
    )
    if json:
        progress.say(result.as_json())
