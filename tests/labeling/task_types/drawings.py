"""Simulated people who draw boxes: how often each misses what is there or invents, and how steady the hand is."""

from dataclasses import dataclass

import numpy as np

from projects.task_types import Answer, Schema, Vote

SCHEMA = Schema(("person", "bicycle"))
WIDTH, HEIGHT = 640, 480


@dataclass(frozen=True)
class Person:
    finds: float = 1.0  # share of what is there
    invents: float = 0.0  # boxes a picture, on the mean
    shakes: float = 0.0  # pixels, of each edge


def box(label, left, top, width, height):
    return {"label": label, "left": left, "top": top, "width": width, "height": height}


def boxes_answer(boxes, name="boundingBox"):
    return {name: {"boundingBoxes": boxes, "inputImageProperties": {"width": WIDTH, "height": HEIGHT}}}


def random_box(random):
    width, height = random.integers(30, 120, size=2).tolist()
    left, top = int(random.integers(0, WIDTH - width)), int(random.integers(0, HEIGHT - height))
    return box(SCHEMA.categories[int(random.integers(2))], left, top, width, height)


def shake(found, person, random):
    left, top, right, bottom = (
        np.array([found["left"], found["top"], found["left"] + found["width"], found["top"] + found["height"]])
        + np.round(random.normal(0, person.shakes, size=4))
    ).astype(int)
    left, top = max(int(left), 0), max(int(top), 0)
    right, bottom = min(int(right), WIDTH), min(int(bottom), HEIGHT)
    return box(found["label"], left, top, max(right - left, 1), max(bottom - top, 1))


def draw(person: Person, truth, random) -> Answer:
    seen = [shake(found, person, random) for found in truth if random.random() < person.finds]
    return boxes_answer(seen + [random_box(random) for _ in range(random.poisson(person.invents))])


def simulate(people: list[Person], *, n_objects: int, each: int, seed: int, things: int = 3):
    """Return the votes of each object, from `each` of the people, and its true boxes."""
    random = np.random.default_rng(seed)
    objects, truths = [], []
    for _ in range(n_objects):
        truth = [random_box(random) for _ in range(random.integers(things + 1))]
        who = random.permutation(len(people))[:each].tolist()
        objects.append([Vote(f"w{number}", draw(people[number], truth, random)) for number in who])
        truths.append(truth)
    return objects, truths
