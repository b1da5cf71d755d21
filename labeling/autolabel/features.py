"""Features that need no model: of texts, pictures and sound. Pure, and the same for the same input.

All return float32 [n, d]. What cannot be read is None in the input and a row of NaN in the output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from PIL import Image
from scipy.sparse import csr_matrix, hstack

DIRECTIONS = 256  # of TF-IDF that are kept
SIDE, CELL, BINS = 48, 8, 9  # of a picture, pixels; of its cells, pixels; directions of an edge
QUARTERS = 2  # each way, whose colours are counted
WINDOW, HOP = 0.032, 0.010  # seconds
BANDS, CEPSTRA, PARTS = 26, 20, 6
QUIET = 6.0  # below the loudest frames, natural logarithm of power: silence at the ends is cut away

Wave = tuple[np.ndarray, int]  # int16 samples, and how many a second


def tfidf(texts: Sequence[str | None]) -> np.ndarray:
    """Return [n, <= 256]: TF-IDF of words, pairs of words and 2 to 4 letters, in its strongest directions.

    Fitted on the texts themselves, so all of a job's at once.
    """
    from sklearn.decomposition import TruncatedSVD  # loads for two seconds, and most processes never look at a text
    from sklearn.feature_extraction.text import TfidfVectorizer

    said = [text or "" for text in texts]
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, strip_accents="unicode", max_features=100_000)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, max_features=50_000)
    counts = hstack([_counted(words, said, 2), _counted(letters, said, 3)]).tocsr()
    found = np.zeros((len(said), 1), dtype=np.float32)
    size = min(DIRECTIONS, counts.shape[1] - 1, len(said) - 1)
    if size > 0:
        with np.errstate(invalid="ignore"):  # of equal texts, whose variance is nothing
            found = TruncatedSVD(size, random_state=0).fit_transform(counts).astype(np.float32)
    found[[text is None for text in texts]] = np.nan
    return found


def _counted(vectorizer: Any, texts: list[str], in_texts: int) -> csr_matrix:
    """Return the matrix of what occurs in so many texts, without a column where nothing does."""
    try:
        return vectorizer.set_params(min_df=in_texts).fit_transform(texts)
    except ValueError:  # scikit-learn's word for an empty vocabulary
        return csr_matrix((len(texts), 0))


def hog(pictures: Iterable[Image.Image | None]) -> np.ndarray:
    """Return [n, 964]: directions of edges in cells, and colours in quarters.

    Dalal & Triggs, "Histograms of oriented gradients for human detection", CVPR 2005.
    """
    cells = SIDE // CELL
    return _rows(pictures, _edges_and_colours, (cells - 1) ** 2 * 4 * BINS + QUARTERS**2 * 16)


def mel(waves: Iterable[Wave | None]) -> np.ndarray:
    """Return [n, 180]: mean and spread of the mel cepstrum and its changes, and its means in six parts of the sound.

    Davis & Mermelstein, "Comparison of parametric representations for monosyllabic word recognition", 1980.
    """
    return _rows(waves, _cepstral, (3 + PARTS) * CEPSTRA)


def _rows(items: Iterable[Any], read: Callable[[Any], np.ndarray], width: int) -> np.ndarray:
    blank = np.full(width, np.nan, dtype=np.float32)
    found = [blank if item is None else read(item).astype(np.float32) for item in items]
    return np.stack(found) if found else np.zeros((0, width), dtype=np.float32)


# --- pictures ------------------------------------------------------------------------------------------


def _edges_and_colours(picture: Image.Image) -> np.ndarray:
    small = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return np.concatenate([_edges(np.asarray(small.convert("L"), dtype=float) / 255), _colours(small)])


def _edges(grey: np.ndarray) -> np.ndarray:
    """Return histograms of the edges' directions, each cell's brought to the contrast of its four blocks."""
    down, across = np.gradient(grey)
    strength, turn = np.hypot(down, across), np.arctan2(down, across) % np.pi / np.pi * BINS
    low = turn.astype(int) % BINS
    part = turn - np.floor(turn)
    cells = SIDE // CELL
    found = np.zeros((cells, cells, BINS))
    place = np.arange(SIDE) // CELL
    rows, columns = np.meshgrid(place, place, indexing="ij")
    np.add.at(found, (rows, columns, low), strength * (1 - part))
    np.add.at(found, (rows, columns, (low + 1) % BINS), strength * part)
    blocks = np.stack([found[:-1, :-1], found[:-1, 1:], found[1:, :-1], found[1:, 1:]], axis=2)
    blocks = blocks.reshape(cells - 1, cells - 1, -1)
    return np.asarray(np.sqrt(blocks / (blocks.sum(axis=2, keepdims=True) + 0.1))).ravel()


def _colours(picture: Image.Image) -> np.ndarray:
    """Return how much of each hue (8, as it is seen), saturation (4) and lightness (4) is in each quarter."""
    hue, vivid, light = np.moveaxis(np.asarray(picture.convert("HSV"), dtype=float) / 256, 2, 0)
    half = SIDE // QUARTERS
    found = []
    for top in range(0, SIDE, half):
        for left in range(0, SIDE, half):
            spot = np.s_[top : top + half, left : left + half]
            seen = vivid[spot] * light[spot]
            found.append(np.histogram(hue[spot], 8, (0, 1), weights=seen)[0])
            found += [np.histogram(one[spot], 4, (0, 1))[0] for one in (vivid, light)]
    return np.sqrt(np.concatenate(found) / half**2)


# --- sound ---------------------------------------------------------------------------------------------


def _cepstral(wave: Wave) -> np.ndarray:
    cepstra = _cepstra(*wave)
    changes = np.diff(cepstra, axis=0, prepend=cepstra[:1])
    ends = np.linspace(0, len(cepstra), PARTS + 1)
    parts = [cepstra[int(a) : max(int(b), int(a) + 1)].mean(axis=0) for a, b in zip(ends, ends[1:], strict=False)]
    return np.concatenate([cepstra.mean(axis=0), cepstra.std(axis=0), changes.std(axis=0), *parts])


def _cepstra(samples: np.ndarray, rate: int) -> np.ndarray:
    """Return [frames, 20] of the sound between its silent ends."""
    size, hop = int(WINDOW * rate), max(1, int(HOP * rate))
    padded = np.pad(samples.astype(float) / 32768, (0, max(0, size - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop] * np.hanning(size)
    power = np.abs(np.fft.rfft(frames)) ** 2
    logs = np.log(power @ _bands(size, rate).T + 1e-8)
    loud = logs.mean(axis=1)
    kept = np.flatnonzero(loud > np.percentile(loud, 95) - QUIET)
    from scipy.fft import dct  # loads for a while, as above

    return np.asarray(dct(logs, norm="ortho", axis=1)[kept[0] : kept[-1] + 1, :CEPSTRA])


def _bands(size: int, rate: int) -> np.ndarray:
    """Return [26, size // 2 + 1]: triangles, evenly spaced as they are heard."""
    top = 2595 * np.log10(1 + rate / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, BANDS + 2) / 2595) - 1) / rate * size
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    bins = np.arange(size // 2 + 1)
    return np.asarray(np.clip(np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle)), 0, None))
