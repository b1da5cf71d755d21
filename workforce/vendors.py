"""Vendors and their teams: made and delisted by operations."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from groundtruth.states import Invalid
from projects.audit import record
from projects.models import Organization
from workforce.models import Team, Tier, Vendor


def add_vendor(*, name: str, tier: str, organization: Organization | None, region: str, by: Any) -> Vendor:
    """Add an employer of workers. Raises Invalid for a customer's own one without its customer, or a name in use."""
    if (tier == Tier.PRIVATE) != (organization is not None):
        raise Invalid("A customer's own workforce has its customer; no other has one.")
    try:
        with transaction.atomic():
            vendor = Vendor.objects.create(name=name, tier=tier, organization=organization, region=region)
            record("add vendor", by, vendor, tier=tier)
    except IntegrityError as problem:
        raise Invalid("There is a vendor of this name, or the region has its own people already.") from problem
    return vendor


def add_team(*, vendor: Vendor, name: str, by: Any) -> Team:
    """Add a team to a vendor. Raises Invalid for a name that the vendor has already."""
    try:
        with transaction.atomic():
            team = Team.objects.create(vendor=vendor, name=name)
            record("add team", by, team)
    except IntegrityError as problem:
        raise Invalid(f"{vendor} has a team of this name already.") from problem
    return team


def delist(vendor: Vendor, by: Any) -> None:
    """Give a vendor's people no new tasks. Repeated, it does nothing more."""
    with transaction.atomic():
        if Vendor.objects.filter(pk=vendor.pk, active=True).update(active=False):
            record("delist vendor", by, vendor)


def list_again(vendor: Vendor, by: Any) -> None:
    """Let a delisted vendor's people work again."""
    with transaction.atomic():
        if Vendor.objects.filter(pk=vendor.pk, active=False).update(active=True):
            record("list vendor", by, vendor)
