"""A shop shelf of bottles, tins and cartons, as a camera over the opposite shelf sees it."""

from device.scenes.props import DARK_STEEL, STEEL, block, bottle, carton, lying_bottle, person, tin
from device.scenes.set import Lights, Set
from device.scenes.solids import Box, Point
from device.scenes.surfaces import Surface, labelled, plain, wood
from device.scenes.timeline import Effect, Happening
from device.scenes.world import Eye, Lamp, Solid, Sun

FLOORS = (0.32, 0.80, 1.28)
FRONT = 0.17


def build_shelf() -> Set:
    """The shelf fully stocked, and what may happen to it."""
    return Set(
        eye=Eye(position=(0.18, 1.34, 2.45), target=(0.0, 0.98, 0), field=38),
        sun=Sun(towards=(0.35, 0.75, 1.0), spread=0.12),
        lamp=Lamp(position=(-0.5, 1.98, 1.1), size=0.2),
        lights=Lights(sky=0.52, sun=0.42, lamp=0.75),
        fixed=(*_rack(), *_top_row(), *_middle_row(), *_bottom_row()),
        movable={
            "wine": tuple(bottle((-0.05, FLOORS[1], 0.1), "#5a1a22", "#f1e6cf")),
            "green": tuple(bottle((0.2, FLOORS[1], 0.1), "#1f5135", "#e9d9a0")),
            "fallen": tuple(lying_bottle((0.2, FLOORS[1], 0.12), "#1f5135", "#e9d9a0")),
            "parcel": tuple(carton((0.33, FLOORS[0], 0.12), (0.34, 0.2, 0.22), 0.2)),
            "person": tuple(
                person((-0.42, 0, 0.75), coat="#7a2f3b", trousers="#2c3442", hair="#2a1c14")
            ),
        },
        usually=frozenset({"wine", "green"}),
        happenings=(
            Happening("somebody stands before the shelf", extra="person"),
            Happening("a bottle is missing from the middle shelf", without="wine"),
            Happening("a strange carton stands on the lower shelf", extra="parcel"),
            Happening("something covers the lens", effect=Effect.COVERED),
            Happening("a bottle has fallen over", without="green", extra="fallen"),
            Happening("the lights are off", effect=Effect.DARK),
            Happening("smoke rises from the lower shelf", effect=Effect.SMOKE),
        ),
        smoke_from=(0.36, 0.86),
    )


def _rack() -> list[Solid]:
    boards = Surface(wood("#b98552", "#7c4f2a", plank=0.4), gloss=0.05, polish=20)
    wall = Surface(plain("#55616a", 0.08), gloss=0.02)
    price = Surface(plain("#f4f1e8", 0.02), gloss=0.06)
    solids = [
        Solid(Box((0, 1.5, -0.28), (4, 2.5, 0.05)), wall),
        block((0, -0.05, 0.5), (8, 0.05, 4), Surface(plain("#8c8378", 0.15), gloss=0.08)),
    ]
    for floor in (*FLOORS, 1.76):
        solids.append(block((0, floor - 0.03, 0), (2.6, 0.03, 0.46), boards))
        solids.append(block((0, floor - 0.04, 0.232), (2.6, 0.045, 0.006), STEEL))
        solids += [
            block((-1.1 + 0.31 * number, floor - 0.034, 0.237), (0.075, 0.034, 0.004), price)
            for number in range(8)
        ]
    solids += [block((x, 0, 0), (0.04, 1.9, 0.44), DARK_STEEL) for x in (-1.32, 1.32)]
    return solids


def _top_row() -> list[Solid]:
    floor = FLOORS[2]
    wares = (("#d9a441", "#7b2d26"), ("#3d6b8e", "#f3efe2"), ("#f0ead8", "#3c7d4b"))
    solids = []
    for group, (body, mark) in enumerate(wares):
        print_ = Surface(labelled(body, mark, low=0.06, high=0.16, mark=body), gloss=0.06)
        for number in range(3):
            foot: Point = (-1.12 + group * 0.62 + number * 0.165, floor, 0.08)
            solids.append(block(foot, (0.15, 0.27 - 0.03 * (group % 2), 0.1), print_))
    for number in range(4):
        solids += tin(
            (0.82 + number * 0.13, floor, FRONT - 0.07),
            "#c9c4b8",
            "#b3402e",
            radius=0.054,
            height=0.15,
        )
        solids += tin(
            (0.82 + number * 0.13, floor + 0.156, FRONT - 0.07),
            "#c9c4b8",
            "#b3402e",
            radius=0.054,
            height=0.13,
        )
    return solids


def _middle_row() -> list[Solid]:
    floor, solids = FLOORS[1], []
    for number in range(4):
        solids += bottle((-1.1 + number * 0.125, floor, 0.1), "#7a4a12", "#f6d264", height=0.28)
    for x in (-0.55, -0.425, -0.3, -0.175, 0.075):
        solids += bottle((x, floor, 0.1), "#5a1a22", "#f1e6cf")
    for x in (0.325, 0.45):
        solids += bottle((x, floor, 0.1), "#1f5135", "#e9d9a0")
    for number in range(5):
        solids += bottle(
            (0.66 + number * 0.115, floor, 0.1), "#b8cdd6", "#2f6f9f", height=0.26, radius=0.046
        )
    return solids


def _bottom_row() -> list[Solid]:
    floor, solids = FLOORS[0], []
    for number in range(5):
        solids += tin(
            (-1.08 + number * 0.16, floor, 0.08), "#d9d4c7", "#3c7d4b", radius=0.07, height=0.18
        )
    for number in range(3):
        solids += tin(
            (-1.0 + number * 0.16, floor + 0.187, 0.06),
            "#d9d4c7",
            "#3c7d4b",
            radius=0.07,
            height=0.16,
        )
    solids += carton((0.78, floor, 0.0), (0.3, 0.26, 0.3))
    solids += carton((1.1, floor, 0.02), (0.28, 0.2, 0.28))
    solids += carton((1.08, floor + 0.2, 0.0), (0.24, 0.14, 0.22), 0.1)
    return solids
