"""Mails: a row first, sent once, plain text, with a link that leads somewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from groundtruth import clock
from projects import notices, outbox
from projects.chores import send_notice
from projects.models import Notice, Role
from projects.notices import notify, notify_project, notify_reviewers
from tests.factories import make_member, make_project, make_staff, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]
TEMPLATES = Path(django_settings.BASE_DIR) / "templates" / "mail"
WORDS = {
    "project": "Birds & <planes>",
    "org": "acme",
    "slug": "birds",
    "batch": "week 42 & <more>",
    "batch_slug": "week-42",
    "reason": 'It\'s "closed"',
    "price": "EUR 1.20",
    "at": "2026-12-01 10:00 UTC",
    "objects": 497,
    "failed": 3,
    "provider": "Kestrel & <Sons>",
}
WITH_A_TOKEN = ("invitation", "worker_welcome", "account_welcome")  # tested where the link is made


def kinds_in_use() -> set[str]:
    """Find the kinds that any call of notify names: its third argument."""
    found: set[str] = set()
    for app in ("projects", "workforce", "batches", "labeling"):
        for file in (Path(django_settings.BASE_DIR) / app).rglob("*.py"):
            for call in (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)):
                if (
                    getattr(call.func, "id", "") in ("notify", "notify_project", "notify_reviewers")
                    and len(call.args) > 2
                ):
                    found |= {kind.value for kind in call.args[2:3] if isinstance(kind, ast.Constant)}
    return found


def test_each_kind_that_is_sent_has_its_words():
    kinds = kinds_in_use()

    assert {"batch_ready", "project_approved", "invitation", "quote_ready"} <= kinds
    assert kinds - {file.stem for file in TEMPLATES.glob("*.txt")} == set()


@pytest.mark.parametrize("kind", sorted(f.stem for f in TEMPLATES.glob("*.txt") if f.stem not in WITH_A_TOKEN))
def test_each_mail_has_a_subject_a_body_and_a_link_to_a_page(kind: str, mailoutbox):
    notify("k", "ada@example.test", kind, **WORDS)

    notices.send(Notice.objects.get())

    [mail] = mailoutbox
    assert mail.subject.strip()
    assert "&amp;" not in mail.subject + mail.body
    assert "{{" not in mail.body
    path = re.search(re.escape(django_settings.GROUNDTRUTH_URL) + r"(/\S*)", mail.body)[1]
    try:
        resolve(path)
    except Resolver404:
        pytest.fail(f"{path} is no page")


def test_one_key_is_one_mail_sent_once(mailoutbox):
    ada = make_user("Ada")
    notify("k", ada.email, "project_approved", **WORDS)
    notify("k", ada.email, "project_closed", **WORDS)
    notice = Notice.objects.get()

    send_notice(notice)
    send_notice(Notice.objects.get())

    assert [(mail.subject, mail.to) for mail in mailoutbox] == [
        ("Your project Birds & <planes> is approved", [ada.email])
    ]
    assert mailoutbox[0].extra_headers["Message-ID"] == f"<notice-{notice.pk}@groundtruth>"
    assert Notice.objects.get().sent_at is not None


def test_owners_and_managers_are_told_and_nobody_else():
    project = make_project()
    people = {role: make_member(project.organization, role, name=f"The {role}") for role in Role.values}
    make_user("Mallory")

    notify_project("k", project, "project_approved")

    assert set(Notice.objects.values_list("recipient", flat=True)) == {people["owner"].email, people["manager"].email}


def test_who_may_review_hears_of_a_review():
    project = make_project()
    people = {role: make_member(project.organization, role, name=f"The {role}") for role in Role.values}

    notify_reviewers("k", project, "batch_ready", batch="week-1", batch_slug="week-1")

    told = {people[role].email for role in ("owner", "manager", "reviewer")}
    assert set(Notice.objects.values_list("recipient", flat=True)) == told


# --- the outbox -----------------------------------------------------------------------------------------


@pytest.fixture
def kept(settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    return tmp_path


def test_kept_mails_are_read_back_the_newest_first(kept):
    for number, kind in enumerate(("project_approved", "project_closed")):
        notify(str(number), "ada@example.test", kind, **WORDS)
        notices.send(Notice.objects.get(key=str(number)))

    mails = outbox.newest_mails()

    assert [mail.subject for mail in mails] == [
        "Your request for Birds & <planes> was closed",
        "Your project Birds & <planes> is approved",
    ]
    assert (mails[0].sender, mails[0].to) == ("Groundtruth <groundtruth@localhost>", "ada@example.test")
    assert 'It\'s "closed"' in mails[0].body


def test_the_outbox_shows_words_as_text_and_links_as_links(client: Client, kept):
    notify("k", "ada@example.test", "project_closed", **{**WORDS, "reason": "<script>alert(1)</script>"})
    notices.send(Notice.objects.get())
    client.force_login(make_staff())

    page = client.get(reverse("outbox")).content.decode()

    assert "<script>alert(1)" not in page
    link = django_settings.GROUNDTRUTH_URL + reverse("project", args=["acme", "birds"])
    assert f'<a href="{link}"' in page


def test_where_mails_are_sent_the_outbox_shows_what_became_of_each(client: Client):
    notify("sent", "a@example.test", "project_closed", **WORDS)
    Notice.objects.update(sent_at=clock.now(), done_at=clock.now())
    notify("dead", "b@example.test", "project_closed", **WORDS)
    Notice.objects.filter(key="dead").update(attempts=6, last_error="No such mailbox.")
    notify("waits", "c@example.test", "project_closed", **WORDS)
    client.force_login(make_staff())

    page = client.get(reverse("outbox")).content.decode()

    assert outbox.newest_mails() == []
    assert [word in page for word in (">Sent<", ">Given up<", ">Waiting<", "No such mailbox.")] == [True] * 4
