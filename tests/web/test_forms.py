import pytest

from cloud.accounts.schemas import SignUpBody
from cloud.alerts.schemas import ResolveBody
from cloud.devices.schemas import ActivateBody
from cloud.kit.errors import Conflict, Malformed, Unavailable
from cloud.sharing.schemas import ShareBody
from cloud.web.forms import Form, errors_of


def form(**fields: str) -> Form:
    return Form({name: [value] for name, value in fields.items()})


def wrong_in(sent: Form, body: type = ActivateBody) -> dict[str, str]:
    with pytest.raises(Malformed) as caught:
        sent.read(body)
    return dict(errors_of(caught.value))


def test_an_empty_field_is_as_one_that_was_not_sent() -> None:
    read = form(device_id="VS-1", activation_code="", friendly_name="").read(ActivateBody)
    assert read.activation_code is None
    assert read.friendly_name is None


def test_what_is_wrong_is_said_of_each_field_in_plain_words() -> None:
    assert wrong_in(form(friendly_name="n" * 101)) == {
        "device_id": "This is needed.",
        "friendly_name": "This is too long: at most 100 characters.",
    }
    sent = form(email="anna", password="kettle lantern orchard")
    assert wrong_in(sent, SignUpBody) == {
        "email": "This is not an e-mail address. It looks like name@example.com."
    }


def test_what_is_too_short_or_too_small_is_said_so_and_only_nothing_is_called_missing() -> None:
    sent = form(share_type="device", passcode="abc", max_views="0")
    assert wrong_in(sent, ShareBody) == {
        "passcode": "Take at least 4 characters.",
        "max_views": "Take 1 or more.",
    }
    assert wrong_in(form(share_type="device", max_views="few"), ShareBody) == {
        "max_views": "This is no whole number."
    }
    assert wrong_in(form(email="   ", password="kettle lantern orchard"), SignUpBody) != {}
    assert wrong_in(form(device_id="  ")) == {"device_id": "This is needed."}


def test_a_character_that_cannot_be_stored_is_refused_at_its_field() -> None:
    assert wrong_in(form(device_id="VS\x00")) == {
        "device_id": "Holds a character that cannot be stored."
    }


def test_a_field_is_read_by_the_name_that_the_form_uses() -> None:
    assert form(**{"as": "real"}).read(ResolveBody).outcome == "real"


def test_a_problem_without_a_field_is_said_where_its_code_belongs() -> None:
    taken = Conflict("device_taken", "It is somebody's.")
    assert errors_of(taken, {"device_taken": "device_id"}) == {"device_id": "It is somebody's."}
    assert errors_of(taken) == {"form": "It is somebody's."}


def test_what_is_our_fault_is_not_said_of_the_form() -> None:
    with pytest.raises(Unavailable):
        errors_of(Unavailable("database_busy", "Busy."))
