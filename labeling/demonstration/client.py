"""A browser without a window: keeps cookies and a connection, reads forms, follows redirects. Standard library only."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

REDIRECTS = 10
SECONDS = 60  # for one answer of the server
STALE = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError)
Values = Mapping[str, str | Sequence[str] | None]


class Unexpected(Exception):
    """The server answered otherwise than a person would expect; the message says where and what it showed."""


@dataclass
class Form:
    """A form as the page shows it: where it goes, and what is filled in already."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)  # (name, value) of those that send it

    def filled(self, values: Values) -> list[tuple[str, str]]:
        """Return what is sent when somebody types `values`; None leaves a field out, a list sends it many times."""
        typed = {
            name: value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
            for name, value in values.items()
        }
        return [(name, value) for name, all_ in {**self.fields, **typed}.items() for value in all_ if value is not None]


@dataclass
class Page:
    """What came back, and the address it came from in the end."""

    status: int
    url: str
    body: bytes
    headers: http.client.HTTPMessage

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def forms(self) -> list[Form]:
        reader = _FormReader(self.url)
        reader.feed(self.text)
        return reader.forms

    def form(self, *names: str) -> Form:
        """Return the first form that has all these fields or buttons. Raises Unexpected."""
        for form in self.forms:
            if set(names) <= {*form.fields, *(name for name, _ in form.buttons)}:
                return form
        raise self.lacks(f"no form with {', '.join(names)}")

    def form_to(self, path: str) -> Form:
        """Return the form that is sent to this path of the site. Raises Unexpected."""
        for form in self.forms:
            if form.method == "post" and urlsplit(form.action).path == path:
                return form
        raise self.lacks(f"no form that goes to {path}")

    def own_form(self) -> Form:
        """Return the form that goes back to this very page, as those that ask once more do. Raises Unexpected."""
        return self.form_to(urlsplit(self.url).path)

    def lacks(self, what: str) -> Unexpected:
        return Unexpected(f"{self.url} ({self.status}) shows {what}. {self.words()}")

    def data(self, element: str) -> Any:
        """Return the JSON that the page carries for its script in the element of this id."""
        found = re.search(rf'<script id="{element}" type="application/json"[^>]*>(.*?)</script>', self.text, re.DOTALL)
        if found is None:
            raise self.lacks(f"no {element}")
        return json.loads(found[1])

    def words(self, characters: int = 600) -> str:
        """Return what a person would read on the page, cut off: for messages."""
        main = re.search(r"<main.*?</main>", self.text, re.DOTALL)
        shown = re.sub(r"<(script|style|svg).*?</\1>", " ", main[0] if main else self.text, flags=re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", shown).split())[:characters]


class _FormReader(HTMLParser):
    """Collects the forms of a page with the values that a browser would send untouched."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select: tuple[str, bool, list[tuple[str, bool]]] | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urljoin(self.url, have.get("action", ""))
            self._open = Form(action, have.get("method", "get").lower())
            self.forms.append(self._open)
        elif self._open is not None and "disabled" not in have:
            self._read_control(tag, have)

    def _read_control(self, tag: str, have: dict[str, str]) -> None:
        assert self._open is not None
        name, kind, value = have.get("name", ""), have.get("type", "text"), have.get("value", "")
        if tag == "option" and self._select is not None:
            self._select[2].append((value, "selected" in have))
        elif not name:
            return
        elif tag == "button" or (tag == "input" and kind == "submit"):
            self._open.buttons.append((name, value))
        elif tag == "input" and kind in ("checkbox", "radio"):
            chosen = self._open.fields.setdefault(name, [])
            if "checked" in have:
                chosen.append(have.get("value", "on"))
        elif tag == "input" and kind not in ("file", "button", "reset", "image"):
            self._open.fields.setdefault(name, []).append(value)
        elif tag == "select":
            self._select = (name, "multiple" in have, [])
        elif tag == "textarea":
            self._area = name
            self._open.fields.setdefault(name, [""])

    def handle_data(self, data: str) -> None:
        if self._area is not None and self._open is not None:
            self._open.fields[self._area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "textarea" and self._area is not None and self._open is not None:
            text = self._open.fields[self._area][-1]
            self._open.fields[self._area][-1] = text.removeprefix("\r").removeprefix("\n")  # as HTML says
            self._area = None
        elif tag == "select" and self._select is not None and self._open is not None:
            name, many, options = self._select
            chosen = [value for value, is_chosen in options if is_chosen]
            first = [] if many else [value for value, _ in options[:1]]
            self._open.fields.setdefault(name, []).extend(chosen or first)
            self._select = None


class Browser:
    """One person's browser on one site. Not for several threads at once."""

    def __init__(self, origin: str) -> None:
        self.origin = origin.rstrip("/")
        self.cookies: dict[str, str] = {}
        self._others: dict[str, Browser] = {}  # stores of pictures, by origin
        self._line = self._new_line()

    def _new_line(self) -> http.client.HTTPConnection:
        site = urlsplit(self.origin)
        kind = http.client.HTTPSConnection if site.scheme == "https" else http.client.HTTPConnection
        return kind(site.netloc, timeout=SECONDS)

    def get(self, path: str) -> Page:
        """Open an address of the site, relative or absolute."""
        return self._follow("GET", path, b"", {})

    def fetch(self, url: str) -> bytes:
        """Return what stands at an address, the site's or a store's of its own. Raises Unexpected unless it is there.

        Another server is asked without the site's cookies, as a browser does for a picture; the site may send there.
        """
        for _ in range(REDIRECTS):
            page = self._at(url)._ask("GET", url, b"", {})
            if page.status != 302:
                break
            url = urljoin(page.url, page.headers["Location"])
        if page.status != 200:
            raise Unexpected(f"{page.url} answered {page.status}.")
        return page.body

    def _at(self, url: str) -> Browser:
        """Return what asks the server of an address: this, or one without the site's cookies."""
        site = urlsplit(url)
        origin = f"{site.scheme}://{site.netloc}" if site.netloc else self.origin
        return self if origin == self.origin else self._others.setdefault(origin, Browser(origin))

    def submit(self, form: Form, **values: str | Sequence[str] | None) -> Page:
        """Send a form with these values typed in. Raises Unexpected where the server shows an error."""
        return self.send(form, values)

    def send(self, form: Form, values: Values) -> Page:
        """As `submit`, for fields whose names are no words of Python."""
        sent = urlencode(form.filled(values))
        if form.method == "get":
            page = self.get(f"{form.action}?{sent}")
        else:
            self._line.close()  # a fresh one: a form must not be sent twice because an idle line had died
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}
            page = self._follow("POST", form.action, sent.encode(), headers)
        if page.status >= 400:
            raise Unexpected(f"{form.action} answered {page.status}. {page.words()}")
        return page

    def call(self, path: str, body: Mapping[str, Any], csrf: str) -> tuple[int, Any]:
        """Send JSON as a page's script does and return (status, JSON). Only for what may be sent twice."""
        headers = {"Content-Type": "application/json", "X-CSRFToken": csrf, "Origin": self.origin}
        page = self._ask("POST", path, json.dumps(body).encode(), headers)
        try:
            return page.status, json.loads(page.body) if page.body else None
        except ValueError:
            raise Unexpected(f"{page.url} answered {page.status}: {page.words()}") from None

    def sign_in(self, email: str, password: str) -> None:
        """Sign in by the form of the sign-in page. Raises Unexpected when it is refused."""
        page = self.send(self.get("/account/login/").form("login", "password"), {"login": email, "password": password})
        if "sessionid" not in self.cookies or urlsplit(page.url).path == "/account/login/":
            raise Unexpected(f"{email} could not sign in. {page.words()}")

    def close(self) -> None:
        self._line.close()
        for other in self._others.values():
            other.close()

    def _follow(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Page:
        page = self._ask(method, url, body, headers)
        for _ in range(REDIRECTS):
            target = page.headers["Location"]
            if page.status not in (301, 302, 303, 307, 308) or target is None:
                return page
            page = self._ask("GET", urljoin(page.url, target), b"", {})
        raise Unexpected(f"{url} redirects for ever.")

    def _ask(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Page:
        url = urljoin(self.origin + "/", url)
        if not url.startswith(self.origin + "/"):
            raise Unexpected(f"{url} lies outside {self.origin}.")
        target = url.removeprefix(self.origin)
        sent = {**headers, "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        try:
            answer, content = self._exchange(method, target, body, sent)
        except STALE:  # the server closed an idle line just as we used it, which every browser repairs so
            self._line.close()
            answer, content = self._exchange(method, target, body, sent)
        self._keep_cookies(answer.headers)
        return Page(answer.status, url, content, answer.headers)

    def _exchange(
        self, method: str, target: str, body: bytes, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        self._line.request(method, target, body or None, headers)
        answer = self._line.getresponse()
        return answer, answer.read()

    def _keep_cookies(self, headers: http.client.HTTPMessage) -> None:
        for line in headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or morsel["max-age"] == 0:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
