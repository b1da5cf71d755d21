import csv
import gzip
import json

import numpy as np
import pytest

from tests.bench import consolidation_speed
from tests.bench.consolidation import main
from tests.bench.consolidation_classes import macro_f1
from tests.bench.consolidation_files import read_rows
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


def run(folder, monkeypatch, capsys, *options):
    """The bench's lines and the figures of its last one."""
    monkeypatch.setattr("sys.argv", ["bench", str(folder), *options])
    main()
    lines = capsys.readouterr().out.splitlines()
    return lines, json.loads(lines[-1])


TAGS = ["doc", "sentence", "token", "worker", "tag"]


def test_spans_are_measured_over_sentences_that_somebody_read(tmp_path, monkeypatch, capsys):
    said = ["B-PER", "I-PER", "O", "B-LOC"]
    rows = [["d", 0, place, f"w{worker}", tag] for worker in range(3) for place, tag in enumerate(said)]
    write_gzip(tmp_path / "ner_a.labels.csv.gz", TAGS, rows)
    true = [["d", 0, place, tag] for place, tag in enumerate(["B-PER", "I-PER", "O", "B-ORG"])]
    write_gzip(tmp_path / "ner_a.truth.csv.gz", ["doc", "sentence", "token", "tag"], [*true, ["d", 1, 0, "B-LOC"]])

    lines, figures = run(tmp_path, monkeypatch, capsys)

    assert figures["ner_a"]["f1"] == 0.5
    assert "| 0.5000 | 0.5000 | 0.5000 | 0.4000 |" in "\n".join(lines)


def test_the_spans_of_a_lone_answer_stay_and_no_sentence_without_a_truth_is_judged(tmp_path, monkeypatch, capsys):
    said = ["B-Ort", "I-Ort", "O", "B-x-y"]
    rows = [["d", sentence, place, "w", tag] for sentence in range(9) for place, tag in enumerate(said)]
    write_gzip(tmp_path / "ner_a.labels.csv.gz", TAGS, [*rows, ["d", 0, 10**9, "w", "B-Ort"]])
    true = [["d", 1, place, tag] for place, tag in enumerate(["B-Ort", "E-Ort", "O", "S-x-y"])]
    write_gzip(tmp_path / "ner_a.truth.csv.gz", ["doc", "sentence", "token", "tag"], true)

    lines, figures = run(tmp_path, monkeypatch, capsys)

    assert figures["ner_a"]["f1"] == 1.0
    assert "left out 1 rows whose sentence or token is no number from 0 to 99,999" in lines


def test_a_truth_or_visits_of_other_columns_are_read_by_name_or_said_to_be_odd(folder, monkeypatch, capsys):
    header, rows = ["image", "worker", "x", "y", "w", "h"], [["i", f"w{worker}", 1, 1, 9, 9] for worker in range(3)]
    for name in ("shapes", "turned"):
        write_gzip(folder / f"{name}.labels.csv.gz", header, rows)
    write_gzip(folder / "shapes.truth.csv.gz", ["image", "x", "y"], [["i", 1, 1]])
    write_gzip(folder / "turned.truth.csv.gz", ["h", "w", "y", "x", "image"], [[9, 9, 1, 1, "i"]])
    write_gzip(folder / "turned.visits.csv.gz", ["image"], [["i"]])

    lines, figures = run(folder, monkeypatch, capsys)

    assert "skipped shapes.truth.csv.gz: columns are image,x,y, not image,x,y,w,h" in lines
    assert "skipped turned.visits.csv.gz: columns are image, not image,worker,boxes" in lines
    assert set(figures) == {"pets", "turned"}
    assert figures["turned"]["f1_75"] == 1.0


def test_texts_in_which_nobody_and_nothing_is_tagged_are_no_error(tmp_path, monkeypatch, capsys):
    write_gzip(tmp_path / "ner_a.labels.csv.gz", TAGS, [["d", 0, 0, f"w{worker}", "O"] for worker in range(2)])
    write_gzip(tmp_path / "ner_a.truth.csv.gz", ["doc", "sentence", "token", "tag"], [["d", 0, 0, "O"]])

    figures = run(tmp_path, monkeypatch, capsys)[1]["ner_a"]

    assert figures["whole_ece"] == pytest.approx(1 - 0.9667, abs=1e-4)  # all agree that there is nothing, rightly


def test_boxes_are_measured_over_all_visited_images(tmp_path, monkeypatch, capsys):
    rows = [["i1", f"w{worker}", 10, 10, 40, 40] for worker in range(3)]
    write_gzip(tmp_path / "boxes_a.labels.csv.gz", ["image", "worker", "x", "y", "w", "h"], rows)
    visits = [["i1", f"w{worker}", 1] for worker in range(3)] + [["i2", "w0", 0]]
    write_gzip(tmp_path / "boxes_a.visits.csv.gz", ["image", "worker", "boxes"], visits)
    true = [["i1", 10, 10, 40, 31], ["i2", 0, 0, 9, 9], ["i3", 0, 0, 9, 9]]
    write_gzip(tmp_path / "boxes_a.truth.csv.gz", ["image", "x", "y", "w", "h"], true)

    _, figures = run(tmp_path, monkeypatch, capsys)

    # One of one found at an overlap of .775; of the two true ones of visited images one was missed by all.
    assert figures["boxes_a"]["f1_50"] == figures["boxes_a"]["f1_75"] == pytest.approx(2 / 3, abs=1e-4)


def test_audited_and_adaptive_figures_stand_beside_the_others(folder, monkeypatch, capsys):
    votes, truth = simulate(mixed_crowd(10, 2, 1), n_objects=60, each=5, seed=1)
    rows = [[f"t{task:02}", f"w{worker}", category] for task, worker, category in votes]
    write_gzip(folder / "five.labels.csv.gz", ["task", "worker", "label"], rows)
    truths = [[f"t{task:02}", category] for task, category in enumerate(truth)]
    write_gzip(folder / "five.truth.csv.gz", ["task", "truth"], truths)

    _, figures = run(folder, monkeypatch, capsys, "--audited", "30", "--adaptive")

    assert 0 <= figures["pets"]["ece_audited"] < 0.5
    assert "adaptive_labels" not in figures["pets"]  # four answers an object
    assert 2 <= figures["five"]["adaptive_labels"] <= 5 == figures["five"]["fixed_labels"]
    assert figures["five"]["adaptive_accuracy"] > 0.5


def test_more_audits_than_truths_leave_the_figure_out(folder, monkeypatch, capsys):
    assert "ece_audited" not in run(folder, monkeypatch, capsys, "--audited", "40")[1]["pets"]


KINDS = {
    "ner": (TAGS, ["doc", "sentence", "token", "tag"], ["d", "x", "0", "w", "B-"], ["d", "0", "9", "I-PER"]),
    "boxes": (
        ["image", "worker", "x", "y", "w", "h"],
        ["image", "x", "y", "w", "h"],
        ["i", "w", "nan", "1", "", "2"],
        [],
    ),
    "classes": (["task", "worker", "label"], ["task", "truth"], ["t", "w", "x"], ["other", "y"]),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [0, 1, 30])
def test_odd_files_are_measured_or_said_to_be_odd(kind, rows, tmp_path, monkeypatch, capsys):
    header, truth_header, odd, true = KINDS[kind]
    write_gzip(tmp_path / f"{kind}.labels.csv.gz", header, [odd] * rows)
    write_gzip(tmp_path / f"{kind}.truth.csv.gz", truth_header, [true, ["short"]] if true else [])
    (tmp_path / "broken.labels.csv.gz").write_bytes(b"no gzip")
    (tmp_path / "empty.labels.csv.gz").write_bytes(gzip.compress(b""))
    write_gzip(tmp_path / "alone.labels.csv.gz", header, [])

    lines, figures = run(tmp_path, monkeypatch, capsys, "--audited", "5", "--adaptive")

    assert set(figures) == {kind}
    assert "skipped alone: no alone.truth.csv.gz" in lines
    assert any(line.startswith("skipped broken.labels.csv.gz: ") for line in lines)
    assert "skipped empty: columns are " in lines


def test_without_crowd_kit_the_speed_is_ours_alone_and_a_sentence(monkeypatch, capsys):
    monkeypatch.setattr(
        consolidation_speed, "run_apart", lambda which: {"seconds": 1.0, "megabytes": 9.0, "accuracy": 1.0}
    )
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    figures = consolidation_speed.measure_speed()

    assert figures == {"our_seconds": 1.0, "our_megabytes": 9.0, "our_accuracy": 1.0}
    assert "pip install -r requirements/bench.lock" in capsys.readouterr().out


def test_a_part_of_the_speed_runs_crowd_has_five_answers_an_object_of_different_workers():
    votes, truth = consolidation_speed.make_crowd()

    assert votes.shape == (1_000_000, 3)
    assert len(truth) == 200_000
    assert len(np.unique(votes[:, 0] * 2_000 + votes[:, 1])) == 1_000_000
