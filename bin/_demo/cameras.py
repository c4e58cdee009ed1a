"""The cameras of the demonstration: device clients as processes, and what they are taught.

Visant learns what is normal from the operator's word alone. Here that word is given through the API
for the first pictures that show nothing unusual, as a person does with one button.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Any

from bench.verdicts import read_labels
from bin._demo.operator import Camera, Operator
from bin._demo.processes import Processes

INTERVAL_SECONDS = 1.5
REFERENCES = 12
"""How many captures of each camera are called normal, where no labels say."""

STILLS = frozenset({".jpg", ".jpeg", ".png", ".webp"})

SCENES = {
    "workbench": (
        "Workbench",
        "The tools lie in their places on the bench. Nobody is in view and nothing smokes.",
    ),
    "shelf": ("Shelf", "All boxes and bottles stand on the shelf. Nobody is in view."),
    "yard": ("Yard", "The yard is empty but for what always stands there. Nobody is in view."),
}


@dataclass
class Played:
    """One camera at work. `folder` is None where a scene is drawn."""

    camera: Camera
    process: Popen[bytes]
    folder: Path | None = None
    to_learn: frozenset[str] = frozenset()
    """The folder's files whose captures are called normal."""
    called_normal: set[str] = field(default_factory=set)

    @property
    def is_over(self) -> bool:
        return self.process.poll() is not None

    @property
    def is_taught(self) -> bool:
        wanted = REFERENCES if self.folder is None else len(self.to_learn)
        return len(self.called_normal) >= wanted

    def teach(self, operator: Operator, captures: list[dict[str, Any]]) -> bool:
        """Call captures normal until there are enough; whether there are now."""
        fresh = [
            capture["record_id"]
            for capture in captures
            if self._shows_normal(capture["metadata"])
            and capture["record_id"] not in self.called_normal
        ]
        if self.folder is None:
            fresh = fresh[: REFERENCES - len(self.called_normal)]
        if fresh:
            operator.call_normal(fresh)
            self.called_normal.update(fresh)
        return self.is_taught

    def _shows_normal(self, metadata: Mapping[str, Any]) -> bool:
        """By the folder's labels, or by what the drawn scene says of itself."""
        if self.folder is not None:
            return metadata.get("file") in self.to_learn
        return bool(metadata.get("truth", {}).get("state") == "normal")


def play_scene(processes: Processes, operator: Operator, scene: str, interval: float) -> Played:
    name, description = SCENES[scene]
    camera = operator.add_camera(name, description)
    return Played(camera, _start(processes, camera, f"scene:{scene}", interval))


def play_folder(processes: Processes, operator: Operator, folder: Path, interval: float) -> Played:
    camera = operator.add_camera(folder.name, _description_of(folder))
    process = _start(processes, camera, f"folder:{folder}", interval)
    return Played(camera, process, folder, _files_to_learn(folder))


def _start(processes: Processes, camera: Camera, source: str, interval: float) -> Popen[bytes]:
    arguments = ["-m", "device", "run", "--key-file", str(camera.key_file), "--source", source]
    arguments += ["--spool", str(processes.folder / f"spool-{camera.device_id}")]
    arguments += ["--interval", str(interval)]
    return processes.start(f"camera-{camera.device_id}", arguments)


def _description_of(folder: Path) -> str:
    about = folder / "camera.json"
    said = json.loads(about.read_text()) if about.exists() else {}
    return str(said.get("normal_description") or "Everything looks as in the first pictures.")


def _files_to_learn(folder: Path) -> frozenset[str]:
    """The first quarter's normal stills where there are labels, else the first few."""
    if (folder / "labels.csv").exists():
        labels = read_labels(folder)
        return frozenset(one.file for one in labels[: len(labels) // 4] if one.state == "normal")
    stills = sorted(one.name for one in folder.iterdir() if one.suffix.lower() in STILLS)
    return frozenset(stills[:REFERENCES])
