"""Texts that would become markup, or run, wherever a page does not escape them."""

from html.parser import HTMLParser

CLOSERS = ["", '"', "'", ">", '">', "'>", "`", "-->", "--!>", "]]>"]
ENDINGS = ["</title>", "</textarea>", "</script>", "</style>", "</svg>", "</option>", "</time>"]
PAYLOADS = [
    *[f"{closer}<hostile>" for closer in CLOSERS],
    *[f"{closer} hostile=1 " for closer in CLOSERS],
    *[f"{ending}<hostile>" for ending in ENDINGS],
    "<hostile",
    "<hostile/src=x onerror=alert(1)>",
    "<svg/onload=alert('hostile')>",
    "<img src=x onerror=alert('hostile')>",
    "<a href=javascript:hostile>",
    "javascript:hostile",
    "{{ 'hostile' * 2 }}",
    "{% print 'hostile' * 2 %}",
    "&lt;hostile&gt;<hostile>",
    "<!--<hostile>",
    "<\x0bhostile>",
    "\u202e<hostile>",
    "＜hostile＞<hostile>",
]
ALL_AT_ONCE = " seen ".join(PAYLOADS)


class Injections(HTMLParser):
    """Finds what of a page's markup nobody of us wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag.startswith("hostile"):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            address = name in {"href", "src", "action"} and (value or "").strip().lower()
            if name.startswith(("hostile", "on")) or str(address).startswith("javascript:"):
                self.found.append(f"<{tag} {name}={value!r}>")


def injected_into(page: str) -> list[str]:
    parser = Injections()
    parser.feed(page)
    parser.close()
    evaluated = ["a template in it was run"] if "hostilehostile" in page else []
    return [*parser.found, *evaluated]
