"""Which keys press what: each key stands as an attribute on what it presses.

keys.js presses by these attributes and keys-dialog.js lists them, so what is listed is what works.
Somebody may switch single characters off, as speech and some hands press them by mistake (WCAG
2.1.4); keys such as Escape and the arrows go on working.
"""

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

THEN = ","
"""Between two keys that are pressed one after the other."""


@pass_context
def pressed_by(context: Context, *keys: str) -> Markup:
    """The attributes of what any of these keys presses: `j`, `ArrowRight`, or `g,c` in turn."""
    working = [key for key in keys if _works(context, key)]
    if not working:
        return Markup()
    # What is pressed in turn has no spelling in ARIA, and its plus joins keys.
    at_once = [key.replace("+", "Plus") for key in working if THEN not in key]
    told = Markup(' aria-keyshortcuts="{}"').format(" ".join(at_once)) if at_once else Markup()
    return Markup('data-key="{}"{}').format(" ".join(working), told)


@pass_context
def key_hint(context: Context, key: str) -> Markup:
    """The key as it stands on a button, where it works."""
    if not _works(context, key):
        return Markup()
    return Markup('<kbd class="key" aria-hidden="true">{}</kbd>').format(key)


def _works(context: Context, key: str) -> bool:
    is_character = len(key.partition(THEN)[0]) == 1
    return bool(context["frame"].single_keys) or not is_character
