"""Texts whose spans may not overlap: from several people's spans to tags of tokens, and back to one set of spans.

A text is cut at every place where somebody's span begins or ends, and what lies between two cuts at every so many
characters, as words do. So no words need be known, and what nobody marked weighs about as much as it does in words:
with one token between two cuts those where people differ were most of all, and EM believed the wrong ends.
Tags are those of `sequences`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from labeling.consolidation.chains import BEGIN, INSIDE, OUTSIDE, Chains, empty_chance, span_chances
from labeling.consolidation.sequences import SequenceSkills, believe_tags, fit_sequences
from labeling.consolidation.spans import Span, drop_overlaps
from labeling.consolidation.votes import IntArray, mix_bits, pick_labels

WORD = 6  # characters of a token
MOST_TOKENS = 50  # between two cuts, so that a long text where little is marked costs no more than a short one
PLACE_BITS = 17  # of a number for draws, beside the text's: a line has at most 100,000 characters
# A span is kept from this chance on. The chain is too unsure of what few marked: between .1 and .3 F1 changed by .003.
KEEP = 0.2
DISSENT = 0.1  # of one answer more, that it would differ: so that two who agree are less sure than five


@dataclass(frozen=True, eq=False)
class Text:
    """One text's answers. spans: an answer each, without overlaps; workers: (n,), numbered as in the skills.

    words: where the text's words begin, in place of a cut at every so many characters, where they are known.
    truth: its true spans, without overlaps, where they are known.
    """

    spans: Sequence[Sequence[Span]]
    workers: IntArray
    words: Sequence[int] = ()
    truth: Sequence[Span] | None = None

    def cuts(self) -> list[int]:
        """Return where its tokens begin; the last is what follows all spans."""
        ends = sorted(
            {0} | {place for spans in (*self.spans, self.truth or ()) for span in spans for place in span[:2]}
        )
        if self.words:
            return sorted({*ends, *self.words})
        return [place for start, end in pairwise(ends) for place in _words(start, end)] + ends[-1:]


def _words(start: int, end: int) -> list[int]:
    """Return where tokens begin between two cuts."""
    count = min(-(-(end - start) // WORD), MOST_TOKENS)
    return [start + (end - start) * number // count for number in range(count)]


def mark_texts(texts: Sequence[Text]) -> tuple[IntArray, IntArray]:
    """Return marks (M, 5) and lengths (S,) as `sequences` takes them."""
    found, first = [np.empty((0, 5), dtype=np.int64)], 0
    lengths = []
    for text in texts:
        cuts = text.cuts()
        found += [_mark(spans, cuts, first, who) for spans, who in zip(text.spans, text.workers.tolist(), strict=True)]
        lengths.append(len(cuts))
        first += len(cuts)
    return np.concatenate(found), np.array(lengths, dtype=np.int64)


def _mark(spans: Sequence[Span], cuts: list[int], first: int, worker: int) -> IntArray:
    """Return what one worker says of each token: (T, 5); of spans that overlap after all, the first and longest."""
    number = {place: token for token, place in enumerate(cuts)}
    said, category = np.full(len(cuts), OUTSIDE), np.full(len(cuts), -1)
    for start, end, name in sorted(spans, key=lambda span: (span[0], -span[1], span[2])):
        covered = slice(number[start], number[end])
        if said[covered].any():
            continue
        said[covered], category[covered] = INSIDE, name
        said[number[start]] = BEGIN
    before = np.append(0, said[:-1] != OUTSIDE)
    return np.column_stack([first + np.arange(len(cuts)), np.full(len(cuts), worker), before, said, category])


def fit_texts(texts: Sequence[Text], *, n_workers: int, n_categories: int) -> SequenceSkills:
    """Learn from texts with several answers who misses, invents, cuts and confuses what."""
    marks, lengths = mark_texts(texts)
    truths = np.concatenate([_tell(text, n_categories) for text in texts]) if texts else None
    return fit_sequences(marks, lengths, n_workers=n_workers, n_categories=n_categories, truths=truths)


def _tell(text: Text, n_categories: int) -> IntArray:
    """Return the known states of a text's tokens (T,), or -1 throughout."""
    cuts = text.cuts()
    if text.truth is None:
        return np.full(len(cuts), -1)
    said, category = _mark(text.truth, cuts, 0, 0)[:, 3:].T
    return np.where(said == OUTSIDE, 0, 1 + category + (said - 1) * n_categories)


Settled = tuple[list[tuple[Span, float]], float]


def settle_texts(texts: Sequence[Text], skills: SequenceSkills, *, numbers: Sequence[int]) -> list[Settled]:
    """Return for each text its spans, by place, each with its confidence, and the chance that it has none.

    Spans stand where somebody put one; confidence is the chance of these very ends and category, not calibrated.
    What all of n people marked alike is always among them, with confidence 1 - DISSENT / (n + 1), whatever else was
    learnt; the surest there is.
    numbers: one a text, by which ties between categories are drawn.
    """
    marks, lengths = mark_texts(texts)
    chains = believe_tags(marks, lengths, skills)
    firsts = (np.cumsum(lengths) - lengths).tolist()
    return [_settle(text, chains, first, number) for text, first, number in zip(texts, firsts, numbers, strict=True)]


def _settle(text: Text, chains: Chains, first: int, number: int) -> Settled:
    cuts = text.cuts()
    token = {place: first + at for at, place in enumerate(cuts)}
    named: dict[tuple[int, int], set[int]] = {}
    for start, end, category in (span for spans in text.spans for span in spans):
        named.setdefault((start, end), set()).add(category)
    places = sorted(named)
    agreed = 1 - DISSENT / (len(text.spans) + 1)
    nothing = agreed * empty_chance(chains, first, first + len(cuts))
    if not places:
        return [], nothing
    chances = np.stack([_chances(chains, token[start], token[end], named[start, end]) for start, end in places])
    draws = np.array([(number << PLACE_BITS) + start for start, _end in places], dtype=np.int64)
    keys = mix_bits(np.arange(chances.shape[1], dtype=np.uint64))
    categories = pick_labels(chances, keys, object_numbers=draws)
    sure = chances[np.arange(len(places)), categories]
    kept = [place for place in range(len(places)) if sure[place] >= KEEP]
    kept = [kept[at] for at in drop_overlaps([places[n] for n in kept], [float(sure[n]) for n in kept])]
    return [((*places[n], int(categories[n])), agreed * float(sure[n])) for n in kept], nothing


def _chances(chains: Chains, start: int, end: int, named: set[int]) -> np.ndarray:
    """Return the chance of each category (K,) that somebody gave a span; of the others 0."""
    chances = np.zeros(len(chains.moves.categories))
    given = sorted(named)
    chances[given] = span_chances(chains, start, end)[given]
    return chances
