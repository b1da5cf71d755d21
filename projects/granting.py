"""Which places a project may read and write, found out before they are granted.

Talks to the store, never in a transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from groundtruth.storage import Address, BadAddress, Missing, StoreError, get_store, parse_uri
from projects.models import DataGrant, Direction, Project


@dataclass(frozen=True)
class Place:
    """A prefix of a bucket, to read or to write."""

    direction: str
    bucket: str
    prefix: str  # empty: the whole bucket; else ends with /

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


def own_places(project: Project) -> list[Place]:
    """Return the project's own prefix in our bucket, for both directions."""
    return [Place(way, settings.GROUNDTRUTH_BUCKET, project.prefix) for way in (Direction.IN, Direction.OUT)]


def stated_places(project: Project, direction: str, uris: list[str]) -> tuple[list[Place], list[str]]:
    """Return the places that these addresses name, and what is wrong with the others, a sentence each."""
    places, problems = [], []
    for uri in dict.fromkeys(uri.strip() for uri in uris if uri.strip()):
        try:
            place = place_of(direction, uri)
        except BadAddress as problem:
            problems.append(f"{uri}: {problem}")
            continue
        trespass = _trespass(project, place)
        if trespass:
            problems.append(trespass)
        else:
            places.append(place)
    return places, problems


def place_of(direction: str, uri: str) -> Place:
    """Return the place of an address; a last part without / is a folder too. Raises BadAddress."""
    address: Address = parse_uri(uri)
    folder = address.key if not address.key or address.key.endswith("/") else address.key + "/"
    return Place(direction, address.bucket, folder)


def _trespass(project: Project, place: Place) -> str:
    """Say whose a place is if it is somebody else's; empty where it is free to grant."""
    if place.bucket == settings.GROUNDTRUTH_BUCKET and not place.prefix.startswith(project.prefix):
        return f"{place.uri} lies outside this project's own prefix of our bucket."
    others = DataGrant.objects.filter(bucket=place.bucket, revoked_at=None)
    others = others.exclude(project__organization=project.organization_id)
    for prefix in others.values_list("prefix", flat=True).distinct():
        if prefix.startswith(place.prefix) or place.prefix.startswith(prefix):
            return f"{place.uri} is granted to another customer."
    return ""


def list_once(place: Place, endpoint: str = "", credential: str = "") -> str:
    """Return why the place cannot be listed, or nothing where it can: an empty place is one."""
    try:
        next(iter(get_store(endpoint, credential).list(place.bucket, place.prefix)), None)
    except StoreError as problem:
        return f"{place.uri} cannot be listed: {problem}"
    return ""


def make_own_bucket() -> None:
    """Make the bucket of every project's own prefix, if it is not there. Raises StoreError."""
    store = get_store()
    try:
        store.check(settings.GROUNDTRUTH_BUCKET)
    except Missing:
        store.make_bucket(settings.GROUNDTRUTH_BUCKET)
