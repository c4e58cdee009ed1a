"""From the settings to the source they name."""

from pathlib import Path
from urllib.parse import urlsplit

from device.scenes.scene import Scene
from device.settings import Settings
from device.sources.camera import Camera, grab_from
from device.sources.folder import open_folder, open_still
from device.sources.scene import SceneSource
from device.sources.source import Source
from device.sources.spec import Kind


def open_source(settings: Settings) -> Source:
    """Raises SourceError when the source cannot be used at all."""
    place = settings.source.place
    match settings.source.kind:
        case Kind.CAMERA:
            return Camera(f"Camera {place}", grab_from(int(place)))
        case Kind.STREAM:
            return Camera(f"The stream at {urlsplit(place).hostname}", grab_from(place))
        case Kind.FOLDER:
            return open_folder(Path(place), loop=settings.loop)
        case Kind.STILL:
            return open_still(Path(place))
        case Kind.SCENE:
            return SceneSource(Scene(place, seed=settings.seed), speed=settings.speed)
