import pytest

from cloud.kit.accepting import wants_document, wants_page


@pytest.mark.parametrize(
    ("accept", "page", "document"),
    [
        ("", False, False),
        ("*/*", False, False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True, False),
        ("application/json, text/plain, */*", False, True),
        ("application/json, text/html;q=0.5", False, True),
        ("application/json;q=0.4, text/html;q=0.5", True, False),
        ("application/json, text/html", True, False),
        ("application/problem+json", False, True),
        ("TEXT/HTML", True, False),
        ("text/html;q=0", False, False),
        ("text/html;level=1;q=0.2, application/json; q=0.3", False, True),
        (",;,q=", False, False),
    ],
)
def test_what_is_named_first_is_wanted(
    accept: str,
    page: bool,  # noqa: FBT001  # columns of the table
    document: bool,  # noqa: FBT001
) -> None:
    assert (wants_page(accept), wants_document(accept)) == (page, document)
