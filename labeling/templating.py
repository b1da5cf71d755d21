"""Task templates: Liquid with the filters and the escaping that templates written for Ground Truth expect.

A template is a stranger's text and its input is another stranger's data, so everything printed is escaped for
the place where it stands in the HTML, nothing can be included or read from disk, and a render that grows or
lasts too long stops with a `TemplateError`. The page that comes out runs in a sandboxed frame all the same.
"""

import functools
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any, TextIO

from liquid import Environment, Markup
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.capture_tag import CaptureNode, CaptureTag
from liquid.builtin.tags.cycle_tag import CycleNode, CycleTag
from liquid.builtin.tags.echo_tag import EchoNode, EchoTag
from liquid.context import RenderContext
from liquid.exceptions import LiquidError, OutputStreamLimitError, ResourceLimitError
from liquid.filter import with_context
from liquid.template import BoundTemplate
from liquid.undefined import UNDEFINED, Undefined

from labeling.html_places import RAW_TEXT, STEADY, TEXT, Place, advance, advance_static
from labeling.template_faults import explain, line_of

SOURCE_LIMIT = 128_000  # characters of a template: the limit of the API for UiTemplate.Content
OUTPUT_LIMIT = 4_000_000  # characters; a prior mask comes inside the page as base64
LOOP_LIMIT = 100_000  # iterations of one nest of loops
LOCALS_LIMIT = 4_000_000  # bytes held by assign and capture
SECONDS_LIMIT = 2.0

Sign = Callable[[str], str]


class TemplateError(Exception):
    """A template that cannot be parsed or rendered; `line` counts from 1 and is 0 where none can be named."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(f"Line {line}: {message}" if line else message)
        self.message = message
        self.line = line


class JsonText(str):
    """JSON that is not escaped yet: how, is decided by the place where it is printed."""

    __slots__ = ()


# --- printing -----------------------------------------------------------------------------------------------

# A browser turns a carriage return into a line feed, after which offsets in a text are no longer those of the object.
_HTML_SAFE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "\r": "&#13;"})
_SCRIPT_SAFE = {ord(c): f"\\u{ord(c):04x}" for c in "<>&'\u2028\u2029"}
# The same where the script has a quote around it, as in JSON.parse('{{ value | to_json }}'): the text of the JSON.
_STRING_SAFE = {**_SCRIPT_SAFE, **{ord(c): f"\\u{ord(c):04x}" for c in '"`$\\'}}


def as_text(value: object) -> str:
    """Return what `{{ value }}` prints before escaping: JSON for arrays and objects, nothing for undefined."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, Undefined):
        return ""
    if isinstance(value, range):
        return f"{value.start}..{value.stop - 1}"
    if isinstance(value, bool | int | float | Mapping | list | tuple):
        return to_json(value)
    return str(value)


def escape_for(value: object, place: Place, before: str = "") -> str:
    """Return `value` as it may stand at `place`. Text is escaped for HTML everywhere, JSON for scripts in one.

    before: the character before it.
    """
    text = as_text(value)
    if isinstance(text, Markup):
        return str(text)
    if isinstance(text, JsonText) and place[0] == "raw" and place[1] in RAW_TEXT:
        return text.translate(_STRING_SAFE if before and before in "\"'`" else _SCRIPT_SAFE)
    return text.translate(_HTML_SAFE)


class HtmlBuffer(StringIO):
    """Output that knows where in the HTML it stands, how long it may become and when it must end."""

    def __init__(self, limit: int, deadline: float, place: Place = TEXT) -> None:
        super().__init__()
        self.room = limit
        self.deadline = deadline
        self.place = place
        self.last = ""  # the character written last

    def write(self, text: str, /) -> int:
        """Take text of the template itself."""
        self._spend(text)
        self.place = advance_static(self.place, text)
        self.last = text[-1:] or self.last
        return super().write(text)

    def print(self, value: object) -> int:
        """Take a value, escaped for the place."""
        text = escape_for(value, self.place, self.last)
        self.last = text[-1:] or self.last
        self._spend(text)
        if isinstance(value, Markup) or self.place[0] not in STEADY:
            self.place = advance(self.place, text)
        return super().write(text)

    def _spend(self, text: str) -> None:
        self.room -= len(text)
        if self.room < 0:
            raise OutputStreamLimitError("the page becomes too large", token=None)
        if time.thread_time() > self.deadline:
            raise ResourceLimitError("rendering takes too long", token=None)


class Context(RenderContext):
    """A render in progress: adds the signer, and buffers that go on from where the outer one stands."""

    __slots__ = ("deadline", "lookups", "sign")
    sign: Sign
    deadline: float
    lookups: int

    def get(self, path: list[object], *, token: Any, default: object = UNDEFINED) -> object:
        # A loop that prints nothing never meets the buffer's deadline, but it has to look something up.
        self.lookups += 1
        if self.lookups % 64 == 0 and time.thread_time() > self.deadline:
            raise ResourceLimitError("rendering takes too long", token=token)
        return super().get(path, token=token, default=default)

    def get_buffer(self, buf: TextIO | None = None) -> StringIO:
        assert isinstance(buf, HtmlBuffer)
        return HtmlBuffer(buf.room, buf.deadline, buf.place)

    def get_item(self, obj: Any, key: Any) -> Any:
        # A captured key is HTML by now; the object's keys are not.
        return super().get_item(obj, key.unescape() if isinstance(key, Markup) else key)


class _PrintNode(OutputNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        assert isinstance(buffer, HtmlBuffer)
        return buffer.print(self.expression.evaluate(context))


class _EchoNode(_PrintNode, EchoNode):
    pass


class _CaptureNode(CaptureNode):
    def _assign(self, context: RenderContext, buf: StringIO) -> None:
        context.assign(self.name, Markup(buf.getvalue()))


class _CycleNode(CycleNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        assert isinstance(buffer, HtmlBuffer)
        values = [arg.evaluate(context) for arg in self.args]
        group = as_text(self.group.evaluate(context)) if self.group else ""
        return buffer.print(values[context.cycle(group or str(values), len(values))])


def _print_tag(base: type, node: type) -> type:
    return type(base.__name__, (base,), {"node_class": node})


# --- filters ------------------------------------------------------------------------------------------------


def to_json(value: object) -> JsonText:
    """Return compact JSON of any value; undefined is null."""
    plain = None if isinstance(value, Undefined) else value
    return JsonText(json.dumps(plain, ensure_ascii=False, separators=(",", ":"), default=as_text))


def _escape(value: object) -> Markup:
    text = as_text(value)
    return text if isinstance(text, Markup) else Markup(text.translate(_HTML_SAFE))


_BARE = re.compile(r"&(?!(?:[a-zA-Z][a-zA-Z0-9]*|#[0-9]+|#[xX][0-9a-fA-F]+);)|[<>\"']")


def _escape_once(value: object) -> Markup:
    return Markup(_BARE.sub(lambda found: found[0].translate(_HTML_SAFE), as_text(value)))


def _skip_autoescape(value: object) -> Markup:
    return Markup(as_text(value))


def _newline_to_br(value: object) -> Markup:
    return Markup(re.sub(r"(?:&#13;)?\n", "<br />\n", _escape(value)))


def _concat(value: object, other: object) -> list[object]:
    # What is not there adds nothing; the library's own filter cannot even say that it is none of a list.
    return [*_listed(value), *_listed(other)]


def _listed(value: object) -> list[object]:
    if value is None or isinstance(value, Undefined):
        return []
    return list(value) if isinstance(value, list | tuple | range) else [value]


@with_context
def _grant_read_access(value: object, *, context: Context) -> str:
    uri = as_text(value)
    is_stored = re.match(r"[a-z][a-z0-9+.-]*://", uri) and not uri.startswith(("http://", "https://"))
    return context.sign(uri) if is_stored else uri


def _bounded(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse the few calls whose result can be far larger than what the template and its data hold."""

    @functools.wraps(call)
    def checked(value: object, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, range) and len(value) > LOOP_LIMIT:
            raise ResourceLimitError("the range is too long", token=None)
        if _grown_size(name, value, args) > OUTPUT_LIMIT:
            raise ResourceLimitError(f"the result of {name} becomes too large", token=None)
        return call(value, *args, **kwargs)

    return checked


def _grown_size(name: str, value: object, args: tuple[Any, ...]) -> int:
    lengths = [len(as_text(arg)) for arg in args]
    if name == "replace" and lengths:
        text = as_text(value)
        return len(text) + text.count(as_text(args[0])) * sum(lengths[1:])
    if name == "join" and isinstance(value, list | tuple | range):
        return len(value) * sum(lengths)
    return 0


def _build_environment() -> Environment:
    env = _Environment(autoescape=False)  # its autoescape trusts literals and joins arrays: we print ourselves
    for name in ("include", "render"):
        del env.tags[name]
    for base, node in ((Output, _PrintNode), (EchoTag, _EchoNode), (CaptureTag, _CaptureNode), (CycleTag, _CycleNode)):
        env.add_tag(_print_tag(base, node))
    ours: dict[str, Callable[..., Any]] = {
        "to_json": to_json,
        "escape": _escape,
        "escape_once": _escape_once,
        "skip_autoescape": _skip_autoescape,
        "newline_to_br": _newline_to_br,
        "concat": _concat,
        "grant_read_access": _grant_read_access,
    }
    env.filters.pop("safe", None)
    env.filters = {name: _bounded(name, call) for name, call in {**env.filters, **ours}.items()}
    return env


class _Template(BoundTemplate):
    context_class = Context


class _Environment(Environment):
    template_class = _Template
    suppress_blank_control_flow_blocks = False  # else a loop of blanks renders into a buffer without a deadline
    loop_iteration_limit = LOOP_LIMIT
    local_namespace_limit = LOCALS_LIMIT


_ENVIRONMENT = _build_environment()


# --- the two functions that others call ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Template:
    """A template that parsed, with every filter known."""

    source: str
    bound: BoundTemplate


@functools.lru_cache(maxsize=256)
def compile_template(source: str) -> Template:
    """Parse a template; an equal source is parsed once. Raises TemplateError with the line."""
    if len(source) > SOURCE_LIMIT:
        raise TemplateError(f"the template is longer than {SOURCE_LIMIT:,} characters")
    try:
        bound = _ENVIRONMENT.from_string(source)
        used = bound.analyze().filters
    except LiquidError as error:
        raise _template_error(error, source) from error
    for name, spans in used.items():
        if name not in _ENVIRONMENT.filters:
            raise TemplateError(f"unknown filter '{name}'", line_of(source, spans[0].index))
    return Template(source, bound)


def render(source: str, task_input: Mapping[str, object], *, sign: Sign) -> str:
    """Return the page of one task; the template sees `task.input` and nothing else.

    sign: turns a stored object's address into a short-lived URL; what it raises comes through. Raises
    TemplateError when the template is wrong or passes a limit.
    """
    bound = compile_template(source).bound
    context = Context(bound, globals={"task": {"input": task_input}})
    context.sign, context.lookups, context.deadline = sign, 0, time.thread_time() + SECONDS_LIMIT
    buffer = HtmlBuffer(OUTPUT_LIMIT, context.deadline)
    try:
        bound.render_with_context(context, buffer)
    except (LiquidError, ArithmeticError) as error:
        raise _template_error(error, source) from error
    return buffer.getvalue()


def _template_error(error: Exception, source: str) -> TemplateError:
    message = str(error.args[0]) if error.args else "the template cannot be rendered"
    token = getattr(error, "token", None)
    if token is None:
        return TemplateError(message)
    return TemplateError(*explain(message, source, token.start_index))
