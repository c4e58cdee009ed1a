import json
import logging

import pytest

from cloud.kit.ids import new_secret
from cloud.kit.logs import get_logger
from tests.kit.log_lines import logs

PREFIXES = ("vdk_", "vsh_", "vst_", "vrt_", "vot_", "vml_", "whsec_")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_secret_is_blanked_wherever_it_stands(prefix: str) -> None:
    secret, library = new_secret(prefix), logging.getLogger("library")
    with logs() as said:
        log = get_logger("test")
        log.info("happened", token=secret, text=f"with {secret} in it")
        log.info("happened", headers={"a": f"Bearer {secret}"}, listed=[secret, (secret,)])
        library.warning("saw %s", secret)
        library.warning("saw it", extra={"request": {"key": secret}})
    assert len(said.getvalue().splitlines()) == 4
    assert secret[4:] not in said.getvalue()


@pytest.mark.parametrize("as_json", [True, False])
def test_a_secret_in_an_error_is_blanked(*, as_json: bool) -> None:
    secret = new_secret("vdk_")
    with logs(as_json=as_json) as said:
        try:
            fail(secret)
        except RuntimeError:
            get_logger("test").exception("failed")
            logging.getLogger("library").exception("failed")
    assert said.getvalue().count("no such key vdk_…") == 2
    assert secret[4:] not in said.getvalue()


def fail(secret: str) -> None:
    raise RuntimeError(f"no such key {secret}")


@pytest.mark.parametrize(
    "address",
    [
        "/reset-password?token=abcdefgh12345678",
        "/verify-email?a=b&token=abcdefgh12345678",
        "/s/abcdefgh12345678",
        "/api/s/abcdefgh12345678/images/1",
    ],
)
def test_a_token_in_an_address_is_blanked(address: str) -> None:
    with logs() as said:
        get_logger("test").info("asked", url=f"https://visant.example{address}")
    assert "asked" in said.getvalue()
    assert "abcdefgh12345678" not in said.getvalue()


def test_a_line_says_when_where_and_what() -> None:
    with logs() as said:
        get_logger("room").info("capture_received", bytes=3)
    document = json.loads(said.getvalue())
    assert document.pop("timestamp").endswith("Z")
    assert document == {"event": "capture_received", "bytes": 3, "level": "info", "logger": "room"}
