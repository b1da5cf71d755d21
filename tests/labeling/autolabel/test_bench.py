"""The measurement reads sets of each format, and its people and loops are what they say."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeling.autolabel.loop import Promise
from tests.bench import autolabel_sets
from tests.bench.autolabel import format_row, summed
from tests.bench.autolabel_arrays import Unknown
from tests.bench.autolabel_loops import People, Run, run_documented, run_ours
from tests.bench.autolabel_sets import LabelledSet, prepare, read_set
from tests.labeling.autolabel.simulated import clusters


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setattr(autolabel_sets, "CACHE", folder)
    return folder


def write_texts(folder: Path, header: str = "id,text,label") -> Path:
    path = folder / "words.csv.gz"
    said = ["good day and night", "bad night and day"]
    rows = [header, *(f'{number},"well, {said[number % 2]}",{"ab"[number % 2]}' for number in range(6))]
    path.write_bytes(gzip.compress("\n".join(rows).encode()))
    return path


def simulated(count: int = 1500, spread: float = 0.8) -> LabelledSet:
    features, labels = clusters(count, 4, spread=spread)
    return LabelledSet("made", prepare([features]), ["made"], [str(n) for n in range(count)], labels, list("abcd"))


def test_texts_are_read_and_their_features_kept(tmp_path: Path, cache: Path) -> None:
    read = read_set(write_texts(tmp_path), base=True)

    assert (read.name, read.views, read.categories) == ("words", ["tfidf-1"], ["a", "b"])
    assert (read.names, read.truth.tolist()) == (list("012345"), [0, 1, 0, 1, 0, 1])
    assert len(list(cache.iterdir())) == 1
    assert read_set(tmp_path / "words.csv.gz", base=True).pool.views[0].tolist() == read.pool.views[0].tolist()


def test_pictures_are_read_wherever_they_lie_and_broken_ones_are_unreadable(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.new("RGB", (4, 4), (9, 99, 9)).save(file, "PNG")
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("labels.csv", "file,label\na.png,x\nimages/b.png,y\nc.png,x\nd.png,y\n")
        archive.writestr("images/a.png", file.getvalue())
        archive.writestr("images/b.png", file.getvalue())
        archive.writestr("images/c.png", file.getvalue()[:50])

    read = read_set(tmp_path / "photos.zip", base=True)

    assert read.pool.readable.tolist() == [True, True, False, False]
    assert read.views == ["hog-1"]


def test_arrays_hold_sound_or_pictures(tmp_path: Path) -> None:
    sound = np.random.default_rng(0).integers(-99, 99, 4000).astype(np.int16)
    np.savez(tmp_path / "said.npz", audio_delta=np.diff(sound, prepend=0), offsets=[0, 1500, 4000], label=[3, 7])
    np.savez(tmp_path / "seen.npz", image=np.zeros((2, 8, 8), np.uint8), label=["x", "y"])

    said, seen = (read_set(tmp_path / name, base=True) for name in ("said.npz", "seen.npz"))

    assert (said.views, said.categories) == (["mel-1"], ["3", "7"])
    assert said.pool.readable.all()
    assert seen.views == ["hog-1"]


def test_other_contents_are_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "none.npz", label=[1])

    with pytest.raises(Unknown, match="neither audio_delta nor image"):
        read_set(tmp_path / "none.npz", base=True)
    with pytest.raises(Unknown, match="its columns are id, words, label"):
        read_set(write_texts(tmp_path, "id,words,label"), base=True)


def test_perfect_people_tell_the_truth_and_noisy_ones_are_settled() -> None:
    labelled = simulated()
    rows = np.arange(0, 1500, 3)

    assert People(labelled, 0, 1).label(rows).tolist() == labelled.truth[rows].tolist()
    noisy = People(labelled, 0.1, 1)
    right = float((noisy.label(rows) == labelled.truth[rows]).mean())
    assert 0.95 < right < 1
    assert len(noisy.votes) == 3 * len(rows)


def test_both_loops_label_every_object_once() -> None:
    labelled = simulated()

    ours, documented = (run(labelled, People(labelled, 0, 0), Promise(0.95), 0) for run in (run_ours, run_documented))

    for run in (ours, documented):
        assert run.human + len(run.rows) == 1500
        assert run.share == len(run.rows) / 1500
        assert run.accuracy is not None
        assert run.accuracy == float((run.said == labelled.truth[run.rows]).mean())
        assert run.whole == pytest.approx(1 - (1 - run.accuracy) * run.share)
    assert documented.human >= 1300 > ours.human  # a fifth validates, beside a batch of 1,000


def test_figures_of_several_runs() -> None:
    none = np.zeros(0)
    runs = [Run(none, none, none, human, share, accuracy, 0.99, 2.0, 0.5) for human, share, accuracy in
            [(100, 0.9, 0.96), (200, 0.8, 0.94)]]  # fmt: skip

    told = summed(runs, 0.95)

    assert told == {
        "share": 0.85, "accuracy": 0.95, "worst": 0.94, "broken": 1, "runs": 2, "human": 150, "whole": 0.99,
        "forecast": 0.5, "seconds": 2.0,
    }  # fmt: skip


def test_where_the_machine_labels_nothing_there_is_no_accuracy() -> None:
    none = np.zeros(0)
    silent, right = (Run(none, none, none, 99, share, accuracy, 1.0, 2.0, 0.5) for share, accuracy in
                     [(0.0, None), (0.5, 0.98)])  # fmt: skip

    told = summed([silent, silent], 0.95)

    assert (told["accuracy"], told["worst"], told["broken"], told["runs"]) == (None, None, 0, 2)
    assert format_row("made", "ours", told) == "| made | ours | 0.0% | – | – | 0/2 | 99 | 100.00% | 50% | 2.0 |"
    assert summed([silent, right], 0.95)["accuracy"] == 0.98


def test_what_cannot_be_told_apart_people_label_in_both_loops() -> None:
    alike, one = simulated(), simulated()
    alike = LabelledSet("alike", prepare([np.ones((1500, 3))]), ["made"], alike.names, alike.truth, alike.categories)
    one = LabelledSet("one", one.pool, ["made"], one.names, np.zeros(1500, dtype=int), ["a"])

    for labelled in (alike, one):
        for run in (run_ours, run_documented):
            ran = run(labelled, People(labelled, 0, 0), Promise(0.95), 0)
            assert (ran.human, ran.share, ran.accuracy, ran.whole) == (1500, 0.0, None, 1.0)
