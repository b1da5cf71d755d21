"""What templates write: exact markup, and nothing that a hostile value could break out of."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from django import forms
from django.template import Context, Template
from django.test import SimpleTestCase
from django.utils.safestring import mark_safe

from groundtruth import figures, statuses
from groundtruth.templatetags.house import bar_parts, icon_svg, labelled

NOW = datetime(2026, 11, 19, 14, 20, tzinfo=UTC)
same = SimpleTestCase().assertHTMLEqual


def write(source, **context):
    return Template(source).render(Context(context)).strip()


class Answers(forms.Form):
    name = forms.CharField(help_text="Unique in the project", max_length=20)
    note = forms.CharField(widget=forms.Textarea, required=False)
    kind = forms.ChoiceField(widget=forms.RadioSelect, choices=[("image", "Image"), ("text", "Text")])
    agreed = forms.BooleanField()


def test_icon_is_inline_and_silent():
    svg = icon_svg("check", "icon-big")

    assert svg == (
        '<svg width="16" height="16" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
        'stroke-linecap="round" stroke-linejoin="round" class="icon icon-big" aria-hidden="true">'
        '<path d="M20 6 9 17l-5-5" /></svg>'
    )


def test_icon_that_lucide_does_not_have_is_a_dashed_ring():
    assert icon_svg("no-such-icon", "") == icon_svg("circle-dashed", "")


def test_every_status_has_an_icon_that_exists():
    looks = [*statuses.STATUS.values(), *(statuses.Look("", i) for i in statuses.MODALITY_ICONS.values())]
    missing = [look.icon for look in looks if icon_svg(look.icon, "") == icon_svg("circle-dashed", "")]

    assert missing == []


def test_all_project_and_batch_statuses_are_drawn():
    assert (len(statuses.PROJECT), len(statuses.BATCH)) == (10, 14)
    assert {look.tone for look in statuses.STATUS.values()} == {
        "", "info", "good", "warn", "bad", "people", "machine"
    }  # fmt: skip


def test_a_cell_of_the_admin_gets_the_name_of_its_column():
    cells = [mark_safe('<th class="field-name">Acme</th>'), mark_safe('<td class="field-slug">a<td</td>')]

    named = labelled(cells, [{"text": "name"}, {"text": 'its "slug"'}])

    assert named == [
        '<th class="field-name">Acme</th>',
        '<td data-label="Its &quot;slug&quot;" class="field-slug">a<td</td>',
    ]


def test_badge_is_an_icon_and_a_word():
    plain = write('{% state_badge "data_delivered" "Data delivered" %}')
    filled = write('{% state_badge "rejected" label True %}', label="<b>Rejected</b>")

    assert plain.startswith('<span class="badge tone-good"><svg')
    assert plain.endswith("</svg>Data delivered</span>")
    assert filled.startswith('<span class="badge badge-on tone-bad"><svg')
    assert filled.endswith("</svg>&lt;b&gt;Rejected&lt;/b&gt;</span>")


def test_bar_parts_are_people_machine_and_failed_at_the_end():
    assert bar_parts(1367, 1712, 11, 4800) == [
        ("people", "0.0", "28.5"),
        ("machine", "28.7", "35.5"),
        ("failed", "99.1", "0.9"),
    ]
    assert bar_parts(1494, 0, 6, 1500) == [("people", "0.0", "99.1"), ("failed", "99.1", "0.9")]
    assert bar_parts(0, 0, 0, 0) == []
    assert bar_parts(0, 10, 0, 10) == [("machine", "0.0", "100.0")]


def test_progress_says_its_counts():
    same(
        write("{% progress 1367 1712 11 4800 %}"),
        """<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" role="img"
           aria-label="1,367 by people, 1,712 by machine, 1,710 remaining, 11 failed, of 4,800">
           <title>1,367 by people, 1,712 by machine, 1,710 remaining, 11 failed, of 4,800</title>
           <rect class="bar-people" x="0.0" width="28.5" height="1"/>
           <rect class="bar-machine" x="28.7" width="35.5" height="1"/>
           <rect class="bar-failed" x="99.1" width="0.9" height="1"/></svg>""",
    )
    assert 'aria-label="No objects yet"' in write("{% progress 0 0 0 0 %}")
    assert 'x="0.0" width="62.2"' in write('{% done_bar 2611 4200 "2,611 of 4,200 files copied" %}')


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 19, 14, 19, 30, tzinfo=UTC), "just now"),
        (datetime(2026, 11, 19, 13, 55, tzinfo=UTC), "25 min ago"),
        (datetime(2026, 11, 19, 12, 20, tzinfo=UTC), "2 h ago"),
        (datetime(2026, 11, 18, 9, 0, tzinfo=UTC), "yesterday"),
        (datetime(2026, 11, 16, 9, 5, tzinfo=UTC), "3 days ago"),
        (datetime(2026, 11, 9, 7, 30, tzinfo=UTC), "9 Nov"),
        (datetime(2025, 11, 9, 7, 30, tzinfo=UTC), "9 Nov 2025"),
        (datetime(2026, 11, 19, 14, 40, tzinfo=UTC), "in 20 min"),
        (datetime(2026, 11, 20, 23, 0, tzinfo=UTC), "tomorrow"),
        (datetime(2026, 11, 23, 23, 0, tzinfo=UTC), "in 4 days"),
    ],
)
def test_times_are_relative(moment, text):
    assert figures.relative_text(moment, NOW) == text


def test_time_carries_the_exact_minute():
    with time_machine.travel(NOW, tick=False):
        recent = write("{{ t|relative_time }}", t=datetime(2026, 11, 19, 12, 20, tzinfo=UTC))
        whole_day = write("{{ t|relative_time }}", t=date(2026, 11, 16))
        nothing = write("{{ t|relative_time }}", t=None)

    assert recent == '<time datetime="2026-11-19T12:20:00+00:00" title="19 Nov 2026, 12:20 UTC">2 h ago</time>'
    assert whole_day == '<time datetime="2026-11-16" title="2026-11-16">16 Nov</time>'
    assert nothing == ""


def test_numbers_money_sizes_and_spans():
    assert write('{{ 120|money:"EUR" }} {{ 957480|money:"CHF" }} {{ 500|money:"JPY" }}') == "€1.20 CHF 9,574.80 ¥500"
    assert write("{{ 11400000000|size }} {{ 999|size }} {{ 250000|size }}") == "11.4 GB 999 B 250 kB"
    assert write("{{ 48|span }}, {{ 720|span }}, {{ 20880|span }}") == "48 s, 12 min, 5 h 48"
    assert write("{{ 0.641|share }} {{ 21400|thousands }}") == "64 % 21,400"
    assert write("{{ 0|zero }}{{ 4800|zero }}") == '<span class="zero">0</span>4,800'


def test_field_ties_its_error_and_hint():
    form = Answers({"name": "", "kind": "image", "agreed": "on"})
    form.is_valid()

    html = write("{% field form.name %}", form=form)

    assert '<label for="id_name">Name</label>' in html
    assert 'aria-describedby="id_name_error id_name_hint"' in html
    assert html.count('aria-invalid="true"') == 1
    assert 'class="input"' in html
    assert re.search(r'id="id_name_error">.*<p>This field is required\.</p>', html, re.S)
    assert '<div class="hint" id="id_name_hint">Unique in the project</div>' in html


def test_field_without_errors_describes_only_the_hint_and_marks_the_optional():
    form = Answers()

    assert 'aria-describedby="id_name_hint"' in write("{% field form.name %}", form=form)
    assert "aria-invalid" not in write("{% field form.name %}", form=form)
    note = write("{% field form.note %}", form=form)
    assert '<span class="optional">(optional)</span>' in note
    assert 'class="textarea"' in note
    assert "aria-describedby" not in note


def test_choices_are_a_fieldset_with_icons_on_cards():
    form = Answers({"name": "x", "kind": "text", "agreed": "on"})

    html = write('{% field form.kind layout="cards" %}', form=form)

    assert html.startswith('<fieldset class="field"><legend>Kind</legend>')
    assert html.count('<label class="choice">') == 2
    assert html.count('class="icon"') == 2
    assert re.search(r'value="text"[^>]*\bchecked\b', html)
    assert '<label class="choice-line">' in write("{% field form.kind %}", form=form)


def test_a_single_box_stands_before_its_words():
    same(
        write("{% field form.agreed %}", form=Answers()),
        """<div class="field"><label class="choice-line" for="id_agreed">
           <input type="checkbox" name="agreed" required id="id_agreed"> <span>Agreed</span></label></div>""",
    )


def test_a_typed_value_is_kept_and_escaped():
    html = write("{% field form.name %}", form=Answers({"name": '"><script>'}))

    assert 'value="&quot;&gt;&lt;script&gt;"' in html


def test_error_summary_links_to_each_field():
    form = Answers({})
    form.is_valid()
    form.add_error(None, "Five requests are under review already.")

    html = write("{% form_errors form %}", form=form)

    assert "3 fields need a change. Nothing you typed is lost." in html
    assert re.findall(r'<a href="([^"]+)">', html) == ["#id_name", "#id_kind_0", "#id_agreed"]
    assert "Five requests are under review already." in html
    assert write("{% form_errors form %}", form=Answers()) == ""


def test_tile_writes_counts_with_separators_and_links_its_note():
    same(
        write('{% tile "Failed" 1250 "see the reasons" "/why/" %}'),
        """<div class="tile"><dt>Failed</dt><dd>1,250</dd>
           <dd class="small"><a href="/why/">see the reasons</a></dd></div>""",
    )


def test_error_pages_need_no_context():
    for code in ("400", "403", "404", "500"):
        html = Template(f'{{% include "{code}.html" %}}').render(Context({}))

        assert f'<p class="door-code">{code}</p>' in html
        assert "style=" not in html
