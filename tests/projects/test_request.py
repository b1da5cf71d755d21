"""The request page: the form of portal.md 2, its limits, and what hostile input meets."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from groundtruth.storage import get_store, parse_uri
from projects import task_types
from projects.models import Project, Role
from tests.factories import make_member, make_organization, make_project, make_staff, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def answers(**changes):
    return {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "contact_email": "ada@example.test",
        "title": "Birds and planes",
        "description": "Tell birds from planes.",
        "task_type": "image-classification",
        "categories": "bird\nplane",
        "access": "own",
        "wish": "mix",
        "machine_wish": "refuse",
        "contains_pii": "no",
        "attests": "on",
        "objects_expected": "1200",
        "target": "95",
        "turnaround_days": "14",
        "languages": "en, de",
        **changes,
    }


@pytest.fixture
def ada(client: Client):
    user = make_member(make_organization())
    client.force_login(user)
    return user


def test_a_request_is_kept_as_sent(client: Client, ada):
    answer = client.post(reverse("request_project"), answers())

    project = Project.objects.get()
    assert answer["Location"] == reverse("project", args=[project.organization.slug, "birds-and-planes"])
    assert (project.state, project.stage, project.modality, project.task_type) == (
        "review_in_progress",
        "pilot",
        "image",
        "image-classification",
    )
    assert (project.categories, project.objects_expected, project.target) == (["bird", "plane"], 1200, 95)
    assert (project.turnaround_days, project.languages, project.wish, project.contains_pii) == (
        14,
        "en, de",
        "mix",
        False,
    )
    assert project.machine_wish == "refuse"
    assert (project.attested_by, project.requested_by, project.places) == ("Ada", ada, {"in": [], "out": []})


@pytest.mark.parametrize("slug", sorted(kind.slug for kind in task_types.every()))
def test_every_kind_of_work_is_requested_with_the_fewest_categories_it_takes(client: Client, ada, slug: str):
    names = [f"name {number}" for number in range(task_types.get(slug).min_categories)]

    client.post(reverse("request_project"), answers(task_type=slug, categories="\n".join(names)))

    assert list(Project.objects.values_list("task_type", "categories")) == [(slug, names)]


def test_the_page_says_what_is_not_taken_and_what_cannot_be_done_yet(client: Client, ada):
    page = client.get(reverse("request_project")).content.decode()

    assert "No PHI, PCI or FedRAMP-certified data; the service is not HIPAA eligible." in page
    assert "Video: not yet" in page
    video = page.partition('value="not-yet-video"')[2].partition(">")[0]
    image = page.partition('value="image-classification"')[2].partition(">")[0]
    assert "disabled" in video
    assert "disabled" not in image
    assert "0 of 5 requests under review" in page


def test_the_guideline_lies_in_the_projects_own_prefix(client: Client, ada):
    file = SimpleUploadedFile("how <b>to.txt", b"A bird has feathers.", content_type="text/html")

    client.post(reverse("request_project"), answers(guideline=file))

    project = Project.objects.get()
    assert project.guideline_key.startswith(f"s3://groundtruth/{project.prefix}request/")
    assert get_store().read(parse_uri(project.guideline_key)) == b"A bird has feathers."
    assert project.guideline_name == "how <b>to.txt"
    link = client.get(reverse("guideline", args=[project.organization.slug, project.slug]))["Location"]
    assert "/store/groundtruth/" in link


def test_places_that_are_named_are_kept(client: Client, ada):
    client.post(
        reverse("request_project"),
        answers(access="named", input_places="s3://acme-raw/w42/\ns3://acme-raw/w43/", output_places="s3://acme-out/"),
    )

    assert Project.objects.get().places == {
        "in": ["s3://acme-raw/w42/", "s3://acme-raw/w43/"],
        "out": ["s3://acme-out/"],
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": ""}, "This field is required."),
        ({"title": "x" * 121}, "at most 120 characters"),
        ({"title": "Birds\x00"}, "Null characters are not allowed."),
        ({"title": "Birds\u2028Subject: x"}, "Leave out line breaks and control characters."),
        ({"first_name": "see www.evil.example"}, "Leave out web addresses."),
        ({"description": "x" * 4001}, "at most 4000 characters"),
        ({"contact_email": "ada@kestrel"}, "Enter a valid email address."),
        ({"task_type": "not-yet-video"}, "Work of this type cannot be done yet."),
        ({"task_type": "nonsense"}, "Select a valid choice."),
        ({"categories": ""}, "Name at least one category."),
        ({"categories": "bird"}, "takes 2 to"),
        ({"categories": "bird\nBird"}, "stands here twice"),
        ({"categories": "bird\n" + "x" * 121}, "longer than 120 characters"),
        ({"categories": "\n".join(f"c{n}" for n in range(251))}, "at most 250 categories"),
        ({"categories": "bird\nplane\x07"}, "Leave out control characters."),
        ({"attests": ""}, "Without this we cannot take the request."),
        ({"target": "101"}, "less than or equal to 100"),
        ({"objects_expected": "-1"}, "greater than or equal to 1"),
        ({"objects_expected": "9" * 30}, "less than or equal to"),
        ({"turnaround_days": "soon"}, "Enter a whole number."),
        ({"wish": "robots"}, "Select a valid choice."),
        ({"access": "named"}, "Name at least one place"),
        ({"access": "named", "input_places": "/etc/passwd"}, "must begin with s3://"),
        ({"access": "named", "input_places": "s3://bucket/../x/"}, "s3://bucket/../x/"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(client: Client, ada, changes: dict[str, str], words: str):
    answer = client.post(reverse("request_project"), answers(**changes, languages="kept as typed"))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "kept as typed" in page
    assert not Project.objects.exists()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("run.exe", b"MZ", "Send one of these"),
        ("empty.pdf", b"", "The submitted file is empty."),
        ("x" * 300 + ".pdf", b"%PDF", "at most 200 characters"),
        ("large.txt", b"x" * 20_000_001, "larger than 20 MB"),
    ],
)
def test_a_bad_guideline_is_refused(client: Client, ada, name: str, data: bytes, words: str):
    answer = client.post(reverse("request_project"), answers(guideline=SimpleUploadedFile(name, data)))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Project.objects.exists()


def test_a_file_that_a_browser_does_not_keep_is_asked_for_again(client: Client, ada):
    guideline = SimpleUploadedFile("guide.pdf", b"%PDF")

    answer = client.post(reverse("request_project"), answers(attests="", guideline=guideline))

    assert answer.status_code == 422
    assert answer.context["form"].errors["guideline"] == ["Choose guide.pdf again: a browser keeps no file."]


def test_the_sixth_request_asks_for_its_file_again_too(client: Client, ada):
    for _ in range(5):
        make_project(ada.memberships.get().organization, state="review_in_progress")

    answer = client.post(reverse("request_project"), answers(guideline=SimpleUploadedFile("guide.pdf", b"%PDF")))

    assert answer.status_code == 403
    assert "Choose guide.pdf again" in answer.content.decode()


def test_bytes_that_are_no_utf8_are_no_error_of_ours(client: Client, ada):
    body = "&".join(f"{key}={value}" for key, value in answers(title="%ff%fe").items())

    answer = client.post(reverse("request_project"), body, content_type="application/x-www-form-urlencoded")

    assert answer.status_code in (302, 422)


def test_markup_is_shown_as_text(client: Client, ada):
    answer = client.post(reverse("request_project"), answers(title="<script>alert(1)</script>", attests=""))

    page = answer.content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)" not in page


def test_a_title_in_use_is_told_beside_its_field(client: Client, ada):
    organization = ada.memberships.get().organization
    make_project(organization, title="BIRDS and planes")

    answer = client.post(reverse("request_project"), answers())

    assert "already has a project of this name." in answer.content.decode()
    assert Project.objects.count() == 1


def test_the_sixth_request_in_review_is_refused(client: Client, ada):
    organization = ada.memberships.get().organization
    for _number in range(5):
        make_project(organization, state="review_in_progress")

    answer = client.post(reverse("request_project"), answers())

    assert answer.status_code == 403
    assert "5 requests are under review." in answer.content.decode()
    assert Project.objects.count() == 5


def test_with_several_organizations_one_is_chosen(client: Client, ada):
    second = make_organization("Second")
    make_member(second, Role.MANAGER, user=ada)
    make_member(foreign := make_organization("Foreign"), name="Ben")

    without = client.post(reverse("request_project"), answers())
    wrong = client.post(reverse("request_project"), answers(organization=foreign.slug))
    right = client.post(reverse("request_project"), answers(organization=second.slug))

    assert [without.status_code, wrong.status_code, right.status_code] == [422, 422, 302]
    assert Project.objects.get().organization == second


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.VIEWER])
def test_reading_roles_request_nothing(client: Client, role: str):
    client.force_login(make_member(make_organization(), role))

    assert client.get(reverse("request_project")).status_code == 403
    assert client.post(reverse("request_project"), answers()).status_code == 403
    assert not Project.objects.exists()


def test_who_is_nowhere_requests_nothing(client: Client):
    assert client.get(reverse("request_project")).status_code == 302
    for user in (make_user("Mallory"), make_staff()):
        client.force_login(user)
        assert client.get(reverse("request_project")).status_code == 403


def test_a_request_is_withdrawn_and_makes_room(client: Client, ada):
    organization = ada.memberships.get().organization
    projects = [make_project(organization, state="review_in_progress") for _number in range(5)]

    page = client.get(reverse("withdraw_project", args=[organization.slug, projects[0].slug]))
    client.post(reverse("withdraw_project", args=[organization.slug, projects[0].slug]))
    sixth = client.post(reverse("request_project"), answers())

    projects[0].refresh_from_db()
    assert "Nobody will call you" in page.content.decode()
    assert (projects[0].state, projects[0].closed_reason) == ("review_in_progress", "Withdrawn by the customer.")
    assert sixth.status_code == 302


def test_the_data_access_page_lists_grants_for_members_only(client: Client, ada):
    organization = ada.memberships.get().organization
    project = make_project(organization)
    url = reverse("data_access", args=[organization.slug, project.slug])

    empty = client.get(url).content.decode()
    client.force_login(make_user("Mallory"))

    assert "No place is granted yet" in empty
    assert client.get(url).status_code == 404
