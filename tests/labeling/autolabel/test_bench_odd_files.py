"""The measurement skips odd files with a sentence each and runs the other sets; odd options end it at once."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.bench import autolabel_sets
from tests.bench.autolabel import main, readable_sets
from tests.bench.autolabel_files import read_objects
from tests.bench.autolabel_options import read_options

COUNT = 1300
LABELS = np.arange(COUNT) % 2
PICTURES = np.random.default_rng(0).integers(0, 200, (COUNT, 8, 8)).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("features")


@pytest.fixture(autouse=True)
def cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autolabel_sets, "CACHE", folder)


def arrays(**held: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **held)
    return file.getvalue()


def texts(row: str = "{n},hello {n},{label}", encoding: str = "utf-8") -> bytes:
    rows = [row.format(n=number, label="ab"[number % 2]) for number in range(COUNT)]
    return gzip.compress("\n".join(["id,text,label", *rows]).encode(encoding))


def archive(**files: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, content in files.items():
            made.writestr(name.replace("_", "."), content)
    return file.getvalue()


SOUND = {"audio_delta": np.zeros(2 * COUNT, np.int16), "label": LABELS}
WITHOUT_PICTURES = "file,label\n" + "".join(f"{number}.jpg,{number % 2}\n" for number in range(COUNT))
ODD = [
    ("a.csv", b"id,text,label\n", "its name ends in none of .csv.gz, .zip, .npz"),
    ("a.csv.gz", b"hello", "it is not compressed with gzip"),
    ("a.csv.gz", texts()[:900], "it is damaged"),
    ("a.csv.gz", texts("{n},café,{label}", "latin-1"), "its text is not UTF-8"),
    ("a.csv.gz", texts("{n},hello"), "line 2 has no label"),
    ("a.csv.gz", texts("{n},hello, "), "line 2 has no label"),
    ("a.csv.gz", texts("{n},well, hello,{label}"), "line 2 has more than the 3 columns of the first"),
    ("a.csv.gz", gzip.compress(b""), "its columns are none; text and label are needed"),
    ("a.csv.gz", gzip.compress(b"id,text,label\n1,good,a\n"), "1 objects, fewer than 1,250"),
    ("a.zip", b"hello", "it is no zip archive"),
    ("a.zip", archive(words_csv="file,label\n"), "it has no labels.csv"),
    ("a.zip", archive(labels_csv="file,name\n"), "its columns are file, name; file and label are needed"),
    ("a.zip", archive(labels_csv=WITHOUT_PICTURES), "only 0 of its 1,300 objects can be opened"),
    ("a.npz", b"hello", "it is no npz archive"),
    ("a.npz", arrays(image=PICTURES), "it has no array called label"),
    ("a.npz", arrays(image=PICTURES, label=LABELS.astype(object)), "its array label is of Python objects, or damaged"),
    ("a.npz", arrays(image=PICTURES, label=np.eye(2)[LABELS]),
     "its array label has the shape (1300, 2); one label an object is needed"),
    ("a.npz", arrays(image=PICTURES, label=np.where(LABELS, 1, np.nan)), "object 0 has no label"),
    ("a.npz", arrays(image=PICTURES[:1290], label=LABELS), "it has 1,290 pictures and 1,300 labels"),
    ("a.npz", arrays(image=PICTURES[0], label=LABELS),
     "its array image has the shape (8, 8); (n, h, w) or (n, h, w, 3) is needed"),
    ("a.npz", arrays(image=PICTURES - 9.5, label=LABELS),
     "its pictures hold values from -9.5 to 189.5; 0 to 1 or 0 to 255 is needed"),
    ("a.npz", arrays(image=PICTURES.astype(str), label=LABELS), "its pictures are of <U3; numbers are needed"),
    ("a.npz", arrays(**SOUND), "it has no array called offsets"),
    ("a.npz", arrays(**SOUND, offsets=np.arange(COUNT)), "it has 1,299 recordings and 1,300 labels"),
    ("a.npz", arrays(**SOUND, offsets=np.arange(COUNT + 1) * 3),
     "its offsets do not rise from 0 to at most 2,600, where the sound ends"),
    ("a.npz", arrays(**SOUND, offsets=np.linspace(0, 1, COUNT + 1)),
     "its arrays audio_delta, offsets and rate are not all of whole numbers"),
    ("a.npz", arrays(**SOUND, offsets=np.arange(COUNT + 1), rate=0),
     "its arrays audio_delta and offsets are not each a row, with one rate above 0"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "why"), ODD, ids=[f"{number}-{odd[2]}" for number, odd in enumerate(ODD)])
def test_an_odd_file_is_skipped_with_a_sentence_and_the_next_set_is_read(
    name: str, content: bytes, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "good.npz").write_bytes(arrays(image=PICTURES, label=LABELS))

    found = [labelled.name for _, labelled in readable_sets(tmp_path, base=True)]

    assert found == ["good"]
    assert capsys.readouterr().out.splitlines() == [f"skipped {name}: {why}.", "good: 1300 objects, hog-1"]


def test_a_folder_and_a_second_file_of_a_name_are_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.zip").mkdir()
    (tmp_path / "b.csv.gz").write_bytes(texts())
    (tmp_path / "b.npz").write_bytes(arrays(image=PICTURES, label=LABELS))

    assert [labelled.views for _, labelled in readable_sets(tmp_path, base=True)] == [["tfidf-1"]]
    assert capsys.readouterr().out.splitlines() == [
        "skipped a.zip: it is no file.", "b: 1300 objects, tfidf-1",
        "skipped b.npz: another file is called b already.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [
        lambda pictures: pictures[..., None],
        lambda pictures: pictures / 255,
        lambda pictures: pictures.astype(np.float32),
        lambda pictures: pictures.astype(np.int64),
    ],
    ids=["one channel", "fractions", "floats", "wide whole numbers"],
)
def test_pictures_of_other_numbers_are_the_same_pictures(
    given: Callable[[np.ndarray], np.ndarray], tmp_path: Path
) -> None:
    path = tmp_path / "seen.npz"
    path.touch()

    read = read_objects(path, arrays(image=given(PICTURES), label=LABELS))

    assert all(picture.mode == "L" for picture in read.items)
    assert np.array_equal(np.stack([np.asarray(picture) for picture in read.items]), PICTURES)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (["{}/none"], "{}/none is no folder."),
        (["{}", "--seeds", "0"], "--seeds is at least 1."),
        (["{}", "--target", "1"], "--target is between 0 and 1."),
        (["{}", "--target", "nan"], "--target is between 0 and 1."),
        (["{}", "--noise", "1"], "--noise is from 0 to below 1."),
        (["{}", "--predictions", "{}/none/said.csv"], "{}/none/said.csv cannot be written."),
        (["{}", "--predictions", "{}"], "{} cannot be written."),
    ],
)
def test_odd_options_end_it_before_anything_runs(
    given: list[str], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read_options([one.format(tmp_path) for one in given])

    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith(f": error: {why.format(tmp_path)}\n")


def test_the_figures_are_told_even_where_the_predictions_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "one.npz").write_bytes(arrays(image=PICTURES, label=np.zeros(COUNT, int)))
    file = tmp_path / "said.txt"
    file.symlink_to(file.name)  # to itself: nobody can open it, and nothing seems to be there

    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        main([str(tmp_path), "--base", "--seeds", "1", "--predictions", str(file)], large=2000)

    out = capsys.readouterr().out.splitlines()
    assert json.loads(out[-1])["one"]["ours"]["accuracy"] is None
    assert any(line.startswith("| one | ours | 0.0% | – | – | 0/1 | 1300 | 100.00% | 100% |") for line in out)
