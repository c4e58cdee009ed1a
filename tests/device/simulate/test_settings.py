from dataclasses import replace
from pathlib import Path

import pytest

from device.commandline import read_flags
from device.flags import SettingsError
from device.identity import Identity
from device.simulate.flags import SimulateFlags
from device.simulate.keys import add_key, read_keys
from device.simulate.plan import USUAL_SHARES, Fault
from device.simulate.settings import read_faults, read_fleet_settings

OPERATOR = {"VISANT_OPERATOR_EMAIL": "op@x.test", "VISANT_OPERATOR_PASSWORD": "very secret"}


def flags(*arguments: str) -> SimulateFlags:
    read = read_flags(["simulate", "--url", "http://127.0.0.1:1", "--keys", "k", *arguments], {})
    assert isinstance(read, SimulateFlags)
    return read


def test_a_rate_is_captures_in_a_minute_of_each_camera() -> None:
    settings = read_fleet_settings(flags("--rate", "4", "--minutes", "3", "--devices", "7"), {})
    assert (settings.run.interval, settings.run.seconds, settings.devices) == (15, 180, 7)


def test_faults_are_named_with_or_without_a_share() -> None:
    assert read_faults("none") == {}
    assert read_faults("all") == USUAL_SHARES
    assert read_faults("drops=0.3, offline") == {Fault.DROPS: 0.3, Fault.OFFLINE: 0.2}


@pytest.mark.parametrize("text", ["meteor", "drops=2", "drops=often", ""])
def test_a_fault_that_makes_no_sense_is_named(text: str) -> None:
    with pytest.raises(SettingsError, match="--faults"):
        read_faults(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [("devices", "0"), ("rate", "0"), ("minutes", "x"), ("seed", "-1"), ("patience", "0")],
)
def test_a_number_that_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"--{name}"):
        read_fleet_settings(replace(flags(), **{name: value}), {})


def test_asking_needs_an_operator() -> None:
    with pytest.raises(SettingsError, match="--asks needs an operator"):
        read_fleet_settings(flags("--asks", "5"), {})
    assert read_fleet_settings(flags("--asks", "5"), OPERATOR).asks == 5


def test_half_an_operator_is_an_error_and_the_password_never_shows() -> None:
    with pytest.raises(SettingsError, match="VISANT_OPERATOR_PASSWORD"):
        read_fleet_settings(flags(), {"VISANT_OPERATOR_EMAIL": "op@x.test"})
    assert "very secret" not in repr(read_fleet_settings(flags(), OPERATOR))


def test_keys_that_were_added_are_read_again_and_are_the_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    assert read_keys(path, "http://x") == []
    made = [Identity("http://x", f"VS-{n}", f"vdk_{n}") for n in range(2)]
    for identity in made:
        add_key(path, identity)
    assert read_keys(path, "http://x") == made
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("line", ["{", "[]", '{"device_id": "VS-1"}', '{"device_key": "vdk_1"}'])
def test_a_line_that_is_no_key_is_an_error(tmp_path: Path, line: str) -> None:
    (tmp_path / "keys").write_text(line)
    with pytest.raises(SettingsError):
        read_keys(tmp_path / "keys", "http://x")
