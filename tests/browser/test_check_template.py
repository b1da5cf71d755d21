"""`check_template`: templates that cover every element, region, filter and control, tried in the real frame."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from groundtruth import chromium
from labeling.checking_templates.site import modules
from labeling.management.commands import check_template
from tests.conftest import ROOT
from tests.services import require

pytestmark = pytest.mark.browser
FOLDER = ROOT / "tests" / "templates"
SECONDS = 200
NOTHING = {"errors": [], "rendered": True, "submitted": True}


def check(*args: str) -> tuple[list[str], dict[str, Any], int]:
    """Run the command; return its lines but the last, what the last says, and the exit code."""
    require(chromium.program(), "Chromium")
    command = [sys.executable, "manage.py", "check_template", *args]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.stdout, done.stderr
    *rows, last = done.stdout.splitlines()
    return rows, json.loads(last), done.returncode


def can_be_shown(file: Path) -> bool:
    """Whether this installation has every element that a template names."""
    named = set(re.findall(r"<crowd-([a-z-]+)", file.read_text()))
    return {f"crowd/{name}" for name in named} <= modules().keys()


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the command says of all templates that can be shown, by their names."""
    shown = [file for file in sorted(FOLDER.iterdir()) if can_be_shown(file)]
    _rows, found, code = check(*map(str, shown))
    assert code == 0, {path: one for path, one in found.items() if one["errors"]}
    return {Path(path).name.partition(".")[0]: one for path, one in found.items()}


def test_every_template_is_rendered_and_submitted_without_an_error(said: dict[str, Any]) -> None:
    assert {name: {key: one[key] for key in NOTHING} for name, one in said.items()} == dict.fromkeys(said, NOTHING)
    assert len(said) >= 14


def test_outside_addresses_are_told_apart(said: dict[str, Any]) -> None:
    assert sorted(said["native_controls"]["blocked"]) == [
        "https://library.example/chart.js",
        "https://objects.example/a.svg",
        "https://pictures.example/a.png",
    ]
    assert {name for name, one in said.items() if one["blocked"]} == {"native_controls", "data_for_scripts"}


def test_what_follows_from_a_refusal_counts_as_that(said: dict[str, Any]) -> None:
    assert sorted(said["data_for_scripts"]["blocked"]) == [
        "ReferenceError: Charts is not defined (its script was blocked)",
        "TypeError: Cannot read properties of undefined (reading 'draw') (its script was blocked)",
        "TypeError: Failed to fetch (its request was blocked)",
        "https://charts.example/lib.js",
        "https://data.example/x",
    ]


def test_scripts_get_values_that_they_can_work_with(said: dict[str, Any]) -> None:
    answer = said["data_for_scripts"]["answer"]

    assert answer["seen"] == "MariaLabel A/Label B;AhmedLabel A/Label B;2,2,2"
    assert [len(json.loads(answer["series"])["readings"]), answer["Label A-0"], answer["Label B-1"]] == [
        2,
        {"ok": True},
        {"ok": True},
    ]


def test_a_shape_of_each_category_is_drawn_where_the_template_asks_for_it(said: dict[str, Any]) -> None:
    points = said["each_label_once"]["answer"]["joints"]["keypoints"]

    assert [point["label"] for point in points] == ["Knee", "Foot", "Hip"]
    assert len({(point["x"], point["y"]) for point in points}) == 3


def test_a_template_is_sent_by_its_own_buttons(said: dict[str, Any]) -> None:
    assert said["own_ways_to_send"]["answer"] == {"verdict": "yes"}


def test_a_page_with_a_plain_form_is_answered_as_one_with_ours(said: dict[str, Any]) -> None:
    answer = {"assignment": "taken", "kind": {"news": True, "advert": False}, "phone": "111-1111"}
    assert said["made_for_another_service"]["answer"] == answer


def test_a_template_that_keeps_things_and_asks_back_is_answered(said: dict[str, Any]) -> None:
    assert said["stores_and_windows"]["answer"] == {"notes": "A plausible answer."}


def test_native_controls_are_answered_as_people_would(said: dict[str, Any]) -> None:
    answer = said["native_controls"]["answer"]

    assert answer["size"] == {"small": True, "large": False}
    assert answer["parts"] == {"wheel": True, "door": False}
    assert (answer["country"], answer["colors"], answer["number"], answer["text"]) == ("no", ["red"], "5", "answer")
    assert (answer["_"], answer["state"], answer["date"]) == ("", '{"done":true}', "2026-01-15")
    assert (answer["tel"], answer["local"]) == ("+1 555 0100", "111-1111")
    assert "file" not in answer


def test_questions_and_answers_have_as_many_words_as_fit(said: dict[str, Any]) -> None:
    (pair,) = said["ranking_and_questions"]["answer"]["questions"]["questions"]

    assert (len(pair["question"].split()), len(pair["answer"].split())) == (2, 5)


def test_plain_elements_are_answered(said: dict[str, Any]) -> None:
    answer = said["plain_controls"]["answer"]

    assert answer["marks"] == {"blurry": True, "dim": False}
    assert (answer["option1"], answer["option2"]) == ({"label a": True}, {"label b": False})
    assert (answer["day"], answer["again"]) == ("2026-01-15", {"yes": True})
    assert set(answer) == {"day", "code", "why", "marks", "again", "option1", "option2", "sure"}


def test_each_tool_is_drawn_in(said: dict[str, Any]) -> None:
    boxes = said["boxes_adjusted"]["answer"]["boxes"]
    assert [box["label"] for box in boxes["boundingBoxes"]] == ["Label A", "Label B", "Label A"]
    assert boxes["initialValueModified"] is True
    assert len(said["outlines"]["answer"]["polygon"]["polygons"][0]["vertices"]) == 3
    assert len(said["outlines"]["answer"]["polyline"]["polylines"]) == 2
    assert len(said["points_and_lines"]["answer"]["line"]["lines"]) == 1  # the one to begin with has no category here
    assert len(said["points_and_lines"]["answer"]["points"]["keypoints"]) == 1
    assert said["masks"]["answer"]["things"]["instances"][0]["label"] == "Person"
    assert said["masks"]["answer"]["mask"]["labeledImage"]["pngImageData"]


def test_classifiers_get_a_category(said: dict[str, Any]) -> None:
    assert said["pictures_sorted"]["answer"] == {"kind": {"label": "Label A"}, "all": {"labels": ["Sky"]}}
    assert said["texts_sorted"]["answer"] == {"mood": {"label": "Label A"}, "topics": {"labels": ["Art"]}}


def test_failures_are_told_with_their_reason_and_the_exit_code(tmp_path: Path) -> None:
    broken = {
        "filter.liquid": "<p>\n{{ task.input.a | shout }}</p>",
        "script.html": "<crowd-form><script>nothing.there()</script></crowd-form>",
        "stopped.html": "<crowd-form onsubmit='return false'><input name=a pattern='(?!)' required></crowd-form>",
        "library.html": "<script src='https://lib.example/d3.js'></script><crowd-form></crowd-form><script>d3.x()</script>",
        "form.template": "<p>No form at all</p>",
    }
    for name, source in broken.items():
        (tmp_path / name).write_text(source)
    (tmp_path / "notes.txt").write_text("no template")

    rows, found, code = check(str(tmp_path))

    by_name = {Path(path).name: one for path, one in found.items()}
    assert (code, len(rows), set(by_name)) == (1, 2 + len(broken), set(broken))
    assert by_name["filter.liquid"]["errors"] == ["Line 2: unknown filter 'shout'"]
    assert by_name["script.html"]["errors"] == ["ReferenceError: nothing is not defined"]
    assert by_name["stopped.html"]["errors"][0].startswith("Not submitted: a: ")
    assert by_name["form.template"]["errors"] == ["Not submitted: the template stopped it, or it has no form"]
    assert (by_name["library.html"]["errors"], by_name["library.html"]["submitted"]) == ([], True)
    assert by_name["library.html"]["blocked"][0] == "https://lib.example/d3.js"


def test_a_template_that_never_ends_is_stopped_and_the_next_one_tried(tmp_path: Path) -> None:
    templates = {
        "1.html": "<script>while (true) {}</script><crowd-form></crowd-form>",
        "2.html": "<crowd-form><input name=a></crowd-form><script>oninput = () => { while (true) {} }</script>",
        "3.html": "<crowd-form><input name=a></crowd-form>",
    }
    for name, source in templates.items():
        (tmp_path / name).write_text(source)
    (tmp_path / "4.html").write_bytes(b"<crowd-form>\n<p>caf\xe9</p></crowd-form>")

    _rows, found, code = check(str(tmp_path), "--patience", "2.5")

    stopped = "A script of the template never ends: the browser had to be stopped."
    encoding = "Line 2: the file is not text in UTF-8. Save it in that encoding."
    assert [one["errors"] for one in found.values()] == [[stopped], [stopped], [], [encoding]]
    assert code == 1


def test_a_given_input_is_what_the_template_sees(tmp_path: Path) -> None:
    file = tmp_path / "one.html"
    file.write_text("<crowd-form><input type=hidden name=said value='{{ task.input.word }}'></crowd-form>")

    _rows, found, code = check(str(file), "--input", '{"word": "hei"}')

    assert (code, found[str(file)]["answer"]) == (0, {"said": "hei"})


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["/no/such/place"], "no folder"),
        ([str(FOLDER), "--input", "[1]"], "neither"),
        ([str(FOLDER), "--input", "{"], "neither"),
    ],
)
def test_what_cannot_be_tried_is_said_in_a_sentence(args: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command(check_template.Command(), *args)
