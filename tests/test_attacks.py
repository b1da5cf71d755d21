"""What an attacker tries with a session, a link or a form: each is refused with its exact status."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.conf import settings as product
from django.test import Client
from django.urls import reverse

from batches.models import Batch, DataObject, ObjectFeedback
from groundtruth import clock
from groundtruth.storage import get_store, parse_uri
from groundtruth.storage.addresses import uri_problem
from labeling import templating
from labeling.models import Annotation, Assignment, Job
from labeling.services import claiming
from projects import grants
from projects import services as projects
from projects.grants import cover_for, sign_for
from projects.models import Invitation, Membership, Project, User
from tests.factories import (
    make_grant,
    make_job,
    make_member,
    make_project,
    make_running_batch,
    make_staff,
    make_team,
    make_worker,
    say,
)  # fmt: skip
from workforce import services as workforce
from workforce.models import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]
MARKUP = '<script>alert("x")</script><img src=x onerror=alert(1)>'
TURNED = "invoice\u202etxt.exe"


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Grants are kept for seconds by project number, and numbers come again in another test."""
    grants._kept.clear()


@pytest.fixture
def job() -> Job:
    return make_job(workers_each=1)


@pytest.fixture
def wei(job: Job) -> Worker:
    return make_worker(job.team)


@pytest.fixture
def mallory(job: Job) -> Worker:
    """A worker of another team."""
    return make_worker(make_team("Night shift"), "Mallory")


def signed_in(person: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


def post(client: Client, name: str, job: Job, **body: Any) -> Any:
    return client.post(reverse(name, args=[job.public_id]), body, content_type="application/json")


# --- links of the store ---------------------------------------------------------------------------------


@pytest.fixture
def links() -> dict[str, str]:
    """Signed links: to Ada's object, and to one of another organization."""
    return paths_by(sign_for)


def paths_by(make: Callable[[int, str], str]) -> dict[str, str]:
    """Return the addresses, without our own, of two projects' objects, each of which holds its name."""
    made = {}
    for name in ("ours", "theirs"):
        project = make_project()
        make_grant(project)
        uri = f"s3://{product.GROUNDTRUTH_BUCKET}/{project.prefix}in/a.png"
        get_store().make_bucket(product.GROUNDTRUTH_BUCKET)
        get_store().put(parse_uri(uri), name.encode())
        made[name] = make(project.pk, uri).removeprefix(product.GROUNDTRUTH_URL)
    return made


def test_a_link_opens_its_object_and_takes_no_other_verb(links: dict[str, str], wei: Worker) -> None:
    client = signed_in(wei.user)

    assert client.get(links["ours"]).status_code == 200
    assert client.head(links["ours"]).status_code == 200
    verbs = [getattr(client, verb)(links["ours"]).status_code for verb in ("put", "post", "delete", "patch")]
    assert verbs == [405] * 4
    assert client.get(links["ours"]).status_code == 200


@pytest.mark.parametrize(
    ("folder", "status"),
    [
        ("", 404),  # no such address at all
        ("?list-type=2", 404),
        ("{prefix}", 403),  # an address, but no link
        ("{prefix}in/", 403),
        ("{prefix}in/?list-type=2&prefix=", 403),
        ("{prefix}in/?{query}", 403),  # the signature of an object that lies there
        ("{prefix}in/a.png/?{query}", 403),
        ("{prefix}in/../in/a.png?{query}", 403),
        ("../", 403),
        ("%2e%2e/", 403),
        ("..%2fsecret", 403),
        ("..%5csecret", 403),
    ],
)
def test_nothing_is_listed_and_nothing_climbs(folder: str, status: int, links: dict[str, str], wei: Worker) -> None:
    ours = urlsplit(links["ours"])
    prefix = ours.path.removeprefix(f"/store/{product.GROUNDTRUTH_BUCKET}/").removesuffix("in/a.png")
    place = folder.format(prefix=prefix, query=ours.query)

    answer = signed_in(wei.user).get(f"/store/{product.GROUNDTRUTH_BUCKET}/{place}")

    assert answer.status_code == status
    assert b"a.png" not in answer.content
    if status == 403:
        assert answer.content == b"This link is not valid, or not any more."


@pytest.mark.parametrize("verb", ["put", "delete", "post", "patch"])
def test_a_folder_takes_no_verb_either(verb: str, links: dict[str, str], wei: Worker) -> None:
    folder = urlsplit(links["ours"]).path.removesuffix("a.png")

    assert getattr(signed_in(wei.user), verb)(folder).status_code == 405
    assert getattr(signed_in(wei.user), verb)(f"/store/{product.GROUNDTRUTH_BUCKET}/").status_code == 404
    assert get_store().stat(parse_uri(f"s3://{folder.removeprefix('/store/')}a.png")) is not None


def test_a_bucket_has_no_address(links: dict[str, str], wei: Worker) -> None:
    assert signed_in(wei.user).get(f"/store/{product.GROUNDTRUTH_BUCKET}").status_code == 404
    assert signed_in(wei.user).get("/store/").status_code == 404


def changed(links: dict[str, str], what: str) -> str:
    ours, theirs = urlsplit(links["ours"]), urlsplit(links["theirs"])
    return {
        "another's path": f"{theirs.path}?{ours.query}",
        "another key": f"{ours.path}x?{ours.query}",
        "another bucket": f"{ours.path.replace('/store/', '/store/x')}?{ours.query}",
        "a later expiry": f"{ours.path}?e=99999999999&{ours.query.partition('&')[2]}",
        "no signature": ours.path,
        "an empty signature": f"{ours.path}?{ours.query.partition('&s=')[0]}&s=",
        "a name to save as": f"{links['ours']}&f=evil.html",
        "a type to run as": f"{links['ours']}&t=text/html",
        "an expiry beside the first": f"{links['ours']}&e=99999999999",
    }[what]


WAYS = (
    "another's path", "another key", "another bucket", "a later expiry", "no signature", "an empty signature",
    "a name to save as", "a type to run as", "an expiry beside the first",
)  # fmt: skip


@pytest.mark.parametrize("what", WAYS)
def test_a_changed_link_is_forbidden(what: str, links: dict[str, str], wei: Worker) -> None:
    assert signed_in(wei.user).get(changed(links, what)).status_code == 403


def test_a_link_ends(links: dict[str, str], client: Client) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        traveller.shift(product.SIGNED_URL_SECONDS - 2)
        assert client.get(links["ours"]).status_code == 200
        traveller.shift(3)
        assert client.get(links["ours"]).status_code == 403


def test_a_revoked_grant_signs_nothing_more_and_its_last_link_ends(client: Client) -> None:
    project = make_project()
    grant = make_grant(project)
    uri = f"s3://{grant.bucket}/{grant.prefix}in/a.png"
    get_store().make_bucket(grant.bucket)
    get_store().put(parse_uri(uri), b"bytes")
    last, covered = (make(project.pk, uri).removeprefix(product.GROUNDTRUTH_URL) for make in (sign_for, cover_for))
    assert [client.get(last).status_code, client.get(covered).status_code] == [200, 200]

    projects.revoke_grant(grant, make_staff())
    grants._kept.clear()  # as after its few seconds

    assert (sign_for(project.pk, uri), cover_for(project.pk, uri)) == ("", "")
    assert client.get(covered).status_code == 403  # at once: what is covered is judged when it is asked for
    with time_machine.travel(clock.now(), tick=False) as traveller:
        traveller.shift(product.SIGNED_URL_SECONDS + 1)
        assert client.get(last).status_code == 403


@pytest.mark.parametrize(
    "uri",
    [
        "s3://foreign/secret.png",
        "s3://{bucket}/other/in/a.png",
        "s3://{bucket}/{prefix}../a.png",
        "file:///etc/passwd",
        "{prefix}",
    ],
)  # fmt: skip
def test_a_template_gets_no_link_to_what_the_project_was_not_granted(uri: str) -> None:
    project = make_project()
    grant = make_grant(project)
    named = uri.format(bucket=grant.bucket, prefix=grant.prefix)
    source = '<img src="{{ task.input.taskObject | grant_read_access }}">'

    for make in (sign_for, cover_for):
        html = templating.render(source, {"taskObject": named}, sign=partial(make, project.pk))

        assert "/store/" not in html
        assert "{prefix}" in uri[:8] or html == '<img src="">'


# --- addresses that say nothing of the object ---------------------------------------------------------------


@pytest.fixture
def covers() -> dict[str, str]:
    """As `links`, covered: the paths that a task holds."""
    return paths_by(cover_for)


def turned(covers: dict[str, str], what: str) -> str:
    ours, theirs = (covers[name].removeprefix("/store/-/") for name in ("ours", "theirs"))
    return {
        "nothing": "",
        "made up": "gAAAAAB" + "A" * (len(ours) - 7),
        "its beginning": ours[:-4],
        "more behind it": f"{ours}AAAA",
        "something below it": f"{ours}/a.png",
        "padding behind it": f"{ours}=",
        "a space in it": f"{ours[:50]}%20{ours[50:]}",
        "a bit of its text turned": ours[:700] + ("A" if ours[700] != "A" else "B") + ours[701:],
        "a later second": ours[:10] + ("A" if ours[10] != "A" else "B") + ours[11:],
        "another's end": ours[: len(ours) // 2] + theirs[len(ours) // 2 :],
        "the way up": f"../-/{ours}/../{theirs[:-1]}",
    }[what]


@pytest.mark.parametrize(
    "what",
    [
        "nothing", "made up", "its beginning", "more behind it", "something below it", "padding behind it",
        "a space in it", "a bit of its text turned", "a later second", "another's end", "the way up",
    ],
)  # fmt: skip
def test_a_changed_cover_opens_nothing(what: str, covers: dict[str, str], wei: Worker) -> None:
    answer = signed_in(wei.user).get(f"/store/-/{turned(covers, what)}")

    assert answer.status_code == (404 if what == "nothing" else 403)
    assert what == "nothing" or answer.content == b"This link is not valid, or not any more."


def test_a_cover_opens_its_own_object_and_is_no_link_of_a_bucket(covers: dict[str, str], wei: Worker) -> None:
    client = signed_in(wei.user)

    assert [b"".join(client.get(covers[name]).streaming_content) for name in covers] == [b"ours", b"theirs"]
    moved = covers["ours"].replace("/store/-/", f"/store/{product.GROUNDTRUTH_BUCKET}/")
    assert client.get(moved).status_code == 403
    verbs = [getattr(client, verb)(covers["ours"]).status_code for verb in ("put", "post", "delete", "patch")]
    assert verbs == [405] * 4


@pytest.mark.parametrize("bucket", ["-", "--", "-ab", "ab-"])
def test_no_bucket_has_the_name_of_the_covers(bucket: str) -> None:
    assert uri_problem(f"s3://{bucket}/a.png") is not None


# --- a worker's session ---------------------------------------------------------------------------------


def test_another_teams_job_cannot_be_opened_nor_claimed(job: Job, mallory: Worker) -> None:
    client = signed_in(mallory.user)

    opened = client.get(reverse("work_job", args=[job.public_id]))
    claimed = post(client, "work_claim", job)
    back = client.get(reverse("work_back", args=[job.public_id]))

    assert (opened.status_code, claimed.status_code, back.status_code) == (404, 403, 403)
    assert not Assignment.objects.exists()
    listed = client.get(reverse("work_home"))
    assert job.public_id not in listed.content.decode()


@pytest.mark.parametrize("name", ["submit", "decline", "release", "pause", "resume"])
def test_anothers_task_is_refused_by_its_key(name: str, job: Job, wei: Worker, mallory: Worker) -> None:
    turn, _ahead = claiming.hand_out(wei, job)
    before = Assignment.objects.get(pk=turn.pk)

    body = {"key": turn.submit_key, "answer": say("bird"), "reason": "x"}
    answer = post(signed_in(mallory.user), f"work_{name}", job, **body)

    assert answer.status_code == 403
    assert answer.json()["error"]["message"] == "This task is not yours."
    assert not Annotation.objects.exists()
    after = Assignment.objects.get(pk=turn.pk)
    assert (after.state, after.lease_until) == (before.state, before.lease_until)


@pytest.mark.parametrize("name", ["claim", "submit", "decline", "release", "pause", "resume"])
def test_a_page_left_open_by_somebody_else_asks_them_to_sign_in(name: str, job: Job, wei: Worker) -> None:
    """Ines signed in where Wei's page is open: what that page sends is Wei's, and is kept for Wei."""
    ines = make_worker(job.team, "Ines")
    turn, _ahead = claiming.hand_out(wei, job)
    body = {"key": turn.submit_key, "answer": say("bird"), "reason": "x"}
    address = reverse(f"work_{name}", args=[job.public_id])

    answer = signed_in(ines.user).post(
        address, body, content_type="application/json", headers={"X-Worker": wei.public_id}
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "signin")
    assert not Annotation.objects.exists()
    assert not Assignment.objects.filter(worker=ines).exists()
    assert Assignment.objects.get(pk=turn.pk).state == "held"


def test_anothers_answer_is_neither_shown_nor_corrected(job: Job, wei: Worker) -> None:
    turn, _ahead = claiming.hand_out(wei, job)
    assert post(signed_in(wei.user), "work_submit", job, key=turn.submit_key, answer=say("bird")).status_code == 200
    colleague = signed_in(make_worker(job.team, "Ines").user)

    corrected = post(colleague, "work_correct", job, id=turn.public_id, answer=say("plane"))
    back = colleague.get(reverse("work_back", args=[job.public_id]))

    assert corrected.status_code == 403
    assert back.json() == {"answers": []}
    assert Annotation.objects.get().payload == say("bird")


def test_a_disabled_worker_stores_what_is_in_hand_and_gets_no_next(job: Job, wei: Worker) -> None:
    client = signed_in(wei.user)
    turn, _ahead = claiming.hand_out(wei, job)
    workforce.disable(wei, make_staff())

    stored = post(client, "work_submit", job, key=turn.submit_key, answer=say("bird"))
    claimed = post(client, "work_claim", job)
    opened = client.get(reverse("work_job", args=[job.public_id]))

    assert (stored.status_code, stored.json()["next"]) == (200, None)
    assert (claimed.status_code, opened.status_code) == (403, 403)
    assert "not active" in claimed.json()["error"]["message"]
    assert Annotation.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[]", 400),
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b"\xff\xfe", 400),
        (b'{"key": 5}', 400),
        (b'{"key": ""}', 400),
        (b'{"key": "\\u0000"}', 400),
    ],
    ids=["list", "broken", "deep", "bytes", "number", "empty", "nul"],
)  # fmt: skip
def test_what_is_no_request_is_refused_in_json(body: bytes, status: int, job: Job, wei: Worker) -> None:
    url = reverse("work_submit", args=[job.public_id])
    answer = signed_in(wei.user).generic("POST", url, body, content_type="application/json")

    assert answer.status_code == status
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize("name", ["submit", "claim", "decline", "correct"])
def test_without_a_csrf_token_nothing_is_done(name: str, job: Job, wei: Worker) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(wei.user)
    turn, _ahead = claiming.hand_out(wei, job)

    answer = post(client, f"work_{name}", job, key=turn.submit_key, answer=say("bird"), reason="x")

    assert answer.status_code == 403
    assert not Annotation.objects.exists()


# --- a customer's session --------------------------------------------------------------------------------


@pytest.fixture
def batch() -> Batch:
    project = make_project(state="pilot_in_progress", modality="text", task_type="text-classification")
    make_grant(project, "in")
    make_grant(project, "out")
    return make_running_batch(project)


def here(batch: Batch) -> list[str]:
    return [batch.project.organization.slug, batch.project.slug, batch.slug]


def test_a_removed_member_with_an_open_session_sees_and_does_nothing(batch: Batch) -> None:
    ada = make_member(batch.project.organization)
    client = signed_in(ada)
    row = DataObject.objects.filter(batch=batch)[0]
    addresses = [
        reverse("batch", args=here(batch)),
        reverse("object", args=[*here(batch), row.public_id]),
        reverse("project", args=here(batch)[:2]),
        reverse("organization", args=here(batch)[:1]),
    ]
    assert [client.get(address).status_code for address in addresses] == [200] * 4

    Membership.objects.filter(user=ada).delete()

    assert [client.get(address).status_code for address in addresses] == [404] * 4
    said = client.post(reverse("give_feedback", args=[*here(batch), row.public_id]), {"verdict": "wrong"})
    assert said.status_code == 404
    assert batch.project.title not in client.get(reverse("projects")).content.decode()


def test_an_object_of_another_batch_is_not_there(batch: Batch) -> None:
    client = signed_in(make_member(batch.project.organization))
    theirs = DataObject.objects.filter(batch=make_running_batch())[0]

    assert client.get(reverse("object", args=[*here(batch), theirs.public_id])).status_code == 404
    assert client.get(reverse("media", args=[theirs.public_id])).status_code == 404
    said = client.post(reverse("give_feedback", args=[*here(batch), theirs.public_id]), {"verdict": "wrong"})
    assert said.status_code == 404


@pytest.mark.parametrize("name", ["new_batch", "request_project", "invite", "give_feedback", "decide_batch", "account"])
def test_no_form_is_taken_without_its_token(name: str, batch: Batch) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_member(batch.project.organization))
    parts = {
        "new_batch": here(batch)[:2],
        "invite": here(batch)[:1],
        "give_feedback": [*here(batch), DataObject.objects.filter(batch=batch)[0].public_id],
        "decide_batch": here(batch),
    }

    assert client.post(reverse(name, args=parts.get(name, []))).status_code == 403


@pytest.mark.parametrize(
    "back", ["https://evil.test/", "//evil.test/", "/\\evil.test", "/orgs//evil.test", "javascript:1"]
)
def test_after_feedback_one_is_not_sent_elsewhere(back: str, batch: Batch) -> None:
    client = signed_in(make_member(batch.project.organization))
    row = DataObject.objects.filter(batch=batch)[0]

    address = reverse("give_feedback", args=[*here(batch), row.public_id])
    answer = client.post(address, {"verdict": "wrong", "comment": "no", "back": back})

    assert (answer.status_code, answer["Location"]) == (302, reverse("object", args=[*here(batch), row.public_id]))


# --- hostile text in every form --------------------------------------------------------------------------

HOSTILE = {"markup": MARKUP, "nul": "a\x00b", "long": "x" * 10_000, "turned": TURNED, "surrogate": "a\ud800b"}


def is_harmless(answer: Any) -> bool:
    """Whether a page came back, or the way to one, with none of our markup alive in it."""
    text = answer.content.decode()
    return answer.status_code in (200, 302, 400, 409, 422) and "<script>alert" not in text and "<img src=x" not in text


def encoded(value: str) -> str:
    return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize(
    "field",
    [
        *("first_name", "last_name", "contact_email", "title", "description", "categories", "languages"),
        *("task_type", "wish", "target", "input_places"),
    ],
)  # fmt: skip
def test_a_hostile_project_request_is_escaped_or_refused(field: str, what: str) -> None:
    ada = make_member(organization := make_project().organization)
    client = signed_in(ada)
    values = {
        "first_name": "Ada", "last_name": "Lovelace", "contact_email": "ada@example.test", "title": "Birds",
        "description": "Tell birds.", "task_type": "image-classification", "categories": "bird\nplane", "access": "own",
        "wish": "mix", "contains_pii": "no", "attests": "on", "target": "95", "languages": "en",
        field: encoded(HOSTILE[what]),
    }  # fmt: skip
    if field == "input_places":
        values |= {"access": "named", "output_places": "s3://bucket/out/"}

    answer = client.post(reverse("request_project"), values)

    assert is_harmless(answer)
    if answer.status_code == 302:
        made = Project.objects.exclude(title__startswith="Project ").get(organization=organization)
        assert "\x00" not in json.dumps([made.title, made.description, made.categories, made.languages])
        for url in (answer["Location"], reverse("projects")):
            page = client.get(url)
            assert page.status_code == 200
            assert is_harmless(page)


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("field", ["name", "description", "input_uri", "output_uri"])
@pytest.mark.parametrize("button", ["check", "submit"])
def test_a_hostile_batch_is_escaped_or_refused(button: str, field: str, what: str, batch: Batch) -> None:
    client = signed_in(make_member(batch.project.organization))
    uri = f"s3://{product.GROUNDTRUTH_BUCKET}/{batch.project.prefix}in/items.manifest"
    get_store().make_bucket(product.GROUNDTRUTH_BUCKET)
    get_store().put(parse_uri(uri), b'{"source": "a"}\n')
    values = {
        "name": "week-9",
        "description": "",
        "input_uri": uri,
        "output_uri": uri.replace("items.manifest", "out/"),
    }
    values |= {field: encoded(HOSTILE[what]), button: "1"}

    answer = client.post(reverse("new_batch", args=here(batch)[:2]), values)

    assert is_harmless(answer)
    if answer.status_code == 302:
        page = client.get(answer["Location"])
        assert page.status_code == 200
        assert is_harmless(page)


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_feedback_is_kept_as_text_or_refused(what: str, batch: Batch) -> None:
    client = signed_in(make_member(batch.project.organization))
    row = DataObject.objects.filter(batch=batch)[0]
    address = reverse("give_feedback", args=[*here(batch), row.public_id])

    answer = client.post(address, {"verdict": "wrong", "comment": encoded(HOSTILE[what])})
    page = client.get(reverse("object", args=[*here(batch), row.public_id]))

    assert is_harmless(answer)
    assert page.status_code == 200
    assert is_harmless(page)
    assert all("\x00" not in said.comment and len(said.comment) <= 4000 for said in ObjectFeedback.objects.all())


@pytest.mark.parametrize("what", [*HOSTILE, "header"])
@pytest.mark.parametrize("field", ["emails", "role"])
def test_a_hostile_invitation_goes_to_nobody(field: str, what: str, batch: Batch) -> None:
    client = signed_in(make_member(batch.project.organization))
    value = {**HOSTILE, "header": "a@example.test\r\nBcc: everybody"}[what]
    values = {"emails": "new@example.test", "role": "viewer", field: encoded(value)}

    answer = client.post(reverse("invite", args=here(batch)[:1]), values)

    assert is_harmless(answer)
    assert all("\n" not in mail and " " not in mail for mail in Invitation.objects.values_list("email", flat=True))
    if field == "role":
        assert answer.status_code == 422
        assert not Invitation.objects.exists()


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("field", ["name", "organization", "email"])
def test_a_hostile_founder_is_escaped_or_refused(field: str, what: str, client: Client) -> None:
    words = dict.fromkeys(("password1", "password2"), "correct horse 9 staple")
    values = {"name": "Eve", "organization": "Eve and sons", "email": "eve@example.test", **words}

    answer = client.post(reverse("account_signup"), {**values, field: encoded(HOSTILE[what])})

    assert is_harmless(answer)
    assert all("\x00" not in name for name in User.objects.values_list("name", flat=True))


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_name_of_a_person_is_escaped_wherever_it_stands(what: str, batch: Batch) -> None:
    ada = make_member(batch.project.organization)
    client = signed_in(ada)

    answer = client.post(reverse("account"), {"name": encoded(HOSTILE[what])})
    page = client.get(reverse("organization", args=here(batch)[:1]))

    assert is_harmless(answer)
    assert is_harmless(page)


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("name", ["decide_batch", "ask_batch", "close_batch", "ask_project"])
def test_a_hostile_reason_is_escaped_or_refused(name: str, what: str, batch: Batch) -> None:
    client = signed_in(make_member(batch.project.organization))
    Batch.objects.filter(pk=batch.pk).update(state="ready_for_review" if name == "decide_batch" else "in_progress")
    parts = here(batch)[:2] if name == "ask_project" else here(batch)

    answer = client.post(
        reverse(name, args=parts), {"verdict": "reject", "wish": "pause", "reason": encoded(HOSTILE[what])}
    )

    assert is_harmless(answer)
    for page in ("batch", "project"):
        shown = client.get(reverse(page, args=here(batch) if page == "batch" else here(batch)[:2]))
        assert shown.status_code == 200
        assert is_harmless(shown)


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (f"{FORM}; charset=utf-16", 415),
        (f"{FORM}; charset=latin-1", 415),
        (f"{FORM}; charset=utf8", 415),
        (f"{FORM}; charset=UTF-8", 302),
        (f"{FORM}; charset=nonsense", 302),  # no encoding at all: read as what browsers send
        (FORM, 302),
    ],
)
def test_a_form_in_another_encoding_is_refused_in_words(kind: str, status: int, batch: Batch) -> None:
    client = signed_in(make_member(batch.project.organization))

    answer = client.generic("POST", reverse("account"), b"name=Ada+%C3%89", content_type=kind)

    assert answer.status_code == status
    if status == 415:
        assert answer.content == b"Send the form in UTF-8, as browsers do. Go back, load the page again and repeat."
    names = User.objects.filter(memberships__organization=batch.project.organization).values_list("name", flat=True)
    assert list(names) == (["Ada É"] if status == 302 else ["Ada"])


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [(b"name=caf%E9", 302, "caf\ufffd"), (b"name=caf\xe9", 302, "caf\u00e9"), (b"name=a%00b", 422, "Ada")],
)
def test_bytes_that_are_no_text_are_no_fault_of_the_server(body: bytes, status: int, name: str, batch: Batch) -> None:
    ada = make_member(batch.project.organization)

    answer = signed_in(ada).post(reverse("account"), body, content_type=FORM)

    ada.refresh_from_db()
    assert (answer.status_code, ada.name) == (status, name)


@pytest.mark.parametrize("part", ["object", "media", "work_job", "upload", "invitation", "change_role"])
def test_a_nul_in_an_address_finds_nothing(part: str, batch: Batch, wei: Worker) -> None:
    ada = make_member(batch.project.organization)
    addresses = {
        "object": reverse("object", args=[*here(batch), "NUL"]),
        "media": reverse("media", args=["NUL"]),
        "work_job": reverse("work_job", args=["NUL"]),
        "upload": reverse("upload", args=[*here(batch)[:2], "NUL"]),
        "invitation": reverse("invitation", args=["NUL"]),
        "change_role": reverse("change_role", args=[*here(batch)[:1], "NUL"]),
    }
    client = signed_in(wei.user if part == "work_job" else ada)
    address = addresses[part].replace("NUL", "a%00b")
    answer = client.post(address, {"role": "viewer"}) if part == "change_role" else client.get(address)

    assert answer.status_code == 400
    assert client.get(reverse("uploads", args=here(batch)[:2]), {"folder": "a\x00b"}).status_code == 400


@pytest.mark.parametrize("name", ["submit", "decline", "correct", "pause", "beat"])
def test_a_nul_in_a_scripts_request_finds_nothing(name: str, job: Job, wei: Worker) -> None:
    turn, _ahead = claiming.hand_out(wei, job)
    client = signed_in(wei.user)

    named = post(client, f"work_{name}", job, key="a\x00b", id="a\x00b", answer=say("bird"), reason="x")
    reasoned = post(client, "work_decline", job, key=turn.submit_key, reason="a\x00b")

    for answer in (named, reasoned):
        assert answer.status_code == 400
        assert answer.json()["error"]["message"] == "The request holds a NUL character."
    assert Assignment.objects.get(pk=turn.pk).state == "held"


@pytest.mark.parametrize("query", ["q", "show", "status", "sort", "after", "object", "before", "first", "scope"])
def test_hostile_addresses_bring_a_page(query: str, batch: Batch) -> None:
    client = signed_in(make_member(batch.project.organization))
    for name, parts in (
        ("projects", []),
        ("batches", here(batch)[:2]),
        ("objects", here(batch)),
        ("review", here(batch)),
        ("metrics", []),
    ):
        for value in (MARKUP, "a\x00b", "9" * 400, "²", "-1", "\u0663"):
            answer = client.get(reverse(name, args=parts), {query: value})
            assert answer.status_code in (200, 400, 404), (name, value)
            assert is_harmless(answer) or answer.status_code == 404
