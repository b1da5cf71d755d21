"""Rows for tests: plain functions, nothing hidden. Ada owns, Ben reviews, Wei labels, Mallory is a stranger."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import count
from typing import Any

from django.conf import settings

from batches.models import Batch, DataObject, Manifest
from batches.services import own_folder
from groundtruth import clock
from groundtruth.storage import get_store, parse_uri
from labeling.models import Job, Task
from projects.models import DataGrant, Direction, LabelSchema, Membership, Organization, Project, Role, User
from workforce.models import Team, Vendor, Worker

PASSWORD = "correct horse battery staple"
_number = count(1)


# --- projects ---------------------------------------------------------------------------------------


def make_user(name: str = "", *, email: str = "", **fields: Any) -> User:
    """A person who cannot sign in by password (see `client.force_login`); `make_user("Ada")` is ada@…"""
    number = next(_number)
    name = name or f"Person {number}"
    return User.objects.create_user(
        email or f"{name.lower().replace(' ', '.')}.{number}@example.test", name=name, **fields
    )


def make_staff(name: str = "Olga") -> User:
    """A person of operations, who may do everything in the admin."""
    return make_user(name, is_staff=True, is_superuser=True)


def make_organization(name: str = "Acme") -> Organization:
    return Organization.objects.create(name=name, slug=f"{name.lower().replace(' ', '-')}-{next(_number)}")


def make_member(
    organization: Organization, role: str = Role.OWNER, *, name: str = "Ada", user: User | None = None
) -> User:
    """A member of the organization with this role; returns the person."""
    user = user or make_user(name)
    Membership.objects.create(organization=organization, user=user, role=role)
    return user


REQUEST = {  # what every request of a project says
    "description": "Tell birds from planes.",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "contact_email": "ada@example.test",
    "modality": "image",
    "task_type": "image-classification",
    "categories": ["bird", "plane"],
}


def make_project(
    organization: Organization | None = None, *, state: str = "request_approved", **fields: Any
) -> Project:
    """A project in this state, with its categories but no schema and no grant."""
    number = next(_number)
    values: dict[str, Any] = {
        "slug": f"project-{number}",
        "title": f"Project {number}",
        **REQUEST,
        "attested_by": "Ada",
        "attested_at": clock.now(),
        "state_before_pause": "pilot_in_progress" if state == "paused" else "",
    }
    return Project.objects.create(organization=organization or make_organization(), state=state, **{**values, **fields})


def make_schema(project: Project, *, categories: tuple[str, ...] = ("bird", "plane"), version: int = 1) -> LabelSchema:
    return LabelSchema.objects.create(
        project=project, version=version, categories=list(categories), short_instructions="Choose what you see."
    )


def make_grant(
    project: Project, direction: str = Direction.IN, *, bucket: str = "", prefix: str | None = None
) -> DataGrant:
    """A verified grant; without a place it is the project's own prefix."""
    return DataGrant.objects.create(
        project=project,
        direction=direction,
        bucket=bucket or settings.GROUNDTRUTH_BUCKET,
        prefix=project.prefix if prefix is None else prefix,
        verified_at=clock.now(),
    )


# --- workforce and labeling ---------------------------------------------------------------------------


def make_team(name: str = "Day shift") -> Team:
    vendor, _ = Vendor.objects.get_or_create(tier="internal", defaults={"name": "Own people"})
    return Team.objects.create(vendor=vendor, name=f"{name} {next(_number)}")


def make_worker(team: Team, name: str = "Wei") -> Worker:
    """An active worker of the team, the non-disclosure terms agreed to."""
    worker = Worker.objects.create(user=make_user(name), vendor=team.vendor, status="active", nda_at=clock.now())
    worker.teams.add(team)
    return worker


def make_running_batch(
    project: Project | None = None, *, texts: tuple[str, ...] = ("a", "b", "c"), **fields: Any
) -> Batch:
    """A batch of texts being labelled, in a pilot, without a job."""
    project = project or make_project(state="pilot_in_progress", modality="text", task_type="text-classification")
    schema = project.schemas.order_by("-version").first() or make_schema(project)
    number = next(_number)
    places = {"input_uri": "s3://in/x.manifest", "output_uri": f"s3://groundtruth/{project.prefix}out/"}
    batch = Batch.objects.create(
        project=project, schema=schema, slug=f"week-{number}", name=f"week-{number}", total=len(texts),
        **{"state": "in_progress", **places, **fields},
    )  # fmt: skip
    DataObject.objects.bulk_create(
        DataObject(batch=batch, ordinal=n, line_number=n + 1, line=json.dumps({"source": text}), source_text=text)
        for n, text in enumerate(texts)
    )
    return batch


def make_job(batch: Batch | None = None, *, team: Team | None = None, workers_each: int = 3, **fields: Any) -> Job:
    """A job that runs on the batch, its tasks open to the team."""
    batch = batch or make_running_batch()
    number = next(_number)
    job = Job.objects.create(
        organization_id=batch.project.organization_id, batch=batch, schema=batch.schema, name=f"job-{number}",
        task_type=batch.project.task_type, title="What is it?", team=team or make_team(),
        workers_each=workers_each, state="InProgress", **{"position": 1, "attribute": "kind", **fields},
    )  # fmt: skip
    objects = list(DataObject.objects.filter(batch=batch, failure="").order_by("ordinal"))
    Task.objects.bulk_create(
        Task(job=job, data_object=o, wanted=workers_each, open_slots=workers_each, state="open", opened_at=clock.now())
        for o in objects
    )
    Job.objects.filter(pk=job.pk).update(planned=len(objects), planned_to=len(objects) - 1)
    job.refresh_from_db()
    return job


def say(category: str) -> dict[str, dict[str, str]]:
    """An answer as the text classifier gives it."""
    return {"crowd-classifier": {"label": category}}


# --- data in and out ----------------------------------------------------------------------------------


def make_manifest_file(project: Project, lines: Iterable[str | dict[str, Any]], *, name: str = "items.manifest") -> str:
    """A manifest in the project's own prefix, as given or each dict as JSON; returns its address."""
    uri = own_folder(project, "data") + name
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    get_store().put(parse_uri(uri), "".join(f"{text}\n" for text in texts).encode())
    return uri


def make_batch(project: Project | None = None, *, objects: int = 3, input_uri: str = "", **fields: Any) -> Batch:
    """A batch just requested, whose transfer has not begun: of that many texts, or of what lies at `input_uri`.

    The project may read and write its own prefix.
    """
    project = project or make_project(modality="text", task_type="text-classification")
    for direction in Direction.values:
        if not project.grants.filter(direction=direction, revoked_at=None).exists():
            make_grant(project, direction)
    number = next(_number)
    uri = input_uri or make_manifest_file(
        project, [{"source": f"text {n}"} for n in range(objects)], name=f"{number}.manifest"
    )
    places = {"input_uri": uri, "output_uri": f"s3://{settings.GROUNDTRUTH_BUCKET}/{project.prefix}out/"}
    batch = Batch.objects.create(project=project, slug=f"week-{number}", name=f"week-{number}", **{**places, **fields})
    Manifest.objects.create(batch=batch, uri=uri)
    return batch
