"""Simulated workers: each signs in once and answers through the labelling page, as fast as the server lets them."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.demonstration.accounts import Account
from labeling.demonstration.client import Browser, Unexpected
from labeling.demonstration.subject import Subject

LEAST, MOST = 0.82, 0.98  # accuracy of the first person and of the last, the others in equal steps between
LOOK_AGAIN_SECONDS = 0.3  # when others hold what is left, twice as long each time; nobody waits between two answers
LONGEST_LOOK_SECONDS = 2.0  # ten people who look while a model learns would take its time
REPAIRS = 20  # how often in a row the site may be away, as while its server is started again


def accuracies(count: int) -> list[float]:
    """Return the accuracy of each of `count` people."""
    return [LEAST + n * (MOST - LEAST) / (count - 1) for n in range(count)]


@dataclass(frozen=True)
class Person:
    """How somebody answers: an object shown twice gets the same answer twice."""

    account: Account
    accuracy: float
    categories: Sequence[str]

    def answer(self, mark: str, truth: str) -> str:
        """Return the category that this person sees in an object: right, or uniformly one of the others."""
        draw = random.Random(f"{self.account.key}/{mark}")
        if draw.random() < self.accuracy:
            return truth
        return draw.choice([category for category in self.categories if category != truth])


class Crew:
    """The people of one job at work, a thread each; `shown` says what each object is, by its mark."""

    def __init__(self, origin: str, people: Sequence[Person], subject: Subject, shown: Mapping[str, str]) -> None:
        self.origin, self.people, self.subject, self.shown = origin, people, subject, shown
        self.over = threading.Event()
        self.problems: list[str] = []
        self.at_work = 0
        self._threads: list[threading.Thread] = []

    def begin(self, job: str) -> None:
        """Send everybody to the job with this public id."""
        self._threads = [
            threading.Thread(target=self._run, args=(person, job), name=person.account.key, daemon=True)
            for person in self.people
        ]
        self.at_work = len(self._threads)
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Let everybody finish the answer in hand and go home."""
        self.over.set()
        for thread in self._threads:
            thread.join()

    def _run(self, person: Person, job: str) -> None:
        browser = Browser(self.origin)
        try:
            browser.sign_in(person.account.email, person.account.password)
            self._work(browser, person, f"/work/{job}/")
        except (Unexpected, OSError) as problem:
            self.problems.append(f"{person.account.name}: {problem}")
        finally:
            self.at_work -= 1
            browser.close()

    def _work(self, browser: Browser, person: Person, page: str) -> None:
        away = 0
        while not self.over.is_set():
            try:
                self._sit_down(browser, person, page)
                away = 0
            except OSError:
                away += 1
                if away > REPAIRS:
                    raise
                self.over.wait(1)

    def _sit_down(self, browser: Browser, person: Person, page: str) -> None:
        """Open the labelling page and answer until the job gives nothing more, or the page is no longer right."""
        config = browser.get(page).data("work-config")
        urls, csrf, tasks = config["urls"], config["csrf"], config["tasks"]
        pause = LOOK_AGAIN_SECONDS
        while not self.over.is_set():
            while tasks and not self.over.is_set():
                following = self._answer(browser, person, urls["submit"], csrf, tasks.pop(0))
                tasks += [following] if following else []
                pause = LOOK_AGAIN_SECONDS
            if not tasks:
                status, reply = browser.call(urls["claim"], {}, csrf)
                if status != 200:
                    return  # the job ended, or is no longer ours: the page says which
                tasks = reply["tasks"]
            if not tasks:
                self.over.wait(pause)
                pause = min(2 * pause, LONGEST_LOOK_SECONDS)

    def _answer(
        self, browser: Browser, person: Person, url: str, csrf: str, task: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Look at a task, answer, and return the task handed over."""
        seen = self.subject.look(browser, task["html"])
        answer = {seen.name: {"label": person.answer(seen.mark, self.shown[seen.mark])}}
        body = {"key": task["key"], "answer": answer, "next": True}
        status, reply = browser.call(url, body, csrf)
        if status == 409:  # the time of the task was over and others have done it
            return None
        if status != 200:
            raise Unexpected(f"{url} answered {status}: {reply}")
        return reply["next"]
