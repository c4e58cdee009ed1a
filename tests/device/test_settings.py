import json
from pathlib import Path

import pytest

from device.commandline import OPTIONS, PairFlags, read_flags
from device.flags import Flags, SettingsError
from device.settings import Settings, read_settings

KEY = "vdk_abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text(KEY + "\n")
    return path


def read(*arguments: str, **environment: str) -> Settings:
    flags = read_flags(["run", *arguments], environment)
    assert isinstance(flags, Flags)
    return read_settings(flags)


def usual_variables(key_file: Path) -> dict[str, str]:
    return {
        "VISANT_URL": "http://v",
        "VISANT_KEY_FILE": str(key_file),
        "VISANT_DEVICE_ID": "U-1",
        "VISANT_SOURCE": "scene:yard",
    }


def read_with(key_file: Path, *arguments: str) -> Settings:
    usual = {"--url": "https://v.example", "--device-id": "U-1", "--source": "scene:yard"}
    given = dict(zip(arguments[::2], arguments[1::2], strict=True))
    flags = [part for pair in (usual | given).items() for part in pair]
    return read("--key-file", str(key_file), *flags)


def test_flags_are_read(key_file: Path) -> None:
    given = ["--interval", "1.5", "--spool", "here", "--width", "640", "--warmup", "0.5"]
    settings = read_with(key_file, *given)
    assert settings.identity.key == KEY
    assert settings.identity.url == "https://v.example"
    assert (settings.interval, settings.spool, settings.width) == (1.5, Path("here"), 640)
    assert settings.warmup == 0.5
    assert (settings.height, settings.frames_limit, settings.seed) == (None, None, 0)
    assert settings.spool_cap_bytes == 2 * 1024**3


@pytest.mark.parametrize(
    "url",
    [
        "https://v.example/",
        "http://pi_4.local:8000",
        "http://[::1]:8000",
        "https://m\u00fcller.example",
        "https://v.example./visant",
    ],
)
def test_every_address_that_can_be_called_is_taken(key_file: Path, url: str) -> None:
    assert read_with(key_file, "--url", url).identity.url == url.rstrip("/")


def test_the_environment_stands_in_for_flags_and_flags_win(key_file: Path) -> None:
    settings = read(
        "--interval",
        "9",
        VISANT_URL="http://10.0.0.2:8000/",
        VISANT_KEY_FILE=str(key_file),
        VISANT_DEVICE_ID="U-2",
        VISANT_SOURCE="camera:0",
        VISANT_INTERVAL="60",
    )
    assert settings.identity.url == "http://10.0.0.2:8000"
    assert settings.identity.device_id == "U-2"
    assert settings.interval == 9


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("VISANT_INTERVAL", "often", "VISANT_INTERVAL often: that must be a number from 0.1"),
        ("VISANT_URL", "visant.example", "VISANT_URL visant.example is not an address"),
        ("VISANT_SOURCE", "webcam", "VISANT_SOURCE webcam: that names no source"),
        ("VISANT_KEY_FILE", "none", "VISANT_KEY_FILE none cannot be read"),
        ("VISANT_INPUT", "wire", "VISANT_INPUT wire: that names no input"),
        ("VISANT_LOOP", "perhaps", "VISANT_LOOP perhaps: say 1 for yes or 0 for no"),
    ],
)
def test_a_wrong_variable_is_named_as_the_variable(
    key_file: Path, variable: str, value: str, sentence: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        read(**usual_variables(key_file) | {variable: value})
    assert str(raised.value).startswith(sentence)


def test_an_address_from_the_key_file_is_named_as_such(tmp_path: Path) -> None:
    said = {"device_id": "U-3", "device_key": KEY, "api_url": "visant"}
    (tmp_path / "key.json").write_text(json.dumps(said))
    with pytest.raises(SettingsError, match="The key file's api_url visant is not an address"):
        read("--key-file", str(tmp_path / "key.json"), "--source", "scene:shelf")


def test_an_empty_variable_counts_as_none(key_file: Path) -> None:
    names = [line[0].replace("-", "_").upper() for line in OPTIONS]
    empty = {f"VISANT_{name}": "" for name in [*names, "ONCE", "LOOP"]}
    settings = read(**empty | usual_variables(key_file))
    assert (settings.input, settings.interval, settings.loop) == (None, None, False)
    assert settings.frames_limit is None


@pytest.mark.parametrize(("value", "holds"), [("1", True), ("yes", True), ("0", False)])
def test_once_and_loop_are_said_by_variables_too(
    key_file: Path, value: str, *, holds: bool
) -> None:
    settings = read(**usual_variables(key_file), VISANT_ONCE=value, VISANT_LOOP=value)
    assert settings.loop is holds
    assert settings.frames_limit == (1 if holds else None)


def test_pairing_is_told_by_variables_too() -> None:
    said = {"VISANT_URL": "http://v", "VISANT_KEY_FILE": "k"}
    assert read_flags(["pair", "--code", "7K3M"], said) == PairFlags("http://v", "7K3M", "k")
    with pytest.raises(SettingsError, match=r"--url https://… \(or VISANT_URL\)"):
        read_flags(["pair", "--code", "7K3M"], {"VISANT_URL": ""})


def test_help_names_the_variable_of_each_flag(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_flags(["run", "--help"], {})
    told = capsys.readouterr().out
    for flag in [*(line[0] for line in OPTIONS), "once", "loop"]:
        assert f"VISANT_{flag.replace('-', '_').upper()}" in told


@pytest.mark.parametrize("text", ["rtsp:/me:secret@10.0.0.9/a", "rtps://me:sec@ret@10.0.0.9"])
def test_a_wrong_source_shows_no_password(key_file: Path, text: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read_with(key_file, "--source", text)
    assert "…@10.0.0.9" in str(raised.value)
    assert "sec" not in str(raised.value)


def test_a_json_key_file_needs_no_other_flag(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    said = {"device_id": "U-3", "device_key": KEY, "api_url": "https://v.example"}
    path.write_text(json.dumps(said))
    identity = read("--key-file", str(path), "--source", "scene:shelf").identity
    assert (identity.device_id, identity.key, identity.url) == ("U-3", KEY, "https://v.example")


def test_once_is_a_limit_of_one(key_file: Path) -> None:
    assert read("--once", **usual_variables(key_file)).frames_limit == 1


@pytest.mark.parametrize(
    ("flag", "value", "sentence"),
    [
        ("--url", "visant.example", "--url visant.example is not an address"),
        ("--url", "ftp://visant.example", "is not an address"),
        ("--url", "https://me:pw@visant.example", "--url holds a name or password"),
        ("--url", "http://[abc", "--url http://[abc is not an address"),
        ("--url", "http://127.0.0.1:abc", "is not an address"),
        ("--url", "http://127.0.0.1:99999", "is not an address"),
        ("--url", "http://127.0.0.1:0", "is not an address"),
        ("--url", "http://a..b", "is not an address"),
        ("--url", "http://a b", "is not an address"),
        ("--url", "http://v.example\n.other", "is not an address"),
        ("--url", "https://v.example?y=1", "holds more than an address"),
        ("--url", "https://v.example/#top", "holds more than an address"),
        ("--device-id", "../x", "an id has only letters, digits, - and _"),
        ("--source", "webcam", "that names no source"),
        ("--source", "camera:99999999999999999999", "a camera is named by its number"),
        ("--source", "camera:front", "a camera is named by its number"),
        ("--source", "scene:moon", "choose one of workbench, shelf, yard"),
        ("--source", "file:/etc/passwd", "that names no source"),
        ("--source", "picamera:front", "the first one being picamera:0"),
        ("--backend", "directx", "--backend directx: choose one of any, v4l2, ffmpeg, gstreamer"),
        ("--output", "gpio:x", "--output gpio:x: that names no output; use gpio:17"),
        ("--output", "lamp", "that names no output"),
        ("--input", "gpio:seven", "--input gpio:seven: that names no input"),
        ("--input", "gpio:", "that names no input"),
        ("--input", "wire:7", "that names no input"),
        ("--interval", "often", "--interval often: that must be a number from 0.1 to 86400"),
        ("--interval", "nan", "that must be a number"),
        ("--interval", "0", "that must be a number from 0.1"),
        ("--frames-limit", "0", "--frames-limit 0: that must be a whole number from 1"),
        ("--speed", "0", "--speed 0: that must be a number of at least 0.01"),
        ("--seed", "-1", "--seed -1: that must be a whole number from 0"),
        ("--spool-cap", "none", "--spool-cap none: that must be a number of at least 1"),
        ("--width", "99999", "--width 99999: that must be a whole number from 160 to 8192"),
        ("--height", "tall", "--height tall: that must be a whole number from 120 to 8192"),
        ("--quality", "101", "--quality 101: that must be a whole number from 30 to 100"),
        ("--warmup", "31", "--warmup 31: that must be a number from 0 to 30"),
        ("--seed", "\u00b2", "that must be a whole number from 0"),
    ],
)
def test_a_wrong_flag_is_answered_by_a_sentence(
    key_file: Path, flag: str, value: str, sentence: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        read_with(key_file, flag, value)
    assert sentence in str(raised.value)


@pytest.mark.parametrize("source", ["camera:0", "rtsp://10.0.0.9/stream"])
def test_a_real_camera_may_not_be_hurried(key_file: Path, source: str) -> None:
    with pytest.raises(SettingsError, match=r"every 7 seconds at most; shorter .* folder:"):
        read_with(key_file, "--source", source, "--interval", "6.9")
    assert read_with(key_file, "--source", source, "--interval", "7").interval == 7


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "holds no device key; one begins with vdk_"),
        ("secret", "holds no device key"),
        ("vdk_a\nvdk_b", "holds no device key"),
        ("{", "begins like JSON but is not"),
        ('{"device_id": "U"}', "holds no device key"),
    ],
)
def test_a_wrong_key_file_is_answered_by_a_sentence(
    tmp_path: Path, content: str, sentence: str
) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    with pytest.raises(SettingsError) as raised:
        read_with(path)
    assert sentence in str(raised.value)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="none cannot be read: No such file"):
        read_with(tmp_path / "none")


def test_what_is_missing_is_asked_for(key_file: Path) -> None:
    for flags, sentence in (
        ((), "Say what to look at"),
        (("--source", "scene:yard"), "Say where the device key is"),
        (("--source", "scene:yard", "--key-file", str(key_file)), "Say where Visant is"),
    ):
        with pytest.raises(SettingsError, match=sentence):
            read(*flags)
    with pytest.raises(SettingsError, match="Say which camera this is"):
        read("--source", "scene:yard", "--key-file", str(key_file), "--url", "http://x")


def test_the_key_does_not_show_when_settings_are_printed(key_file: Path) -> None:
    assert KEY not in repr(read_with(key_file))
