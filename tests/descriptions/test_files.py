"""Descriptions that come as files, over HTTP."""

from typing import Any

import httpx2
import pytest

from tests.devices.arranging import Signed

Files = list[tuple[str, tuple[str, bytes, str]]]


def files(*named: tuple[str, bytes]) -> Files:
    return [("files", (name, content, "text/plain")) for name, content in named]


async def send(owner: Signed, path: str, sent: Files, **form: str) -> httpx2.Response:
    return await owner.client.post(f"{path}/upload", files=sent, data=form)


async def test_files_are_put_together_in_the_order_in_which_they_were_sent(
    owner: Signed, path: str
) -> None:
    sent = files(("b.md", "\ufeff# Bänke\r\nClear.\r\n".encode()), ("a.txt", b"The lamp is on."))
    answer = await send(owner, path, sent, name="Two files", note="From the hall")
    assert answer.status_code == 201, answer.text
    written: dict[str, Any] = answer.json()
    assert written["text"] == "# Bänke\nClear.\n\nThe lamp is on."
    assert written["files"] == [
        {"name": "b.md", "characters": 14},
        {"name": "a.txt", "characters": 15},
    ]
    assert (written["name"], written["note"], written["is_active"]) == (
        "Two files",
        "From the hall",
        True,
    )


async def test_the_whole_text_and_each_file_can_be_had_back(owner: Signed, path: str) -> None:
    await send(owner, path, files(("a.md", b"Clear."), ("b.md", b"The lamp is on.")))
    assert (await owner.client.get(f"{path}/1/download")).text == "Clear.\n\nThe lamp is on."
    second = await owner.client.get(f"{path}/1/download", params={"file": 2})
    assert second.text == "The lamp is on."
    assert second.headers["content-disposition"].endswith('-normal-1-2.md"')
    third = await owner.client.get(f"{path}/1/download", params={"file": 3})
    assert (third.status_code, third.json()["code"]) == (404, "description_not_found")


async def test_a_name_keeps_no_folder_and_no_control_character(owner: Signed, path: str) -> None:
    answer = await send(owner, path, files(("C:\\secret\\../x\u202e.md", b"Clear.")))
    assert answer.json()["files"][0]["name"] == "x .md"


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (files(("a.pdf", b"Clear.")), 415, "description_file_unsupported"),
        (files(("a", b"Clear.")), 415, "description_file_unsupported"),
        (files(("a.md", b"\xff\xfe")), 422, "description_file_unreadable"),
        (files(("a.md", b"Cl\x00ear")), 422, "description_file_unreadable"),
        (files(("a.md", b" \n")), 422, "description_file_unreadable"),
        (files(("a.md", b"Clear."), ("b.md", b"")), 422, "description_file_unreadable"),
        (files(("a.md", b"x" * 20_001)), 413, "description_too_large"),
        (files(("a.md", b"x" * 80_001)), 413, "description_too_large"),
        (files(("a.md", b"x" * 10_000), ("b.md", b"x" * 10_000)), 413, "description_too_large"),
        (files(*[("a.md", b"x")] * 11), 422, "request_malformed"),
        (files(("a.md", b"x" * 1_100_000)), 413, "body_too_large"),
    ],
)
async def test_what_is_no_description_is_refused_and_nothing_is_kept(
    owner: Signed, path: str, sent: Files, status: int, code: str
) -> None:
    answer = await send(owner, path, sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await owner.client.get(path)).json()["items"] == []


async def test_the_most_and_the_longest_are_taken(owner: Signed, path: str) -> None:
    answer = await send(owner, path, files(*[("a.md", ("ü" * 1998).encode())] * 10))
    assert answer.status_code == 201, answer.text
    assert len(answer.json()["text"]) == 19_998
