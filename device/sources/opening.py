"""From the settings to the source they name."""

from pathlib import Path
from urllib.parse import urlsplit

from device.scenes.scene import Scene
from device.settings import Settings
from device.sources.camera import Camera, grab_from
from device.sources.folder import open_folder, open_still
from device.sources.pi_camera import find_way, grab_from_pi
from device.sources.scene import SceneSource
from device.sources.source import Source
from device.sources.spec import Kind


def open_source(settings: Settings) -> Source:
    """Raises SourceError when the source cannot be used at all."""
    place = settings.source.place
    match settings.source.kind:
        case Kind.CAMERA:
            return Camera(f"Camera {place}", grab_from(int(place), settings.backend))
        case Kind.PI_CAMERA:
            way = find_way()
            return Camera(f"The Pi camera {place} ({way})", grab_from_pi(int(place), way))
        case Kind.STREAM:
            name = f"The stream at {urlsplit(place).hostname}"
            return Camera(name, grab_from(place, settings.backend))
        case Kind.FOLDER:
            return open_folder(Path(place), loop=settings.loop)
        case Kind.STILL:
            return open_still(Path(place))
        case Kind.SCENE:
            return SceneSource(Scene(place, seed=settings.seed), speed=settings.speed)
