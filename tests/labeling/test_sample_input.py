"""A sample of `task.input` fits what a template, and what its scripts, do with it."""

from __future__ import annotations

import json

from labeling.sample_input import LABELS, sample_input
from labeling.sample_media import FILM, TEXT, mask, picture, picture_data, sound
from tests.conftest import ROOT


def test_entries_named_by_a_counter_have_all_that_is_read_of_them() -> None:
    found = sample_input(
        "{{ task.input.shots[0].label }}{% assign last = task.input.shots.size | minus: 1 %}"
        "{% for n in (0..last) %}<img src='{{ task.input.shots[n].url | grant_read_access }}'>"
        "{{ task.input.shots[n].label }}{{ task.input.more[forloop.index0].label }}{% endfor %}"
    )

    assert found["shots"] == [{"label": label, "url": picture()} for label in LABELS]
    assert found["more"] == [{"label": label} for label in LABELS]


def test_a_case_takes_its_first_way_and_what_hides_something_is_off() -> None:
    found = sample_input(
        "{% case task.input.medium %}{% when 'film', 'video' %}x{% when 'sound' %}y{% endcase %}"
        "{% unless task.input.isOver %}x{% endunless %}{% unless task.input.name == 'BACKGROUND' %}x{% endunless %}"
    )

    assert (found["medium"], found["isOver"], found["name"]) == ("film", False, "Maria")


def test_filters_say_what_a_value_is() -> None:
    found = sample_input(
        "{{ task.input.people | map: 'name' | join: ', ' }}{% assign old = task.input.people | where: 'isOld', true %}"
        "{% for one in old %}{{ one.born | date: '%Y' }}{% endfor %}{{ task.input.share | times: 100 | round }}"
        "{{ task.input.confidence | times: 100 }}{{ task.input.words | split: ' ' | first }}"
        "{% assign best = task.input.ranked | first %}{{ best.title }}"
    )

    assert found["people"] == [
        {"name": "Maria", "isOld": True, "born": "2026-01-15"},
        {"name": "Ahmed", "isOld": True, "born": "2026-01-15"},
    ]
    assert (found["share"], found["confidence"], found["words"]) == (0, 0.9, "museum")
    assert [one["title"] for one in found["ranked"]] == ["The museum of tiles", "A day in Lisbon"]


def test_media_fit_the_element_and_the_name() -> None:
    found = sample_input(
        "<audio><source src='{{ task.input.audio_uri | grant_read_access }}'></audio>"
        "<video src='{{ task.input.clip | grant_read_access }}' poster='{{ task.input.cover }}'></video>"
        "<img src='data:image/png;base64,{{ task.input.bytes }}'><script>var a = '{{ task.input.pngString }}'</script>"
    )

    assert [found[name] for name in ("audio_uri", "clip", "cover")] == [sound(), FILM, picture()]
    assert found["bytes"] == found["pngString"] == picture_data()


def test_what_scripts_walk_is_a_list_and_what_they_read_of_it_is_there() -> None:
    found = sample_input(
        "<script>const rows = {{ task.input.rows | to_json }};"
        "rows.forEach((row) => { show(row.title, row.parts.join()); });"
        "let meta = {{ task.input.meta | to_json }}; for (const key in meta) show(meta[key]);"
        "var plain = '{{ task.input.plain }}'; plain.forEach;"
        "for (const mark of marks) show(mark.x);  marks = {{ task.input.marks | to_json }};</script>"
    )

    assert found["rows"][1] == {"title": "A day in Lisbon", "parts": [TEXT, TEXT]}
    assert set(found["meta"]) == {"color", "size"}
    assert found["plain"] == TEXT


def test_what_a_script_parses_is_json() -> None:
    found = sample_input(
        "<input id='one' value='{{ task.input.one }}'><div id=two>{{ task.input.two }}</div>"
        "<script>const first = JSON.parse(document.getElementById('one').value); first.map((item) => item.id);"
        "const raw = document.querySelector('#two').textContent; const second = JSON.parse(raw); second.start;"
        "const third = JSON.parse('{{ task.input.three }}'); const text = '{{ task.input.four }}';"
        "const fourth = JSON.parse(text); fourth.labels.forEach((label) => label);"
        "const fifth = JSON.parse('{{ task.input.five | to_json }}'); fifth.map((one) => one.id);</script>"
    )

    assert json.loads(found["one"]) == [{"id": 0}, {"id": 1}]
    assert json.loads(found["two"]) == {"start": 1}
    assert json.loads(found["three"]) == {}
    assert json.loads(found["four"]) == {"labels": LABELS}
    assert found["five"] == [{"id": 0}, {"id": 1}]


def test_what_tools_begin_with_is_of_their_form() -> None:
    found = sample_input(
        '<crowd-semantic-segmentation initial-value="{{ task.input.before | to_json | escape }}">'
        '<crowd-image-classifier overlay="{{ task.input.shown | to_json | escape }}">'
    )

    assert found["before"] == {"labelMappings": {"Label A": {"color": "#2ca02c"}}, "src": mask()}
    assert found["shown"]["boundingBox"]["labels"] == LABELS


def test_names_of_controls_are_words() -> None:
    found = sample_input(
        "{% for one in task.input.ones %}<input name='{{ one }}'>{% endfor %}<p>{{ task.input.about }}</p>"
    )

    assert (found["ones"], found["about"]) == (LABELS, TEXT)


def test_each_shape_is_asked_a_yes_or_no_and_a_choice() -> None:
    template = (ROOT / "templates/tasks/polygon.liquid.html").read_text()

    assert sample_input(template)["shapeAttributes"] == [
        {"name": "Covered"},
        {"name": "Side", "values": ["Front", "Back"]},
    ]
