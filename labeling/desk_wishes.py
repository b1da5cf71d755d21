"""What the customer wished for, as the workflow's set-up begins with it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from labeling.autolabel.loop import LEARNERS
from projects import task_types
from projects.models import Project, Wish
from workforce.models import Team, Tier

LEAST, MOST = 50, 99.9  # per cent that a machine's promise may be


def wished_team(project: Project) -> int | None:
    """Return the first team of the tier that the customer wished for; none where the choice is left to us."""
    tier = {Wish.OWN: Tier.INTERNAL, Wish.VENDOR: Tier.VENDOR}.get(Wish(project.wish))
    teams = Team.objects.filter(vendor__active=True, vendor__tier=tier).order_by("vendor__name", "name")
    return teams.values_list("pk", flat=True).first() if tier else None


def wished_target(project: Project) -> float | None:
    """Return the wanted accuracy as what the machine promises, at most what it can; None where it is another measure.

    Of boxes and masks the machine promises an overlap, which hardly ever comes to what is asked of labels.
    """
    if not project.target or project.target < LEAST or _measure(project) not in ("right", "shared"):
        return None
    return round(min(project.target, MOST) / 100, 4)


def target_words(project: Project) -> list[str]:
    """Return sentences about the wanted accuracy, for beside the machine's; none where the customer wants none."""
    if not project.target:
        return []
    said = [_("The customer wants an accuracy of %(target)d %%.") % {"target": project.target}]
    if _measure(project) == "overlap":
        said.append(_("The machine promises a mean overlap (IoU) here, which is another measure and hardly so high."))
    elif project.target > MOST:
        said.append(_("The most that a machine can promise is 99.9 %."))
    return said


def _measure(project: Project) -> str:
    """Return what the machine promises of the wanted type; "" where it learns none."""
    found = (LEARNERS[kind.learner] for kind in task_types.every() if kind.slug == project.task_type and kind.learner)
    return next((learner.measure for learner in found), "")
