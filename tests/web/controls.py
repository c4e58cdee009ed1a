"""What can be pressed on a page, read from its markup: forms, buttons, links; and what is typed."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from cloud.web.assets import STATIC_PATH

BY_SCRIPT = {f"hx-{method}": method.upper() for method in ("get", "post", "put", "patch", "delete")}
TYPED = frozenset({"input", "select", "textarea"})
CHOSEN = frozenset({"checkbox", "radio", "file", "submit", "button"})
LEADING = {"a": "href", "img": "src", "iframe": "src"}


@dataclass(frozen=True)
class Control:
    """Something to press: the request that it would send."""

    method: str
    path: str


@dataclass
class Form:
    """A form of a page: where it goes, what is typed into it, and what it sends besides."""

    control: Control
    typed: set[str] = field(default_factory=set)
    hidden: dict[str, str] = field(default_factory=dict)


class Controls(HTMLParser):
    """Collects them from a page; what is disabled cannot be pressed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.found: set[Control] = set()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._disabled: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "fieldset" and (self._disabled or "disabled" in given):
            self._disabled.append(tag)
        if tag == "form":
            action = given.get("action") or self.page
            self._form = Form(self._control(given.get("method", "get").upper(), action))
            self.forms.append(self._form)
        if tag in TYPED and self._form and given.get("name"):
            self._note_field(self._form, given)
        if tag in {"button", "input"} and self._is_pressed(tag, given):
            self._press(given)
        for name, method in BY_SCRIPT.items():
            if given.get(name) and tag != "form":
                self.found.add(self._control(method, given[name]))
        if given.get(LEADING.get(tag, "")):
            self.found.add(self._control("GET", given[LEADING[tag]]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag == "fieldset" and self._disabled:
            self._disabled.pop()

    def _is_pressed(self, tag: str, given: dict[str, str]) -> bool:
        kind = given.get("type", "submit" if tag == "button" else "text")
        return kind == "submit" and "disabled" not in given and not self._disabled

    def _press(self, given: dict[str, str]) -> None:
        if "formaction" in given:
            self.found.add(self._control("POST", given["formaction"]))
        elif self._form:
            self.found.add(self._form.control)

    def _note_field(self, form: Form, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind == "hidden":
            form.hidden[given["name"]] = given.get("value", "")
        elif kind not in CHOSEN:
            form.typed.add(given["name"])

    def _control(self, method: str, address: str) -> Control:
        parts = urlsplit(urljoin(self.page, address))
        return Control(method, parts.path if not parts.netloc and not parts.scheme else "")


def controls_of(text: str, path: str) -> set[Control]:
    """Those that lead somewhere in the application."""
    parser = read_controls(text, path)
    return {one for one in parser.found if one.path and not one.path.startswith(STATIC_PATH)}


def forms_of(text: str, path: str) -> list[Form]:
    """Those into which something can be typed and that write."""
    forms = read_controls(text, path).forms
    return [form for form in forms if form.typed and form.control.method == "POST"]


def read_controls(text: str, path: str) -> Controls:
    parser = Controls(path)
    parser.feed(text)
    return parser
