"""The Liquid dialect of task templates: spec/templates.md 2, rule by rule."""

import html
import json
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling import templating
from labeling.html_places import TEXT, advance
from labeling.templating import TemplateError, compile_template, render

NASTY = "x'\"</script><b>&amp;\u2028"
TASKS = Path(__file__).resolve().parents[2] / "templates" / "tasks"


def sign(uri: str) -> str:
    return "https://store.test/" + uri.removeprefix("s3://") + "?e=1&s=2"


def draw(source: str, **task_input: Any) -> str:
    return render(source, task_input, sign=sign)


class Reader(HTMLParser):
    """Collects attributes and script text as a browser would read them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.script = ""
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.found.update({name: value or "" for name, value in attrs})

    def handle_data(self, data: str) -> None:
        if self.lasttag == "script":
            self.script += data


# --- to_json, four ways -------------------------------------------------------------------------------------


def test_to_json_in_a_single_quoted_attribute() -> None:
    page = draw("<a data-x='{{ task.input.v | to_json }}'>", v=[NASTY])

    assert json.loads(Reader(page).found["data-x"]) == [NASTY]


def test_to_json_escaped_in_a_double_quoted_attribute_is_escaped_once() -> None:
    page = draw('<a data-x="{{ task.input.v | to_json | escape }}">', v=[NASTY])

    assert json.loads(Reader(page).found["data-x"]) == [NASTY]
    assert page == draw('<a data-x="{{ task.input.v | to_json }}">', v=[NASTY])


def test_to_json_of_parts_inside_a_double_quoted_attribute() -> None:
    loop = "{% for b in task.input.v %}{ label: {{ b.l | to_json }} },{% endfor %}"
    page = draw(f'<a data-x="[{loop}]">', v=[{"l": NASTY}, {"l": 'a"b'}])
    strict = Reader(page).found["data-x"].replace("label:", '"label":').replace("},]", "}]")

    assert json.loads(strict) == [{"label": NASTY}, {"label": 'a"b'}]


def test_to_json_in_a_script_is_javascript() -> None:
    page = draw("<script>var v = {{ task.input.v | to_json }};</script><p>", v=[NASTY])

    assert page == (
        '<script>var v = ["x\\u0027\\"\\u003c/script\\u003e\\u003cb\\u003e\\u0026amp;\\u2028"];</script><p>'
    )
    assert json.loads(Reader(page).script.removeprefix("var v = ").removesuffix(";")) == [NASTY]


def test_to_json_in_text_is_escaped() -> None:
    assert draw("<p>{{ task.input.v | to_json }}</p>", v=["<b>"]) == "<p>[&quot;&lt;b&gt;&quot;]</p>"


def test_to_json_of_undefined_is_null() -> None:
    assert draw("{{ task.input.nope | to_json }} {{ task.input.a.b.c | to_json }}") == "null null"


@pytest.mark.parametrize("value", [True, None, 3, 1.5, "é", {"a": [1, {"b": "c"}]}, []])
def test_to_json_of_any_value(value: object) -> None:
    page = draw('<a data-x="{{ task.input.v | to_json }}">', v=value)

    assert json.loads(Reader(page).found["data-x"]) == value


def test_to_json_after_a_script_is_text_again() -> None:
    page = draw("<script>a < b</script><p title={{ task.input.v | to_json }}>", v="<")

    assert page == "<script>a < b</script><p title=&quot;&lt;&quot;>"


# --- escaping -----------------------------------------------------------------------------------------------


def test_every_output_is_escaped() -> None:
    assert draw("{{ task.input.v }}", v="<a href='x'>&\"") == "&lt;a href=&#39;x&#39;&gt;&amp;&quot;"


def test_string_literals_are_escaped_too() -> None:
    assert draw('{{ "<b>&" }}') == "&lt;b&gt;&amp;"
    assert draw('{% assign x = "<b>" %}{{ x }}{% echo "<i>" %}{% cycle "<u>", "b" %}') == "&lt;b&gt;&lt;i&gt;&lt;u&gt;"


def test_escape_is_the_default_and_never_double() -> None:
    assert draw("{{ task.input.v | escape }}", v="a&b") == draw("{{ task.input.v }}", v="a&b") == "a&amp;b"
    assert draw("{{ task.input.v | escape | escape }}", v="a&b") == "a&amp;b"


def test_escape_of_an_array_is_its_json() -> None:
    assert draw("{{ task.input.v | escape }}", v=["a"]) == "[&quot;a&quot;]"


def test_escape_once_keeps_entities() -> None:
    assert draw("{{ task.input.v | escape_once }}", v="&amp; & &#39; <") == "&amp; &amp; &#39; &lt;"


def test_skip_autoescape_is_raw() -> None:
    assert draw("{{ task.input.v | skip_autoescape }}", v="<b>&") == "<b>&"


def test_raw_output_moves_the_place() -> None:
    page = draw("{{ task.input.open | skip_autoescape }}{{ task.input.v | to_json }}", open="<script>", v="<")

    assert page == '<script>"\\u003c"'


def test_arrays_and_objects_print_as_json() -> None:
    assert draw('<a labels="{{ task.input.v }}">', v=["a", "b"]) == '<a labels="[&quot;a&quot;,&quot;b&quot;]">'
    assert html.unescape(draw("{{ task.input.v }}", v={"a": True})) == '{"a":true}'


def test_plain_values() -> None:
    assert draw(
        "{{ task.input.a }}|{{ task.input.b }}|{{ task.input.n }}|{{ task.input.no }}|{{ (1..3) }}",
        a=True,
        b=1.5,
        n=None,
    ) == ("true|1.5|||1..3")


def test_capture_is_not_escaped_twice() -> None:
    source = "{% capture row %}<b>{{ task.input.v }}</b>{% endcapture %}{{ row }}"

    assert draw(source, v="a&b") == "<b>a&amp;b</b>"


def test_a_captured_key_finds_its_value() -> None:
    source = "{% capture key %}{{ task.input.id }}{% endcapture %}{{ task.input.map[key] }}"

    assert draw(source, id=3, map={"3": "cat"}) == "cat"
    assert draw(source, id="R&D", map={"R&D": "lab"}) == "lab"


def test_a_carriage_return_reaches_the_page_so_that_offsets_in_a_text_hold() -> None:
    assert draw("<b t='{{ task.input.v }}'>{{ task.input.v }}</b>", v="a\r\nb") == "<b t='a&#13;\nb'>a&#13;\nb</b>"


def test_newline_to_br_keeps_its_own_tags_only() -> None:
    assert draw("{{ task.input.v | newline_to_br }}", v="<\nb") == "&lt;<br />\nb"
    assert draw("{{ task.input.v | newline_to_br }}", v="a\r\nb") == "a<br />\nb"


def test_there_is_no_other_way_to_raw_output() -> None:
    with pytest.raises(TemplateError, match="unknown filter 'safe'"):
        compile_template("{{ task.input.v | safe }}")


@given(
    st.text(max_size=40),
    st.sampled_from(["<p>{}</p>", "<p title='{}'>", '<p title="{}">', "<script>'{}'</script>", "<p>{}"]),
)
def test_no_value_leaves_its_place(value: str, around: str) -> None:
    source = around.replace("{}", "{{ task.input.v }}")
    page = draw(source, v=value)

    assert Reader(page).tags == Reader(around.replace("{}", "a")).tags
    assert advance(TEXT, page) == advance(TEXT, around.replace("{}", "a"))


# --- names, loops, the stock --------------------------------------------------------------------------------


def test_hyphens_in_names_and_paths() -> None:
    source = "{{ task.input.source-ref }} {{ task.input.manifestLine.animal-metadata.class-map['0'] }}"

    assert (
        draw(source, **{"source-ref": "s3://b/k", "manifestLine": {"animal-metadata": {"class-map": {"0": "cat"}}}})
        == "s3://b/k cat"
    )


def test_objects_are_walked_as_pairs() -> None:
    source = "{% for box in task.input.map %}{{ box[0] }}={{ box[1]['class-name'] }};{% endfor %}"

    assert draw(source, map={"1": {"class-name": "a"}, "2": {"class-name": "<"}}) == "1=a;2=&lt;;"


def test_loops_conditions_and_stock_filters() -> None:
    body = "{% if l != 'BACKGROUND' %}{{ forloop.index }}{{ l | downcase }} {% endif %}"
    source = f"{{% for l in task.input.labels %}}{body}{{% endfor %}}"

    assert draw(source, labels=["A", "BACKGROUND", "C"]) == "1a 3c "


def test_javascript_template_literals_are_left_alone() -> None:
    assert draw("<script>`${question} {1}`</script>${image_url}") == "<script>`${question} {1}`</script>${image_url}"


def test_only_task_input_is_visible() -> None:
    assert draw("[{{ sign }}{{ settings }}{{ task.sign }}{{ self }}{{ task.input.__class__ }}]", a=1) == "[]"


# --- reading objects ----------------------------------------------------------------------------------------


def test_grant_read_access_signs_stored_objects() -> None:
    page = draw('<img src="{{ task.input.taskObject | grant_read_access }}">', taskObject="s3://b/k.png")

    assert Reader(page).found["src"] == "https://store.test/b/k.png?e=1&s=2"


def test_grant_read_access_takes_a_literal() -> None:
    assert draw('{{ "s3://b/k" | grant_read_access }}') == "https://store.test/b/k?e=1&amp;s=2"


@pytest.mark.parametrize("value", ["https://a.test/b?c", "http://a.test/", "plain text: with a colon", ""])
def test_grant_read_access_leaves_other_values(value: str) -> None:
    assert draw("{{ task.input.v | grant_read_access }}", v=value) == value


def test_a_refusal_to_sign_comes_through() -> None:
    def refuse(uri: str) -> str:
        raise PermissionError(uri)

    with pytest.raises(PermissionError, match="s3://other/k"):
        render("{{ 's3://other/k' | grant_read_access }}", {}, sign=refuse)


# --- errors and limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("a\nb\n{{ task.input.x | nofilter }}", 3, "unknown filter 'nofilter'"),
        ("\n{% if %}{% endif %}", 2, "expression"),
        ("\n\n{% for a in b %}\n\n", 3, "the tag 'for' is never closed: 'endfor' is missing"),
        ("{% if a %}\n{%- unless b -%}\n{% endunless %}\n\n", 1, "'endif' is missing"),
        ("{% if a %}\n{% case b %}\n{% when 1 %}\n", 2, "'endcase' is missing"),
        ("\n{% capture a %}{% raw %}{% for %}{% endraw %}\n", 2, "'endcapture' is missing"),
        ("\n{% raw %}\n\n", 2, "'endraw' is missing"),
        ("\n{% wrong %}", 2, "wrong"),
        ("{% include 'secret' %}", 1, "the tag 'include' is not supported: a task template stands in one piece"),
        ("a\n{% render 'secret' %}", 2, "the tag 'render' is not supported: a task template stands in one piece"),
    ],
)
def test_a_wrong_template_names_its_line(source: str, line: int, words: str) -> None:
    with pytest.raises(TemplateError) as caught:
        compile_template(source)

    assert caught.value.line == line
    assert words in caught.value.message
    assert str(caught.value).startswith(f"Line {line}: ")


def test_a_render_error_names_its_line() -> None:
    with pytest.raises(TemplateError) as caught:
        draw("a\n{{ 1 | divided_by: task.input.zero }}", zero=0)

    assert caught.value.line == 2


@pytest.mark.parametrize(
    "source",
    [
        "{{ (1..10000000000) | join }}",
        "{% for i in (1..1000000) %}x{% endfor %}",
        "{% for i in (1..9999) %}{% for j in (1..9999) %}{% endfor %}{% endfor %}",
        "{% assign x = 'abcdefghij' %}{% for i in (1..99) %}{% assign x = x | append: x %}{% endfor %}",
        "{% assign x = 'aaaaaaaaaa' %}{% for i in (1..99) %}{% assign x = x | replace: 'a', x %}{% endfor %}",
        "{% for i in (1..90000) %}0123456789012345678901234567890123456789012345678901234567890{% endfor %}",
    ],
)
def test_growth_is_stopped_early(source: str) -> None:
    started = time.thread_time()

    with pytest.raises(TemplateError):
        draw(source)

    assert time.thread_time() - started < 1.5


def test_time_is_limited_even_where_nothing_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templating, "SECONDS_LIMIT", 0.2)
    started = time.thread_time()

    with pytest.raises(TemplateError, match="too long"):
        draw("{% for i in (1..99999) %}{% if task.input.a contains 'a' %}{% endif %}{% endfor %}", a="b" * 90_000)

    assert time.thread_time() - started < 1.0


def test_a_template_of_the_api_limit_is_the_longest() -> None:
    assert compile_template("x" * 128_000).source == "x" * 128_000
    with pytest.raises(TemplateError, match="128,000"):
        compile_template("x" * 128_001)


def test_equal_sources_are_parsed_once() -> None:
    assert compile_template("once " + "{{ 1 }}") is compile_template("once {{ 1 }}")


# --- ours ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slug", "tag"), [("image_classification", "crowd-image-classifier"), ("text_classification", "crowd-classifier")]
)
def test_built_in_templates_carry_object_labels_and_header(slug: str, tag: str) -> None:
    source = (TASKS / f"{slug}.liquid.html").read_text()
    page = draw(source, taskObject="s3://b/k.png", labels=["R&D", 'a"b'], header="Which <one>?")
    found = Reader(page).found

    assert found["name"] == tag
    assert tag in Reader(page).tags
    assert json.loads(found["categories"]) == ["R&D", 'a"b']
    assert found["header"] == "Which <one>?"


def test_a_built_in_template_renders_in_half_a_millisecond() -> None:
    source = (TASKS / "image_classification.liquid.html").read_text()
    task_input = {"taskObject": "s3://b/k.png", "labels": ["a", "b", "c"], "header": "Which?"}
    render(source, task_input, sign=sign)

    rounds = []
    for _ in range(20):
        started = time.perf_counter()
        for _ in range(20):
            render(source, task_input, sign=sign)
        rounds.append((time.perf_counter() - started) / 20)

    assert min(rounds) < 0.0005


# --- where an output stands ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("<p>a", TEXT),
        ("<p title='a>", ("single", "p")),
        ('<p title="a', ("double", "p")),
        ("<p title=", ("value", "p")),
        ("<p title= ", ("value", "p")),
        ("<p title=a", ("unquoted", "p")),
        ("<p title=a ", ("tag", "p")),
        ("<p title", ("tag", "p")),
        ("<p 'stray>", TEXT),
        ("<script>a<b", ("raw", "script")),
        ("<SCRIPT type='x'>'</scr", ("raw", "script")),
        ("<script></Script>", TEXT),
        ("<style>p>a", ("raw", "style")),
        ("<textarea><p title='", ("raw", "textarea")),
        ("<!-- <script>", ("comment", "")),
        ("<!-- a --><b", ("tag", "b")),
        ("1 < 2", TEXT),
        ("<!doctype html><html>", TEXT),
    ],
)
def test_the_place_is_followed(text: str, place: tuple[str, str]) -> None:
    assert advance(TEXT, text) == place


@pytest.mark.parametrize("quote", ["'", '"', "`"])
def test_json_inside_a_string_of_a_script_is_the_text_of_the_json(quote: str) -> None:
    value = {"said": 'It\'s "${x}" \\ and\na </script>'}

    page = draw(f"<script>parse({quote}{{{{ task.input.v | to_json }}}}{quote})</script>", v=value)

    text = page.removeprefix(f"<script>parse({quote}").removesuffix(f"{quote})</script>")
    assert not set("'\"`$<>\n") & set(text)
    assert json.loads(json.loads(f'"{text}"')) == value


def test_a_list_is_joined_with_what_is_there() -> None:
    source = "{{ task.input.a | concat: task.input.b | join: ',' }}"

    assert draw(source, a=[1], b=[2, 3]) == "1,2,3"
    assert (draw(source, a=[1]), draw(source, b=[2]), draw(source, a="x", b=[2])) == ("1", "2", "x,2")
