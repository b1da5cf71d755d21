"""The whole road of a batch, from the request of its project to the delivery, each act by its role through its page.

What comes next is read from the database before each act, so a road that was interrupted goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from batches.models import Batch
from labeling.demonstration import review
from labeling.demonstration.accounts import Account, Cast
from labeling.demonstration.client import Browser, Page, Unexpected
from labeling.demonstration.people import Crew, Person
from labeling.demonstration.progress import Progress
from labeling.demonstration.report import so_far
from labeling.demonstration.subject import Subject
from labeling.models import Job, StepKind
from labeling.states import JOB_RUNNING
from projects.models import Organization, Project
from workforce.models import Team

WORKERS_EACH = 3
POLL_SECONDS = 0.25
PATIENCE_SECONDS = 180  # without any movement something is broken, and the logs say what

Act = Callable[[], None]


def find_project(cast: Cast, subject: Subject) -> Project | None:
    """Return the project of a subject, if it was requested already."""
    mine = Project.objects.filter(organization__memberships__user__email=cast.owner.email, title=subject.title)
    return mine.select_related("organization").first()


def find_batch(cast: Cast, subject: Subject) -> Batch | None:
    """Return the batch of a subject, if it was requested already."""
    project = find_project(cast, subject)
    return Batch.objects.filter(project=project, name=subject.batch).first() if project else None


class Road:
    """One walk. `tick` is called while it waits: there the caller looks after the servers, and may interrupt.

    people: who labels, of the cast's workers.
    """

    def __init__(
        self, origin: str, cast: Cast, subject: Subject, people: Sequence[Person], progress: Progress, tick: Act
    ) -> None:
        self.origin, self.cast, self.subject, self.people = origin, cast, subject, people
        self.progress, self.tick = progress, tick
        self._browsers: dict[str, Browser] = {}
        self._shown: Mapping[str, str] = {}

    def walk(self) -> Batch:
        """Go on until the batch is delivered and return it. Raises Unexpected where a page or a chore fails."""
        before, since = "", time.monotonic()
        while (state := self._state()) != "data_delivered":
            if state != before:
                before, since = state, time.monotonic()
                if state in self._acts:
                    self._acts[state]()
                    continue
            elif time.monotonic() - since > PATIENCE_SECONDS:
                raise Unexpected(f"Nothing has moved for {PATIENCE_SECONDS} s: the batch is “{state}”.")
            self._wait()
        batch = find_batch(self.cast, self.subject)
        assert batch is not None
        return batch

    def _state(self) -> str:
        """Return where the road is: the project's status until there is a batch, then the batch's."""
        project, batch = find_project(self.cast, self.subject), find_batch(self.cast, self.subject)
        if batch is None or batch.state == "data_received":
            tail = " with data" if batch else ""
            return (project.state if project else "nothing") + tail
        if batch.state in ("data_transfer_failed", "rejected", "paused"):
            raise Unexpected(f"The batch is “{batch.get_state_display()}”. {batch.failure}")
        return batch.state

    @property
    def _acts(self) -> dict[str, Act]:
        """Return who does what next, by where the road is; states that are not here are chores' to leave."""
        return {
            "nothing": self._request_project,
            "review_in_progress": self._approve,
            "request_approved": self._set_up,
            "workflow_setup": self._request_batch,
            "workflow_setup with data": self._start_pilot,
            "pilot_in_progress with data": self._start_batch,
            "in_progress": self._label,
            "ready_for_review": self._review,
            "review_complete": self._accept,
        }

    def _wait(self) -> None:
        self.tick()
        time.sleep(POLL_SECONDS)

    def _browser(self, account: Account) -> Browser:
        """Return this person's browser, signed in by the real form the first time."""
        if account.key not in self._browsers:
            browser = Browser(self.origin)
            browser.sign_in(account.email, account.password)
            self._browsers[account.key] = browser
        return self._browsers[account.key]

    def _project(self) -> Project:
        project = find_project(self.cast, self.subject)
        assert project is not None
        return project

    def _batch(self) -> Batch:
        batch = find_batch(self.cast, self.subject)
        assert batch is not None
        return batch

    def _place(self) -> str:
        project = self._project()
        return f"/orgs/{project.organization.slug}/projects/{project.slug}/"

    # --- the customer asks -------------------------------------------------------------------------------

    def _request_project(self) -> None:
        self._put_objects()
        organization = Organization.objects.get(memberships__user__email=self.cast.owner.email)
        self.progress.say(f"{self.cast.owner.name} requests a project for {organization.name}.")
        form = self._browser(self.cast.owner).get("/projects/request/").form("title", "attests")
        self._browser(self.cast.owner).submit(
            form,
            title=self.subject.title,
            description=self.subject.description,
            task_type=self.subject.task_type,
            categories="\n".join(self.subject.categories),
            attests="on",
            access="named",
            **self.subject.places,
            **({"target": str(self.subject.target)} if self.subject.target else {}),
            objects_expected=str(self.subject.count),
        )
        self._insist(find_project(self.cast, self.subject) is not None, "The project was not requested.")

    def _put_objects(self) -> None:
        if not self._shown:
            self.progress.say(self.subject.preparing)
            self._shown = self.subject.put()

    def _request_batch(self) -> None:
        self._put_objects()
        self.progress.say(f"{self.cast.owner.name} checks the data and requests the batch.")
        browser, address = self._browser(self.cast.owner), f"{self._place()}batches/new/"
        places = {"input_uri": self.subject.input_uri, "output_uri": self.subject.output_uri}
        typed = {"name": self.subject.batch, "description": "All of them, in order.", **places}
        checked = browser.send(browser.get(address).form("name", "input_uri", "submit"), {**typed, "check": ""})
        browser.send(checked.form("name", "input_uri", "submit"), {**typed, "submit": ""})
        self._insist(find_batch(self.cast, self.subject) is not None, "The batch was not requested.")

    # --- operations ----------------------------------------------------------------------------------------

    def _desk(self, path: str, **values: str) -> Page:
        """Fill in a page of the operations desk and send it."""
        browser = self._browser(self.cast.operations)
        return browser.send(browser.get(f"/admin/{path}").own_form(), values)

    def _approve(self) -> None:
        self.progress.say(f"{self.cast.operations.name} approves it.")
        page = self._desk(f"projects/project/{self._project().pk}/act/approve/", **self.subject.places)
        self._left("review_in_progress", page)

    def _set_up(self) -> None:
        self.progress.say(
            f"{self.cast.operations.name} sets the workflow up: {WORKERS_EACH} people an object, and a machine."
        )
        design = {
            "task_type": self.subject.task_type,
            "categories": "\n".join(self.subject.categories),
            "title": self.subject.question,
            "short_instructions": self.subject.instructions,
            "team": str(Team.objects.get(workers__user__email=self.cast.workers[0].email).pk),
            "workers_each": str(WORKERS_EACH),
            "attribute": self.subject.attribute,
            "sample_percent": "5",
            "machine_labels": "on",
            "answer_price": "0.02",
            "currency": "EUR",
        }
        self._left("request_approved", self._desk(f"projects/project/{self._project().pk}/set-up/", **design))

    def _have_others_look_again(self) -> None:
        """Add the steps behind the labelling, as far as they are not there."""
        path, steps = f"projects/project/{self._project().pk}/steps/", self._project().steps.order_by("position")
        kinds = list(steps.values_list("kind", flat=True))
        if not self.subject.looked_again or len(kinds) > 2:
            return
        self.progress.say(f"{self.cast.operations.name} lets rules look at the labels, and others at what they find.")
        if StepKind.VALIDATE not in kinds:
            self._add_step(path, StepKind.VALIDATE, most_flagged=str(self.subject.looked_again))
        team = str(steps[0].team_id)
        wishes = {"title": self.subject.question, "team": team, "workers_each": str(WORKERS_EACH)}
        self._add_step(path, StepKind.VERIFY, **wishes)
        self._insist(steps.count() == 3, "The steps behind the labelling were not added.")

    def _add_step(self, path: str, kind: str, **wishes: str) -> None:
        values = {f"{kind}-{name}": value for name, value in wishes.items()}
        browser = self._browser(self.cast.operations)
        browser.send(browser.get(f"/admin/{path}").form(*values), {**values, "add": kind})

    def _start_pilot(self) -> None:
        self._have_others_look_again()
        self.progress.say(f"The data is here. {self.cast.operations.name} starts the pilot and the batch.")
        self._left("workflow_setup", self._desk(f"projects/project/{self._project().pk}/act/start-pilot/"))

    def _start_batch(self) -> None:
        page = self._desk(f"batches/batch/{self._batch().pk}/act/start/")
        self._insist(self._batch().state != "data_received", f"The batch did not start. {page.words()}")

    # --- people --------------------------------------------------------------------------------------------

    def _label(self) -> None:
        self._put_objects()
        while (job := self._running_job()) is not None:
            who = f"{len(self.people)} simulated people"
            again = "look again at" if job.kind == StepKind.VERIFY else "sign in and label"
            count = f"{job.planned:,} objects" if job.planned else "the objects"
            self.progress.say(f"{who} {again} {count}; each is asked of {WORKERS_EACH}.")
            crew = Crew(self.origin, self.people, self.subject, self._shown)
            crew.begin(job.public_id)
            try:
                self._watch(crew, job)
            finally:
                crew.end()
            if crew.problems:
                raise Unexpected("\n".join(crew.problems))

    def _running_job(self) -> Job | None:
        """Return the job that people work on, once there is one; None where the batch needs nobody any more."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            running = Job.objects.filter(batch=self._batch(), state__in=JOB_RUNNING).order_by("position").first()
            if running is None:
                return None
            if running.state == "InProgress" and running.kind != StepKind.VALIDATE:
                return running
            self._wait()
        raise Unexpected("The job does not begin: no chore made its tasks, or the rules do not end.")

    def _watch(self, crew: Crew, job: Job) -> None:
        """Show how far people are until the last label of the job is written."""
        last, moved, going_on = -1, time.monotonic(), Job.objects.filter(pk=job.pk, state__in=JOB_RUNNING)
        while (batch := self._batch()).state == "in_progress" and going_on.exists() and not crew.problems:
            if self.progress.is_due:
                now = so_far(batch, self.subject)
                self.progress.show(now, crew.at_work)
                if now.answers + now.done != last:
                    last, moved = now.answers + now.done, time.monotonic()
            if time.monotonic() - moved > PATIENCE_SECONDS:
                raise Unexpected(f"Nobody has answered for {PATIENCE_SECONDS} s, and the job does not end.")
            self._wait()
        self.progress.show(so_far(batch, self.subject), crew.at_work)

    # --- the customer decides ------------------------------------------------------------------------------

    def _review(self) -> None:
        self._put_objects()
        reviewer = self.cast.reviewer
        self.progress.say(f"{reviewer.name} looks at the sample and sends the feedback.")
        address = f"{self._place()}batches/{self._batch().slug}/review/"
        review.carry_out(self._browser(reviewer), address, self.subject, self._shown)
        self._insist(self._batch().state != "ready_for_review", "The review was not sent.")

    def _accept(self) -> None:
        self.progress.say(f"{self.cast.owner.name} accepts the batch.")
        browser = self._browser(self.cast.owner)
        batch_page = browser.get(f"{self._place()}batches/{self._batch().slug}/")
        accept = next((form for form in batch_page.forms if form.fields.get("verdict") == ["accept"]), None)
        if accept is None:
            raise batch_page.lacks("nothing to accept")
        page = browser.submit(accept)
        self._insist(self._batch().state != "review_complete", f"The batch was not accepted. {page.words()}")

    def _left(self, state: str, page: Page) -> None:
        self._insist(self._project().state != state, f"The project is still “{state}”. {page.words()}")

    def _insist(self, is_so: bool, otherwise: str) -> None:
        if not is_so:
            raise Unexpected(otherwise)
