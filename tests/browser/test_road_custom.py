"""A template of one's own with functions before and after people: from its set-up to the line that is delivered."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from playwright.sync_api import expect
from pytest_django import Settings

from groundtruth.storage import get_store, parse_uri
from tests.browser.road import Case, Hands, Road, submit, take

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
TEMPLATE = """
<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
<crowd-form>
  <h1>{{ task.input.question }}</h1>
  <blockquote>{{ task.input.heard }}</blockquote>
  <crowd-radio-group>
    {% for mood in task.input.moods %}
    <crowd-radio-button name="{{ mood }}">{{ mood | capitalize }}</crowd-radio-button>
    {% endfor %}
  </crowd-radio-group>
  <crowd-checkbox name="tone" value="sharp">Sharp</crowd-checkbox>
  <crowd-input name="why" label="Why?" required></crowd-input>
</crowd-form>
"""
TEXT = "The soup was <b>cold</b>.\r\n\U0001f958"


def before(event: dict[str, Any], context: None) -> dict[str, Any]:
    """A pre-annotation function: asks a question about the line it is given."""
    line = event["dataObject"]
    task_input = {"question": f"How does {line['trace']} feel?", "heard": line["source"], "moods": ["glad", "sad"]}
    return {"taskInput": task_input, "isHumanAnnotationRequired": "true"}


def after(event: dict[str, Any], context: None) -> list[dict[str, Any]]:
    """A post-annotation function: field by field what most people said."""
    asked = json.loads(get_store().read(parse_uri(event["payload"]["s3Uri"])))
    return [
        {"datasetObjectId": one["datasetObjectId"], "consolidatedAnnotation": {"content": content_of(event, one)}}
        for one in asked
    ]


def content_of(event: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    said = [json.loads(one["annotationData"]["content"]) for one in asked["annotations"]]
    value = {name: most([answer[name] for answer in said]) for name in sorted(said[0])}
    metadata = {"confidence": 0.75, "workers": len(said), "about": asked["dataObject"]["content"]}
    name = event["labelAttributeName"]
    return {name: value, f"{name}-metadata": metadata}


def most(values: list[Any]) -> Any:
    [(text, _count)] = Counter(json.dumps(value) for value in values).most_common(1)
    return json.loads(text)


def fill_in(hands: Hands) -> None:
    """Answer, change each field, and undo and redo what was typed."""
    expect(hands.frame.get_by_role("heading")).to_have_text("How does A-7 feel?")
    expect(hands.frame.locator("blockquote")).to_have_text(TEXT.replace("\r\n", " "))
    for name in ("Glad", "Sad"):
        hands.frame.get_by_role("radio", name=name).click()
    expect(hands.frame.get_by_role("radio", name="Glad")).not_to_be_checked()
    hands.frame.get_by_role("checkbox", name="Sharp").click()
    hands.frame.get_by_label("Why?").click()
    hands.page.keyboard.insert_text("cold")
    hands.press("Control+z")
    expect(hands.frame.get_by_label("Why?")).to_have_value("")
    hands.press("Control+Shift+z")
    expect(hands.frame.get_by_label("Why?")).to_have_value("cold")


def shows_form(hands: Hands) -> None:
    """The form is shown as most filled it in, and takes nothing."""
    expect(hands.frame.locator("blockquote")).to_have_text(TEXT.replace("\r\n", " "))
    expect(hands.frame.get_by_role("radio", name="Sad")).to_be_checked()
    expect(hands.frame.get_by_role("radio", name="Glad")).to_be_disabled()
    expect(hands.frame.get_by_role("checkbox", name="Sharp")).to_be_checked()
    expect(hands.frame.get_by_role("checkbox", name="Sharp")).to_be_disabled()
    expect(hands.frame.get_by_label("Why?")).to_have_value("cold")
    expect(hands.frame.get_by_label("Why?")).not_to_be_editable()


def said(*, glad: bool, sharp: bool, why: str) -> dict[str, Any]:
    return {"glad": {"on": glad}, "sad": {"on": not glad}, "tone": {"sharp": sharp}, "why": why}


MOST = said(glad=False, sharp=True, why="cold")
CASE = Case(
    "custom",
    fill_in,
    shows_form,
    MOST,
    {"confidence": 0.75, "workers": 3, "about": TEXT, "type": "groundtruth/custom"},
    source=TEXT,
    categories=(),
    others=(said(glad=False, sharp=False, why="cold"), said(glad=True, sharp=True, why="hot")),
    design={"template": TEMPLATE, "pre_function": "before", "post_function": "arn:aws:lambda:r:1:function:after"},
    send=submit,
    words=[said if isinstance(said, str) else json.dumps(said) for _, said in sorted(MOST.items())],
)


def test_a_template_with_functions_is_reviewed_and_delivered(road: Road, settings: Settings) -> None:
    settings.ANNOTATION_FUNCTIONS = {name: f"{__name__}:{name}" for name in ("before", "after")}

    line, expected = take(road, CASE)

    assert line == expected
