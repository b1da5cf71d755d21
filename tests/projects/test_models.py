"""What the database itself refuses, whatever the code above it does."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from groundtruth import clock
from projects.models import DataGrant, Invitation, Membership, Notice, Project, Quote, Role, User
from tests.factories import make_grant, make_member, make_organization, make_project, make_schema, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def refused(make: Any, *args: Any, **kwargs: Any) -> bool:
    try:
        with transaction.atomic():
            make(*args, **kwargs)
    except IntegrityError:
        return True
    return False


def test_one_person_an_address_in_any_case():
    make_user(email="ada@example.test")

    assert refused(User.objects.create, email="ADA@example.test")


def test_one_membership_a_person_and_only_known_roles():
    organization = make_organization()
    ada = make_member(organization)

    assert refused(Membership.objects.create, organization=organization, user=ada, role=Role.VIEWER)
    assert refused(Membership.objects.create, organization=organization, user=make_user(), role="emperor")


def test_one_open_invitation_an_address():
    organization = make_organization()
    values = {"organization": organization, "email": "b@example.test", "role": "viewer", "expires_at": clock.now()}
    first = Invitation.objects.create(**values, token_hash="1")

    again = refused(Invitation.objects.create, **values, token_hash="2")
    Invitation.objects.filter(pk=first.pk).update(accepted_at=clock.now())

    assert again
    assert not refused(Invitation.objects.create, **values, token_hash="2")


def test_one_title_and_one_slug_a_customer():
    project = make_project(title="Birds", slug="birds")

    assert refused(make_project, project.organization, title="BIRDS", slug="other")
    assert refused(make_project, project.organization, title="Other", slug="birds")
    assert not refused(make_project, make_organization(), title="Birds", slug="birds")


def test_the_state_before_a_pause_is_kept_exactly_while_paused():
    assert refused(make_project, state="paused", state_before_pause="")
    assert refused(make_project, state="pilot_complete", state_before_pause="workflow_setup")
    assert refused(make_project, state="sleeping")


def test_a_wish_has_its_time():
    project = make_project()

    assert refused(Project.objects.filter(pk=project.pk).update, ask="pause")
    assert refused(Project.objects.filter(pk=project.pk).update, ask_at=clock.now())


def test_a_place_is_granted_once_until_it_is_revoked():
    grant = make_grant(make_project(), bucket="raw-data", prefix="w42/")

    again = refused(make_grant, grant.project, bucket="raw-data", prefix="w42/")
    DataGrant.objects.filter(pk=grant.pk).update(revoked_at=clock.now())

    assert again
    assert not refused(make_grant, grant.project, bucket="raw-data", prefix="w42/")
    assert refused(make_grant, grant.project, bucket="raw-data", prefix="no-folder")


@pytest.mark.parametrize(
    ("bucket", "key", "covered"),
    [
        ("raw-data", "w42/a.png", True),
        ("raw-data", "w42", False),
        ("raw-data", "w421/a.png", False),
        ("other", "w42/a.png", False),
    ],
)
def test_a_grant_covers_its_folder_and_nothing_beside_it(bucket: str, key: str, covered: bool):
    assert DataGrant(bucket="raw-data", prefix="w42/").covers(bucket, key) is covered


def test_an_acceptance_has_a_name_and_a_time():
    project = make_project()

    assert refused(Quote.objects.create, project=project, number=1, price=12, accepted_at=clock.now())
    assert refused(Quote.objects.create, project=project, number=1, price=12, accepted_name="Ada")


def test_versions_and_keys_are_unique():
    schema = make_schema(make_project())
    Notice.objects.create(key="k", recipient="a@example.test", kind="x")

    assert refused(make_schema, schema.project)
    assert refused(Notice.objects.create, key="k", recipient="b@example.test", kind="x")


def test_a_person_sees_their_organizations_projects_and_operations_see_all():
    mine, other = make_project(), make_project()
    ada = make_member(mine.organization)

    assert list(Project.objects.for_user(ada)) == [mine]
    assert set(Project.objects.for_user(make_user(is_staff=True))) == {mine, other}
    assert list(Project.objects.for_user(make_user("Mallory"))) == []
