"""Who takes part: the accounts of the demonstration, made once, with passwords that only this installation knows."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from batches.models import Batch
from batches.states import BatchState
from projects.accounts import confirm_address
from projects.models import Membership, Organization, Role, User
from projects.organizations import found_organization
from workforce.models import Team, Tier, Vendor
from workforce.services import add_worker, agree_to_terms
from workforce.vendors import add_team, add_vendor

ORGANIZATION = "Digits & Co"
TEAM = "Demonstration"
WORKERS = ("Wei", "Amara", "Bruno", "Chidi", "Dalia", "Emil", "Farah", "Goran", "Hana", "Ivo")


class Occupied(Exception):
    """The database belongs to somebody: the demonstration adds no administrator to it."""


@dataclass(frozen=True)
class Account:
    key: str
    role: str  # in the words of the terminal
    name: str
    email: str
    password: str


@dataclass(frozen=True)
class Cast:
    """Everybody. `workers` are ten, in the order of their accuracy."""

    operations: Account
    owner: Account
    reviewer: Account
    workers: tuple[Account, ...]

    @property
    def everybody(self) -> tuple[Account, ...]:
        return (self.operations, self.owner, self.reviewer, *self.workers)


def kept_file() -> Path:
    """Return the file of the passwords, which nobody but the owner of the installation can read."""
    return Path(settings.VAR) / "demo.json"


def is_delivered(cast: Cast) -> bool:
    """Say whether the batch of an earlier start came to its end."""
    mine = Batch.objects.filter(project__organization__memberships__user__email=cast.owner.email)
    return mine.filter(state=BatchState.DATA_DELIVERED).exists()


def seed(say: Callable[[str], None]) -> Cast:
    """Make what is missing of the cast and return it; repeated, it changes nothing. Raises Occupied."""
    file = kept_file()
    if not file.exists() and User.objects.exists():
        raise Occupied
    cast = _cast(_passwords(file))
    if User.objects.filter(email__in=[account.email for account in cast.everybody]).count() < len(cast.everybody):
        say("making the accounts …")
        with transaction.atomic():
            _make_customer(cast)
            _make_workers(cast, _person(cast.operations, is_staff=True, is_superuser=True))
    return cast


def _passwords(file: Path) -> dict[str, str]:
    """Read the passwords, or draw them: they are written before the accounts are, so that none is ever lost."""
    if not file.exists():
        drawn = {key: secrets.token_urlsafe(9) for key in ("operations", "owner", "reviewer", *_worker_keys())}
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            json.dump(drawn, out, indent=1)
    return json.loads(file.read_text())


def _worker_keys() -> tuple[str, ...]:
    return tuple(name.lower() for name in WORKERS)


def _cast(passwords: dict[str, str]) -> Cast:
    def account(key: str, role: str, name: str, box: str) -> Account:
        return Account(key, role, name, f"{box}@demo.example", passwords[key])

    return Cast(
        account("operations", "operations", "Olga Ops", "olga"),
        account("owner", "customer, owner", "Ada Owner", "ada"),
        account("reviewer", "customer, reviewer", "Ben Reviewer", "ben"),
        tuple(account(key, "worker", name, key) for key, name in zip(_worker_keys(), WORKERS, strict=True)),
    )


def _person(account: Account, **fields: Any) -> User:
    person = User.objects.filter(email=account.email).first()
    person = person or User.objects.create_user(account.email, account.password, name=account.name, **fields)
    confirm_address(person)
    return person


def _make_customer(cast: Cast) -> None:
    owner = _person(cast.owner)
    organization = Organization.objects.filter(memberships__user=owner).first() or found_organization(
        owner, ORGANIZATION
    )
    Membership.objects.get_or_create(
        organization=organization, user=_person(cast.reviewer), defaults={"role": Role.REVIEWER}
    )


def _make_workers(cast: Cast, operations: User) -> None:
    region = settings.GROUNDTRUTH_REGION
    vendor = Vendor.objects.filter(tier=Tier.INTERNAL, region=region).first() or add_vendor(
        name="Own people", tier=Tier.INTERNAL, organization=None, region=region, by=operations
    )
    team = Team.objects.filter(vendor=vendor, name=TEAM).first() or add_team(vendor=vendor, name=TEAM, by=operations)
    for account in cast.workers:
        _person(account)
        agree_to_terms(add_worker(account.email, account.name, [team], operations))
