import csv
import gzip
import json

import numpy as np
import pytest

from tests.bench.consolidation import macro_f1, main, read_rows
from tests.labeling.consolidation.crowds import mixed_crowd, simulate


def write_gzip(path, header, rows):
    with gzip.open(path, "wt", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])


@pytest.fixture
def folder(tmp_path):
    votes, truth = simulate(mixed_crowd(10, 3, 0), n_objects=60, each=4, seed=0)
    names = np.array(["cat", "dog", "owl"])
    rows = [[f"t{task}", f"w{worker}", names[category]] for task, worker, category in votes]
    write_gzip(tmp_path / "pets.labels.csv.gz", ["task", "worker", "label"], rows)
    truths = [[f"t{task}", names[category]] for task, category in enumerate(truth[:40])]
    write_gzip(tmp_path / "pets.truth.csv.gz", ["task", "truth"], truths)
    write_gzip(tmp_path / "boxes.labels.csv.gz", ["image", "worker", "x"], [["i", "w", "1"]])
    return tmp_path


def test_the_last_line_is_json_and_predictions_cover_every_task(folder, monkeypatch, capsys):
    kept = folder / "kept.csv"
    monkeypatch.setattr("sys.argv", ["bench", str(folder), "--predictions", str(kept)])

    main()

    lines = capsys.readouterr().out.splitlines()
    figures = json.loads(lines[-1])
    assert lines[0] == "skipped boxes: columns are image,worker,x"
    assert set(figures) == {"pets"}
    assert figures["pets"]["accuracy"] > 0.8
    rows = list(csv.DictReader(kept.open()))
    assert len(rows) == 60
    truth = dict(read_rows(folder / "pets.truth.csv.gz")[1:])
    right = [row["label"] == truth[row["task"]] for row in rows if row["task"] in truth]
    assert figures["pets"]["accuracy"] == pytest.approx(np.mean(right), abs=1e-4)
    assert all(0 <= float(row["confidence"]) <= 1 for row in rows)


def test_marks_and_blank_lines_are_no_rows(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"\xef\xbb\xbftask,worker,label\r\nt,w,x\r\n\r\n"))

    assert read_rows(tmp_path / "a.gz") == [["task", "worker", "label"], ["t", "w", "x"]]


def test_a_folder_that_is_not_there_is_an_error_and_no_empty_result(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["bench", str(tmp_path / "gone")])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    assert "is no folder." in capsys.readouterr().err


def test_macro_f1_by_hand():
    # a: 2 of 3 true found without a false one, F1 .8; b: F1 2/3.
    assert macro_f1(["a", "a", "a", "b"], ["a", "a", "b", "b"]) == pytest.approx((0.8 + 2 / 3) / 2)
