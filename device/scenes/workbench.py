"""A workshop bench before a wall of tools, under a lamp and the light of a window on the left."""

from device.scenes.props import (
    DARK_STEEL,
    PALE_WOOD,
    RUBBER,
    SKIN,
    STEEL,
    block,
    drill,
    hammer,
    lift,
    mug,
    screwdriver,
    spanner,
    tin,
    toolbox,
)
from device.scenes.set import Lights, Set
from device.scenes.solids import Box, Capsule, Ellipsoid, Frustum, Point
from device.scenes.surfaces import Surface, dotted, plain, striped, wood
from device.scenes.timeline import Effect, Happening
from device.scenes.world import Eye, Lamp, Solid, Sun

WALL_Z = -0.42


def build_workbench() -> Set:
    """The bench as it should be, and what may happen to it."""
    return Set(
        eye=Eye(position=(0.12, 0.86, 1.75), target=(0.02, 0.3, -0.15), field=36),
        sun=Sun(towards=(-0.75, 0.62, 0.5), spread=0.04),
        lamp=Lamp(position=(0.44, 0.6, 0.0), size=0.06),
        lights=Lights(sky=0.42, sun=1.5, lamp=0.26),
        fixed=(*_room(), *_wall_tools(), *_lamp(), *_bench_things()),
        movable={
            "toolbox": tuple(toolbox((-0.5, 0, -0.16), "#b3261e")),
            "drill": tuple(drill((0.18, 0, -0.02), "#e0a100")),
            "mug": tuple(mug((-0.06, 0, 0.18), "#2f6f9f")),
            "arm": tuple(_arm()),
        },
        usually=frozenset({"toolbox", "drill"}),
        happenings=(
            Happening("the cordless drill is gone", without="drill"),
            Happening("somebody reaches over the bench", extra="arm"),
            Happening("smoke rises from the bench", effect=Effect.SMOKE),
            Happening("a mug was left on the bench", extra="mug"),
            Happening("the lights are off", effect=Effect.DARK),
            Happening("the red toolbox is gone", without="toolbox"),
            Happening("something covers the lens", effect=Effect.COVERED),
        ),
        smoke_from=(0.33, 0.68),
    )


def _room() -> list[Solid]:
    bench = Surface(wood("#c99a62", "#8d5f34", plank=0.17), gloss=0.05, polish=18)
    wall = Surface(plain("#c9c4b8", 0.05))
    board = Surface(dotted("#a9835a"), gloss=0.03)
    return [
        Solid(Box((0, -0.04, 0), (1.5, 0.04, 0.42)), bench),
        Solid(Box((0, 0.9, WALL_Z - 0.05), (3, 2, 0.05)), wall),
        Solid(Box((0.0, 0.56, WALL_Z + 0.008), (0.95, 0.34, 0.008)), board),
        block((0, -0.08, 0.43), (3.0, 0.09, 0.02), Surface(wood("#a8743f", "#74491f", plank=0.4))),
        *_window(),
        block((0, -0.9, -0.1), (3.2, 0.02, 3), Surface(plain("#6a6660", 0.2))),
    ]


def _window() -> list[Solid]:
    # Out of the picture on the left; all that shows of it is the light it lets through.
    frame, x = Surface(plain("#ffffff")), -1.9
    uprights = [
        Solid(Box((x, 1.4, z), (0.02, 1.6, width)), frame)
        for z, width in ((-1.35, 0.5), (0.25, 0.035), (2.9, 1.3))
    ]
    bars = [
        Solid(Box((x, y, 0), (0.02, height, 3)), frame)
        for y, height in ((0.0, 0.75), (1.75, 0.035), (4.0, 1.2))
    ]
    return uprights + bars


def _wall_tools() -> list[Solid]:
    z = WALL_Z + 0.04
    solids = [*hammer((-0.72, 0.8, z)), *hammer((-0.56, 0.8, z))]
    for number, length in enumerate((0.3, 0.26, 0.22, 0.19, 0.16)):
        solids += spanner((-0.36 + number * 0.075, 0.8, z), length)
    for number, colour in enumerate(("#b3261e", "#e0a100", "#2f6f9f", "#3c7d4b")):
        solids += screwdriver((0.12 + number * 0.07, 0.8, z), colour)
    solids.append(Solid(Capsule((-0.8, 0.835, z - 0.01), (0.75, 0.835, z - 0.01), 0.008), STEEL))
    yellow = Surface(plain("#d9b400", 0.03), gloss=0.1, polish=40)
    solids += [
        block((-0.2, 0.3, z), (0.62, 0.055, 0.022), yellow),
        block((-0.2, 0.312, z + 0.002), (0.09, 0.03, 0.022), Surface(plain("#b8d86b"), gloss=0.3)),
        block((-0.505, 0.298, z), (0.02, 0.06, 0.026), RUBBER),
        block((0.105, 0.298, z), (0.02, 0.06, 0.026), RUBBER),
        block((0.66, 0.48, z), (0.035, 0.34, 0.004), STEEL),
        block((0.57, 0.48, z), (0.2, 0.035, 0.004), STEEL),
    ]
    return solids


def _lamp() -> list[Solid]:
    enamel = Surface(plain("#2d5d50", 0.03), gloss=0.15, polish=60)
    bulb = Surface(plain("#fff4dc", 0.0), gloss=0.4)
    foot: Point = (0.72, 0, -0.22)
    return [
        Solid(Frustum(foot, 0.025, 0.09, 0.08), enamel),
        Solid(Capsule(lift(foot, y=0.03), (0.78, 0.36, -0.22), 0.011), STEEL),
        Solid(Capsule((0.78, 0.36, -0.22), (0.5, 0.7, -0.06), 0.011), STEEL),
        Solid(Ellipsoid((0.46, 0.71, -0.03), (0.1, 0.055, 0.1)), enamel),
        Solid(Ellipsoid((0.45, 0.68, -0.02), (0.045, 0.04, 0.045)), bulb),
    ]


def _bench_things() -> list[Solid]:
    boards = Surface(wood("#e3c08b", "#c0935a", plank=0.3), gloss=0.02)
    rag = Surface(striped("#7d93a8", "#5c7186", width=0.03, axis=0), gloss=0.01)
    return [
        *tin((0.5, 0, -0.27), "#d9d4c7", "#2f6f9f"),
        *tin((0.35, 0, -0.3), "#d9d4c7", "#3c7d4b", radius=0.045, height=0.11),
        block((-0.42, 0, 0.19), (0.34, 0.022, 0.1), boards, 0.12),
        block((-0.44, 0.022, 0.18), (0.3, 0.022, 0.09), boards, -0.06),
        Solid(Frustum((-0.14, 0, -0.28), 0.1, 0.038, 0.042), Surface(plain("#d8d2c4"), gloss=0.1)),
        Solid(Capsule((-0.15, 0.05, -0.28), (-0.18, 0.19, -0.29), 0.006), RUBBER),
        Solid(Capsule((-0.13, 0.05, -0.27), (-0.11, 0.2, -0.28), 0.006), PALE_WOOD),
        Solid(Capsule((-0.14, 0.05, -0.29), (-0.14, 0.18, -0.31), 0.005), STEEL),
        block((0.52, 0, 0.17), (0.2, 0.006, 0.14), rag, 0.3),
        Solid(Capsule((0.45, 0.018, 0.19), (0.58, 0.018, 0.15), 0.012), DARK_STEEL),
    ]


def _arm() -> list[Solid]:
    sleeve = Surface(plain("#40566e", 0.12), gloss=0.02)
    hand: Point = (0.02, 0.1, 0.02)
    fingers = [
        Solid(
            Capsule(
                lift(hand, -0.02 + 0.02 * n, 0.0, -0.03),
                lift(hand, -0.03 + 0.025 * n, -0.035, -0.1),
                0.011,
            ),
            SKIN,
        )
        for n in range(4)
    ]
    return [
        Solid(Capsule((0.62, 0.42, 0.95), (0.3, 0.2, 0.42), 0.075), sleeve),
        Solid(Capsule((0.3, 0.2, 0.42), (0.12, 0.15, 0.17), 0.058), sleeve),
        Solid(Capsule((0.12, 0.15, 0.17), lift(hand, 0.02, 0.01, 0.03), 0.03), SKIN),
        Solid(Ellipsoid(hand, (0.05, 0.026, 0.058)), SKIN),
        Solid(Capsule(lift(hand, -0.04, 0, 0.01), lift(hand, -0.08, -0.02, -0.04), 0.013), SKIN),
        *fingers,
    ]
