import pytest

from device.sources.spec import Kind, SourceSpec, parse_source


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("camera:2", SourceSpec(Kind.CAMERA, "2")),
        ("picamera", SourceSpec(Kind.PI_CAMERA, "0")),
        ("picamera:1", SourceSpec(Kind.PI_CAMERA, "1")),
        ("rtsp://10.0.0.9/live", SourceSpec(Kind.STREAM, "rtsp://10.0.0.9/live")),
        ("http://10.0.0.9/mjpeg", SourceSpec(Kind.STREAM, "http://10.0.0.9/mjpeg")),
        ("folder:/a/b:c", SourceSpec(Kind.FOLDER, "/a/b:c")),
        ("still:x.jpg", SourceSpec(Kind.STILL, "x.jpg")),
        ("scene:yard", SourceSpec(Kind.SCENE, "yard")),
    ],
)
def test_a_source_is_named_by_one_line(text: str, spec: SourceSpec) -> None:
    assert parse_source(text) == spec


@pytest.mark.parametrize(
    "text", ["", "camera", "camera:", "rtsp:", "rtsp://", "exec:rm", "0", "picamera:", "stream:x"]
)
def test_anything_else_names_no_source(text: str) -> None:
    with pytest.raises(ValueError, match="names no source"):
        parse_source(text)


def test_only_what_no_camera_is_behind_is_simulated() -> None:
    assert not parse_source("camera:0").is_simulated
    assert not parse_source("rtsp://10.0.0.9/live").is_simulated
    assert parse_source("folder:x").is_simulated
