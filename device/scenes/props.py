"""Things that stand about in scenes, each a few solids, placed by the middle of its foot."""

from device.scenes.solids import Box, Capsule, Ellipsoid, Frustum, Point
from device.scenes.surfaces import Surface, labelled, plain, striped, wood
from device.scenes.world import Solid

STEEL = Surface(plain("#aab0b6", 0.08), gloss=0.35, polish=60)
DARK_STEEL = Surface(plain("#4a4f55", 0.1), gloss=0.25, polish=40)
RUBBER = Surface(plain("#24262a", 0.1), gloss=0.04, polish=10)
PALE_WOOD = Surface(wood("#e0bb83", "#b98a4e", plank=0.5), gloss=0.03)
SKIN = Surface(plain("#c98f6b", 0.05), gloss=0.03, polish=8)


def lift(foot: Point, x: float = 0, y: float = 0, z: float = 0) -> Point:
    """The foot moved by so many metres."""
    return foot[0] + x, foot[1] + y, foot[2] + z


def block(foot: Point, size: Point, surface: Surface, yaw: float = 0) -> Solid:
    """A box standing on its foot, by its whole size."""
    width, height, depth = size
    middle = lift(foot, y=height / 2)
    return Solid(Box(middle, (width / 2, height / 2, depth / 2), yaw), surface)


def tin(
    foot: Point, body: str, label: str, *, radius: float = 0.055, height: float = 0.13
) -> list[Solid]:
    """A paint tin with a label and a steel lid."""
    paint = Surface(labelled(body, label, low=0.02, high=height - 0.02), gloss=0.12, polish=50)
    return [
        Solid(Frustum(foot, height, radius, radius), paint),
        Solid(Frustum(lift(foot, y=height), 0.006, radius * 0.96, radius * 0.92), STEEL),
    ]


def mug(foot: Point, colour: str) -> list[Solid]:
    """A coffee mug with its handle to the right."""
    glaze = Surface(plain(colour, 0.02), gloss=0.16, polish=80)
    coffee = Surface(plain("#2b1508"), gloss=0.1, polish=60)
    return [
        Solid(Frustum(foot, 0.1, 0.042, 0.046), glaze),
        Solid(Frustum(lift(foot, y=0.1), 0.001, 0.039, 0.039), coffee),
        Solid(Capsule(lift(foot, 0.045, 0.08), lift(foot, 0.075, 0.075), 0.008), glaze),
        Solid(Capsule(lift(foot, 0.075, 0.075), lift(foot, 0.075, 0.035), 0.008), glaze),
        Solid(Capsule(lift(foot, 0.075, 0.035), lift(foot, 0.043, 0.025), 0.008), glaze),
    ]


def toolbox(foot: Point, colour: str, yaw: float = 0) -> list[Solid]:
    """A steel toolbox with a handle and two clasps."""
    coat = Surface(plain(colour, 0.05), gloss=0.14, polish=40)
    return [
        block(foot, (0.44, 0.14, 0.2), coat, yaw),
        block(lift(foot, y=0.142), (0.45, 0.05, 0.21), coat, yaw),
        block(lift(foot, y=0.136), (0.446, 0.008, 0.206), RUBBER, yaw),
        Solid(Capsule(lift(foot, -0.1, 0.235), lift(foot, 0.1, 0.235), 0.012), RUBBER),
        Solid(Capsule(lift(foot, -0.1, 0.19), lift(foot, -0.1, 0.235), 0.009), STEEL),
        Solid(Capsule(lift(foot, 0.1, 0.19), lift(foot, 0.1, 0.235), 0.009), STEEL),
        block(lift(foot, -0.12, 0.11, 0.104), (0.035, 0.06, 0.012), STEEL, yaw),
        block(lift(foot, 0.12, 0.11, 0.104), (0.035, 0.06, 0.012), STEEL, yaw),
    ]


def drill(foot: Point, colour: str) -> list[Solid]:
    """A cordless drill standing on its battery, pointing left."""
    coat = Surface(plain(colour, 0.03), gloss=0.08, polish=30)
    return [
        block(foot, (0.12, 0.05, 0.075), RUBBER),
        Solid(Capsule(lift(foot, 0.01, 0.06), lift(foot, 0.025, 0.17), 0.024), coat),
        Solid(Capsule(lift(foot, 0.06, 0.2), lift(foot, -0.06, 0.2), 0.036), coat),
        Solid(Capsule(lift(foot, -0.07, 0.2), lift(foot, -0.12, 0.2), 0.024), DARK_STEEL),
        Solid(Capsule(lift(foot, -0.13, 0.2), lift(foot, -0.21, 0.2), 0.005), STEEL),
        Solid(Ellipsoid(lift(foot, 0.08, 0.2), (0.03, 0.037, 0.037)), RUBBER),
    ]


def hammer(top: Point) -> list[Solid]:
    """A claw hammer hanging by its head."""
    return [
        Solid(Capsule(lift(top, y=-0.02), lift(top, y=-0.3), 0.014), PALE_WOOD),
        Solid(Capsule(lift(top, -0.055), lift(top, 0.02), 0.018), DARK_STEEL),
        Solid(Capsule(lift(top, 0.02), lift(top, 0.075, -0.025), 0.011), DARK_STEEL),
    ]


def spanner(top: Point, length: float) -> list[Solid]:
    """A ring spanner hanging down."""
    return [
        Solid(Capsule(top, lift(top, y=-length), 0.009), STEEL),
        Solid(Ellipsoid(top, (0.024, 0.024, 0.01)), STEEL),
        Solid(Ellipsoid(lift(top, y=-length), (0.02, 0.026, 0.01)), STEEL),
    ]


def screwdriver(top: Point, colour: str) -> list[Solid]:
    """A screwdriver hanging with its handle up."""
    grip = Surface(plain(colour, 0.02), gloss=0.15, polish=60)
    return [
        Solid(Capsule(top, lift(top, y=-0.09), 0.016), grip),
        Solid(Capsule(lift(top, y=-0.09), lift(top, y=-0.22), 0.004), STEEL),
    ]


def carton(foot: Point, size: Point, yaw: float = 0) -> list[Solid]:
    """A cardboard box with a strip of tape over its top."""
    card = Surface(plain("#b98d5b", 0.08), gloss=0.02)
    tape = Surface(plain("#d8c29a", 0.03), gloss=0.12, polish=50)
    width, height, depth = size
    return [
        block(foot, size, card, yaw),
        block(lift(foot, y=height), (width * 1.001, 0.002, depth * 0.16), tape, yaw),
        block(
            lift(foot, y=height * 0.72), (width * 1.004, height * 0.28, depth * 0.161), tape, yaw
        ),
    ]


def bottle(
    foot: Point, glass: str, label: str, *, height: float = 0.3, radius: float = 0.042
) -> list[Solid]:
    """A bottle with shoulder, neck and cap."""
    body = height * 0.6
    glazed = Surface(labelled(glass, label, low=0.03, high=body - 0.02), gloss=0.14, polish=90)
    clear = Surface(plain(glass, 0.02), gloss=0.16, polish=90)
    return [
        Solid(Frustum(foot, body, radius, radius), glazed),
        Solid(Frustum(lift(foot, y=body), height * 0.16, radius, radius * 0.38), clear),
        Solid(
            Frustum(lift(foot, y=height * 0.75), height * 0.18, radius * 0.38, radius * 0.34), clear
        ),
        Solid(
            Frustum(lift(foot, y=height * 0.92), height * 0.08, radius * 0.42, radius * 0.42),
            Surface(plain(label), gloss=0.1),
        ),
    ]


def lying_bottle(foot: Point, glass: str, label: str) -> list[Solid]:
    """A bottle on its side, its neck to the right."""
    clear = Surface(plain(glass, 0.02), gloss=0.16, polish=90)
    paper = Surface(plain(label, 0.03), gloss=0.03)
    return [
        Solid(Capsule(lift(foot, -0.1, 0.042), lift(foot, 0.05, 0.042, 0.02), 0.042), clear),
        Solid(
            Capsule(lift(foot, -0.06, 0.042, 0.004), lift(foot, 0.0, 0.042, 0.013), 0.0435), paper
        ),
        Solid(Capsule(lift(foot, 0.08, 0.042, 0.024), lift(foot, 0.17, 0.04, 0.036), 0.016), clear),
    ]


def person(foot: Point, *, coat: str, trousers: str, hair: str, facing: float = 1) -> list[Solid]:
    """Somebody 1.75 m tall walking along x; `facing` 1 walks right, -1 left."""
    jacket = Surface(plain(coat, 0.1), gloss=0.02)
    cloth = Surface(plain(trousers, 0.1), gloss=0.02)
    crown = Surface(plain(hair, 0.15), gloss=0.06, polish=12)

    def at(x: float, y: float, z: float = 0) -> Point:
        return lift(foot, x * facing, y, z)

    return [
        Solid(Capsule(at(0.2, 0.1, 0.09), at(0.1, 0.48, 0.09), 0.065), cloth),
        Solid(Capsule(at(0.1, 0.48, 0.09), at(0, 0.88, 0.08), 0.085), cloth),
        Solid(Capsule(at(-0.24, 0.12, -0.09), at(-0.06, 0.48, -0.09), 0.065), cloth),
        Solid(Capsule(at(-0.06, 0.48, -0.09), at(0, 0.88, -0.08), 0.085), cloth),
        Solid(Ellipsoid(at(0.25, 0.05, 0.09), (0.14, 0.05, 0.055)), RUBBER),
        Solid(Ellipsoid(at(-0.22, 0.06, -0.09), (0.14, 0.055, 0.055)), RUBBER),
        Solid(Ellipsoid(at(0, 1.02), (0.14, 0.2, 0.185)), jacket),
        Solid(Ellipsoid(at(0.01, 1.25), (0.145, 0.24, 0.215)), jacket),
        Solid(Capsule(at(0, 1.4, 0.21), at(-0.13, 1.12, 0.25), 0.055), jacket),
        Solid(Capsule(at(-0.13, 1.12, 0.25), at(0.02, 0.92, 0.25), 0.045), jacket),
        Solid(Capsule(at(0, 1.4, -0.21), at(0.12, 1.13, -0.25), 0.055), jacket),
        Solid(Capsule(at(0.12, 1.13, -0.25), at(0.28, 1.0, -0.23), 0.045), jacket),
        Solid(Ellipsoid(at(0.04, 0.87, 0.25), (0.05, 0.06, 0.035)), SKIN),
        Solid(Ellipsoid(at(0.33, 0.98, -0.23), (0.06, 0.05, 0.035)), SKIN),
        Solid(Capsule(at(0, 1.42), at(0.02, 1.52), 0.055), SKIN),
        Solid(Ellipsoid(at(0.03, 1.63), (0.095, 0.12, 0.08)), SKIN),
        Solid(Ellipsoid(at(-0.005, 1.67), (0.098, 0.105, 0.09)), crown),
    ]


def pallet(foot: Point, boards: int = 5) -> list[Solid]:
    """A wooden pallet, 1.2 by 0.8 metres."""
    rails = [block(lift(foot, z=z), (1.2, 0.1, 0.09), PALE_WOOD) for z in (-0.34, 0, 0.34)]
    steps = [-0.53 + 1.06 * number / (boards - 1) for number in range(boards)]
    return rails + [block(lift(foot, x=x, y=0.1), (0.16, 0.025, 0.8), PALE_WOOD) for x in steps]


def wheelie_bin(foot: Point, colour: str) -> list[Solid]:
    """A refuse bin with a lid, seen from its front."""
    shell = Surface(striped(colour, colour, width=0.5), gloss=0.07, polish=14)
    return [
        block(lift(foot, y=0.06), (0.56, 0.86, 0.58), shell),
        block(lift(foot, y=0.92), (0.62, 0.06, 0.68), shell),
        block(lift(foot, y=0.82), (0.6, 0.1, 0.62), shell),
        Solid(Capsule(lift(foot, -0.25, 0.1, -0.28), lift(foot, -0.19, 0.1, -0.28), 0.1), RUBBER),
        Solid(Capsule(lift(foot, 0.19, 0.1, -0.28), lift(foot, 0.25, 0.1, -0.28), 0.1), RUBBER),
    ]
