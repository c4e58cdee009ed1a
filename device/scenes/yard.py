"""The yard behind a brick workshop: a roller door, bins, pallets and a fence in the sun."""

from device.scenes.props import (
    DARK_STEEL,
    RUBBER,
    STEEL,
    block,
    carton,
    pallet,
    person,
    wheelie_bin,
)
from device.scenes.set import Lights, Set
from device.scenes.solids import Box, Capsule, Ellipsoid, Frustum, Point
from device.scenes.surfaces import Surface, bricks, ground, plain, striped, wood
from device.scenes.timeline import Effect, Happening
from device.scenes.world import Eye, Lamp, Solid, Sun

WALL_Z = -3.0


def build_yard() -> Set:
    """The yard closed and tidy, and what may happen in it."""
    return Set(
        eye=Eye(position=(2.6, 3.3, 6.6), target=(-0.1, 0.75, -1.3), field=40),
        sun=Sun(towards=(1.0, 0.85, 0.45), spread=0.02),
        lamp=Lamp(position=(-0.6, 2.75, -2.6), size=0.1),
        lights=Lights(sky=0.5, sun=1.9, lamp=0.12),
        fixed=(*_ground(), *_building(), *_fence(), *_things(), *_greenery()),
        movable={
            "bin": tuple(wheelie_bin((1.95, 0, -2.2), "#2f5d3a")),
            "parcel": tuple(carton((-0.4, 0, 0.3), (0.75, 0.5, 0.6), 0.4)),
            "person": tuple(
                person((0.5, 0, -0.5), coat="#c2571a", trousers="#29324a", hair="#1d1511")
            ),
            "car": tuple(_van((-0.5, 0, 0.2))),
        },
        usually=frozenset({"bin"}),
        happenings=(
            Happening("a person is in the yard", extra="person"),
            Happening("a box was left in the yard", extra="parcel"),
            Happening("smoke rises beside the building", effect=Effect.SMOKE),
            Happening("a van stands before the door", extra="car"),
            Happening("it is dark and the yard light is off", effect=Effect.DARK),
            Happening("the green bin is gone", without="bin"),
            Happening("something covers the lens", effect=Effect.COVERED),
        ),
        smoke_from=(0.2, 0.52),
    )


def _ground() -> list[Solid]:
    asphalt = Surface(ground("#6f6e6e", patches=0.5, grit=0.13), gloss=0.02)
    paint = Surface(ground("#d8d4c4", patches=0.2, grit=0.3))
    slab = Surface(ground("#a9a59b", patches=0.12, grit=0.14))
    return [
        Solid(Box((0, -0.5, 0), (30, 0.5, 30)), asphalt),
        block((-1.2, 0.0, -2.55), (3.6, 0.05, 0.9), slab),
        *[block((x, 0.001, 0.9), (0.09, 0.003, 3.6), paint) for x in (-2.6, 0.2, 3.0)],
        Solid(Frustum((1.1, 0.0, 1.1), 0.012, 0.33, 0.33), DARK_STEEL),
    ]


def _building() -> list[Solid]:
    wall = Surface(bricks("#8f5a47", "#a59c90"))
    trim = Surface(plain("#d5d0c4", 0.06))
    door = Surface(striped("#9fb0bb", "#5f6f7a", width=0.13), gloss=0.08, polish=16)
    glass = Surface(plain("#26323c", 0.1), gloss=0.3, polish=200)
    side = Surface(plain("#35506b", 0.05), gloss=0.1, polish=30)
    return [
        Solid(Box((-1.0, 1.75, WALL_Z - 2), (4.4, 1.75, 2)), wall),
        block((-1.0, 3.5, WALL_Z - 1.9), (9.1, 0.16, 4.5), Surface(plain("#4a4d52"), gloss=0.05)),
        block((-1.2, 0.05, WALL_Z + 0.03), (2.7, 2.4, 0.06), door),
        block((-1.2, 2.45, WALL_Z + 0.06), (2.9, 0.26, 0.14), trim),
        *[block((x, 0.05, WALL_Z + 0.05), (0.1, 2.4, 0.12), trim) for x in (-2.6, 0.2)],
        block((0.95, 0.02, WALL_Z + 0.03), (0.9, 2.1, 0.06), side),
        block((0.95, 1.3, WALL_Z + 0.045), (0.5, 0.5, 0.06), glass),
        Solid(Capsule((1.3, 1.02, WALL_Z + 0.1), (1.3, 1.14, WALL_Z + 0.1), 0.02), STEEL),
        block((2.4, 1.35, WALL_Z + 0.02), (1.0, 0.85, 0.06), trim),
        block((2.4, 1.4, WALL_Z + 0.035), (0.88, 0.74, 0.06), glass),
        block((2.4, 1.4, WALL_Z + 0.05), (0.04, 0.74, 0.06), trim),
        Solid(Frustum((3.2, 0, WALL_Z + 0.08), 3.5, 0.05, 0.05), DARK_STEEL),
        block((-1.2, 2.86, WALL_Z + 0.1), (0.34, 0.12, 0.22), DARK_STEEL),
        Solid(Ellipsoid((-1.2, 2.85, WALL_Z + 0.16), (0.12, 0.04, 0.08)), STEEL),
    ]


def _fence() -> list[Solid]:
    timber = Surface(wood("#a58b6a", "#74593c", plank=0.3, along=1, across=0), gloss=0.01)
    solids = [
        block((3.42 + number * 0.31, 0.05, -3.4), (0.28, 1.75, 0.03), timber)
        for number in range(14)
    ]
    hedge = Surface(ground("#40602f", patches=0.5, grit=0.45), gloss=0.01)
    solids += [
        Solid(
            Ellipsoid((-7.2 - 0.3 * n, 0.75, -6.4 + 1.25 * n), (1.0, 1.25 + 0.1 * (n % 2), 0.95)),
            hedge,
        )
        for n in range(7)
    ]
    solids += [block((5.5, y, -3.43), (4.4, 0.09, 0.05), timber) for y in (0.4, 1.4)]
    return solids


def _things() -> list[Solid]:
    blue = Surface(plain("#2f5f8a", 0.06), gloss=0.12, polish=24)
    solids = [*wheelie_bin((2.75, 0, -2.2), "#4a4d50")]
    for level in range(4):
        solids += pallet((-4.1, level * 0.135, -2.0))
    for number in range(2):
        foot: Point = (-3.1 + number * 0.75, 0, -2.4 + 0.1 * number)
        solids.append(Solid(Frustum(foot, 0.88, 0.29, 0.29), blue))
        solids += [
            Solid(Frustum((foot[0], y, foot[2]), 0.03, 0.305, 0.305), blue)
            for y in (0.28, 0.58, 0.86)
        ]
    solids += [
        Solid(
            Frustum((x, 0, -0.75), 0.9, 0.06, 0.06),
            Surface(striped("#d9b400", "#2a2a2a", width=0.3, edge=0.5)),
        )
        for x in (-3.0, 0.62)
    ]
    return solids


def _greenery() -> list[Solid]:
    leaf = Surface(ground("#4a6b36", patches=0.5, grit=0.45), gloss=0.01)
    pot = Surface(plain("#a5603f", 0.1), gloss=0.02)
    solids = [Solid(Frustum((1.55, 0, -2.62), 0.4, 0.17, 0.23), pot)]
    tufts = (
        (0, 0.62, 0, 0.28),
        (-0.13, 0.55, 0.08, 0.2),
        (0.14, 0.56, 0.06, 0.2),
        (0.02, 0.85, -0.02, 0.2),
    )
    solids += [
        Solid(Ellipsoid((1.55 + x, y, -2.62 + z), (r, r * 0.95, r)), leaf) for x, y, z, r in tufts
    ]
    crowns = (
        (5.0, 2.0, -6.6, 1.1),
        (5.8, 2.9, -7.0, 1.2),
        (6.7, 2.1, -6.4, 1.2),
        (7.4, 3.3, -7.4, 1.3),
        (8.2, 2.2, -6.7, 1.2),
        (4.3, 1.6, -6.9, 0.8),
        (6.2, 1.3, -6.2, 0.9),
        (-9.5, 2.4, -12.0, 1.9),
        (-11.5, 2.0, -11.0, 1.7),
        (-7.6, 1.9, -13.0, 1.6),
    )
    solids += [Solid(Ellipsoid((x, y, z), (r, r * 0.9, r)), leaf) for x, y, z, r in crowns]
    return solids


def _van(foot: Point) -> list[Solid]:
    coat = Surface(plain("#e4e6e8", 0.02), gloss=0.14, polish=60)
    glass = Surface(plain("#1c252d", 0.05), gloss=0.35, polish=200)
    red, white = Surface(plain("#c02a1c"), gloss=0.2), Surface(plain("#fff6e0"), gloss=0.3)
    x, _, z = foot
    solids = [
        block((x, 0.32, z), (3.2, 1.1, 1.6), coat),
        block((x - 0.25, 1.42, z), (2.7, 0.5, 1.5), coat),
        block((x + 1.68, 0.32, z), (0.5, 0.66, 1.56), coat),
        block((x + 0.62, 1.36, z + 0.77), (0.85, 0.45, 0.012), glass),
        block((x + 1.1, 1.2, z), (0.06, 0.6, 1.4), glass, 0.0),
        block((x, 0.5, z + 0.805), (3.2, 0.07, 0.01), RUBBER),
        block((x - 1.61, 0.8, z + 0.68), (0.03, 0.3, 0.12), red),
        block((x + 1.935, 0.6, z + 0.58), (0.03, 0.16, 0.26), white),
    ]
    for wheel in (x - 1.0, x + 1.15):
        solids.append(Solid(Ellipsoid((wheel, 0.34, z + 0.74), (0.34, 0.34, 0.12)), RUBBER))
        solids.append(Solid(Ellipsoid((wheel, 0.34, z + 0.84), (0.17, 0.17, 0.04)), STEEL))
    return solids
