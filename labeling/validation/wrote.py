"""Free texts that look careless: the object's own text, one text for many objects, far shorter or longer than usual."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from labeling.validation.findings import Hit, Kind, Labelled, Rule, robust_z, severity_of

FEWEST = 30  # texts, under which nothing is usual
TIMES = 2  # as long, or as short, as usual at least: where all are of one length a word more is no fault
SEVERAL = 3  # objects with one text: two may be chance
SHOWN = 60  # characters of a text in a sentence


def written(job: Labelled) -> list[str]:
    """Return each label as words with one blank between, whatever their case; "" where it is no text."""
    return [_even(label) if isinstance(label, str) else "" for label in job.labels]


def _even(text: str) -> str:
    return " ".join(text.split()).casefold()


def find_copied(job: Labelled) -> Iterator[Hit]:
    """Yield labels that are the object's own text. Severity: the share of the job's that are not."""
    said = written(job)
    copied = [row for row, text in enumerate(said) if text and text == _even(job.text(row))]
    usual = 1 - len(copied) / max(sum(map(bool, said)), 1)
    for row in copied:
        yield Hit(row, usual, {"what": "copied"})


def find_repeated(job: Labelled) -> Iterator[Hit]:
    """Yield labels that stand for SEVERAL objects or more of different texts. Severity: the share of those that do not.

    Where few different answers are usual, as yes and no, nothing is found.
    """
    said = written(job)
    distinct = {(text, _even(job.text(row)) or str(row)) for row, text in enumerate(said) if text}
    times = Counter(text for text, _ in distinct)
    repeated = [row for row, text in enumerate(said) if times[text] >= SEVERAL]
    usual = 1 - len(repeated) / max(sum(map(bool, said)), 1)
    for row in repeated:
        yield Hit(row, usual, {"what": "repeated", "times": times[said[row]], "words": said[row][:SHOWN]})


def find_length(job: Labelled) -> Iterator[Hit]:
    """Yield labels far longer or shorter than usual, beside the object's text where there is one.

    Severity: of the logarithm of the ratio, beyond FAR robust spreads, from TIMES the usual length on.
    """
    rows = [row for row, text in enumerate(written(job)) if text]
    if len(rows) < FEWEST:
        return
    lengths = np.array([len(job.labels[row].strip()) for row in rows], dtype=float)
    sources = np.array([len(job.text(row)) for row in rows], dtype=float)
    ratios = np.log(lengths + 1) - (np.log(sources + 1) if sources.all() else 0.0)
    usual = np.exp(np.median(ratios)) * (sources + 1 if sources.all() else 1.0) - 1
    far = np.abs(ratios - np.median(ratios)) >= np.log(TIMES)
    for place, spreads in enumerate(robust_z(ratios).tolist()):
        if far[place] and (severity := severity_of(abs(spreads))) > 0:
            what = "long" if spreads > 0 else "short"
            values = {"length": int(lengths[place]), "usual": int(np.broadcast_to(usual, len(rows))[place].round())}
            yield Hit(rows[place], severity, {"what": what, **values})


COPIED = Rule(
    name="copied",
    title="The object’s own text",
    kinds=frozenset({Kind.TEXTS}),
    find=find_copied,
    sentences={"copied": "The answer is the text that it is about, unchanged."},
    threshold=0.7,
    needs_texts=True,
)
REPEATED = Rule(
    name="repeated",
    title="One text for many objects",
    kinds=frozenset({Kind.TEXTS}),
    find=find_repeated,
    sentences={"repeated": "“%(words)s” is the answer for %(times)s different objects."},
    threshold=0.9,
)
LENGTH = Rule(
    name="length",
    title="Far longer or shorter than usual",
    kinds=frozenset({Kind.TEXTS}),
    find=find_length,
    sentences={
        "long": "The answer has %(length)s characters; about %(usual)s are usual here.",
        "short": "The answer has %(length)s characters; about %(usual)s are usual here.",
    },
    threshold=0.2,
)
