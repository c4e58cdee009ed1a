import numpy as np
import pytest

from device.scenes.solids import Box, Capsule, Ellipsoid, Floats, Frustum, Shape

SHAPES = (
    Box((0.2, 0.1, -0.3), (0.5, 0.4, 0.3), 0.6),
    Ellipsoid((0.1, 0, 0), (0.6, 0.3, 0.4)),
    Capsule((-0.3, -0.2, 0), (0.4, 0.3, 0.2), 0.25),
    Frustum((0, -0.5, 0), 1.0, 0.5, 0.3),
)


def column(*values: float) -> Floats:
    return np.array(values, np.float32)[:, None]


def rays(count: int = 500) -> tuple[Floats, Floats]:
    """Rays from a sphere of radius 3 towards the middle, with some scatter."""
    dice = np.random.default_rng(2)
    start = dice.standard_normal((3, count)).astype(np.float32)
    start *= 3 / np.linalg.norm(start, axis=0)
    return start, (-start / 3 + dice.normal(0, 0.1, (3, count))).astype(np.float32)


@pytest.mark.parametrize("shape", SHAPES)
def test_rays_meet_the_surface_where_its_normal_faces_them(shape: Shape) -> None:
    start, way = rays()
    far = shape.meet(start, way)
    met = np.isfinite(far)
    assert 100 < met.sum() < 500
    points = start[:, met] + way[:, met] * far[met]
    normal = shape.normal(points)
    assert np.allclose(np.linalg.norm(normal, axis=0), 1, atol=1e-3)
    assert ((normal * way[:, met]).sum(axis=0) < 1e-3).all()
    assert (shape.away(points) < 1e-3).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_the_bounds_hold_the_shape(shape: Shape) -> None:
    start, way = rays()
    far = shape.meet(start, way)
    met = np.isfinite(far)
    middle, radius = shape.bounds()
    points = start[:, met] + way[:, met] * far[met]
    assert (np.linalg.norm(points - column(*middle), axis=0) <= radius + 1e-3).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_a_grown_shape_is_met_sooner_by_every_ray(shape: Shape) -> None:
    start, way = rays()
    far, sooner = shape.meet(start, way), shape.grown(0.1).meet(start, way)
    met = np.isfinite(far)
    assert (sooner[met] < far[met]).all()


def test_a_ray_straight_down_meets_the_lid_of_a_box() -> None:
    box = Box((0, 0.5, 0), (1, 0.5, 1))
    assert box.meet(column(0.2, 3, 0.1), column(0, -1, 0)) == pytest.approx(2)
    assert box.normal(column(0.2, 1, 0.1)).ravel().tolist() == [0, 1, 0]


def test_what_lies_behind_is_not_met() -> None:
    for shape in SHAPES:
        assert np.isinf(shape.meet(column(0, 0, 5), column(0, 0, 1))).all()
