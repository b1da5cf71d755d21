"""What the demonstration labels: scikit-learn's 1,797 handwritten digits as pictures that a person can see."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import PurePosixPath

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

from groundtruth.storage import Address, get_store
from labeling.demonstration.subject import Subject
from labeling.demonstration.task import look_at_picture

BUCKET = "demo-digits"
FOLDER = "digits/"
INSTRUCTIONS = "Name the digit.\n\nGo by the whole shape: many are smudged. An open top makes a 4, a closed one a 9."
CATEGORIES = tuple("0123456789")
COUNT = 1797
SIDE = 128  # pixels; the originals have 8, of 17 greys


@dataclass(frozen=True)
class Digit:
    number: int  # its index in load_digits
    truth: str  # what it shows, as scikit-learn's authors say
    picture: bytes  # PNG

    @property
    def key(self) -> str:
        return f"{FOLDER}{self.number:04}.png"

    @property
    def mark(self) -> str:
        """Tells this picture from the others by its bytes alone."""
        return hashlib.sha256(self.picture).hexdigest()


def digits(count: int) -> Iterator[Digit]:
    """Yield the first `count` digits, dark ink on white paper."""
    data = load_digits()
    for number in range(min(count, COUNT)):
        yield Digit(number, CATEGORIES[int(data.target[number])], _png(data.images[number]))


def _png(ink: np.ndarray) -> bytes:
    """Return one picture with a white margin. ink: (8, 8), from 0 to 16."""
    grey = np.pad((255 - ink * 255 / 16).round().astype(np.uint8), 1, constant_values=255)
    out = io.BytesIO()
    Image.fromarray(grey).resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(out, "PNG")
    return out.getvalue()


def store_digits(count: int) -> dict[str, str]:
    """Put the pictures into the customer's bucket and return what each shows, by its mark. May be repeated."""
    store = get_store()
    store.make_bucket(BUCKET)
    there = {entry.key for entry in store.list(BUCKET, FOLDER)}
    shown = {}
    for digit in digits(count):
        if digit.key not in there:
            store.put(Address(BUCKET, digit.key), digit.picture, "image/png")
        shown[digit.mark] = digit.truth
    return shown


@lru_cache(maxsize=1)
def _targets() -> list[int]:
    return [int(target) for target in load_digits().target]


def truth_of(numbers: Sequence[int]) -> list[str]:
    """Return what the digits of these indices show."""
    targets = _targets()
    return [CATEGORIES[targets[number]] for number in numbers]


def number_of(source_ref: str) -> int:
    """Return which digit an object is, by the name of its file."""
    return int(PurePosixPath(source_ref).stem)


def digits_subject(count: int) -> Subject:
    """Return the first `count` digits as what a road is about."""
    return Subject(
        title="Handwritten digits",
        description="Digits that many people wrote by hand, scanned at 8 × 8 pixels. Which digit is each?",
        batch="digits",
        task_type="image-classification",
        categories=CATEGORIES,
        attribute="digit",
        question="Which digit is this?",
        instructions=INSTRUCTIONS,
        count=count,
        preparing=f"Drawing {count:,} handwritten digits into s3://{BUCKET}/ …",
        input_uri=f"s3://{BUCKET}/{FOLDER}",
        output_uri=f"s3://{BUCKET}/labels/",
        put=partial(store_digits, count),
        look=look_at_picture,
        truths=lambda objects: truth_of([number_of(ref) for ref, _ in objects]),
        looked_again=5,
    )
