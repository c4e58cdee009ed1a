"""A drawn bench with a few things on it, photographed by an unsteady, noisy camera."""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

WIDTH, HEIGHT = 640, 480
MUG = (300, 250, 70, 90)  # x, y, width, height in pixels


def draw_bench(*, mug: bool = False, box: bool = True) -> Picture:
    """A wall, a wooden bench, a box and a disc; with `mug`, something that does not belong."""
    picture = np.full((HEIGHT, WIDTH, 3), (150, 160, 165), np.uint8)
    cv2.rectangle(picture, (0, 300), (WIDTH, HEIGHT), (60, 95, 140), -1)
    for x in range(0, WIDTH, 45):
        cv2.line(picture, (x, 300), (x - 60, HEIGHT), (45, 75, 115), 2)
    cv2.rectangle(picture, (40, 60), (220, 160), (90, 110, 90), 3)
    cv2.circle(picture, (130, 110), 35, (60, 60, 160), -1)
    if box:
        cv2.rectangle(picture, (430, 220), (580, 360), (40, 70, 190), -1)
        cv2.rectangle(picture, (430, 270), (580, 290), (230, 230, 230), -1)
    if mug:
        x, y, width, height = MUG
        cv2.rectangle(picture, (x, y), (x + width, y + height), (190, 120, 30), -1)
        cv2.ellipse(picture, (x + width, y + height // 2), (22, 26), 0, -90, 90, (190, 120, 30), 9)
        cv2.ellipse(picture, (x + width // 2, y), (width // 2, 12), 0, 0, 360, (235, 200, 150), -1)
    return picture


def draw_clutter(seed: int) -> Picture:
    """The bench with other things in other places for every seed."""
    dice = np.random.default_rng(seed)
    picture = draw_bench()
    for _ in range(12):
        middle = (int(dice.integers(0, WIDTH)), int(dice.integers(0, HEIGHT)))
        colour = tuple(int(part) for part in dice.integers(0, 255, 3))
        cv2.circle(picture, middle, int(dice.integers(20, 60)), colour, -1)
    return picture


def photograph(picture: Picture, seed: int, *, gain: float = 1.0, noise: float = 3.0) -> bytes:
    """A JPEG of the picture: shifted by a pixel or so, brightened by `gain`, with sensor noise."""
    dice = np.random.default_rng(seed)
    right, down = dice.normal(0, 0.7, 2)
    shift = np.array([[1, 0, right], [0, 1, down]], np.float32)
    height, width = picture.shape[:2]
    moved = cv2.warpAffine(picture, shift, (width, height), borderMode=cv2.BORDER_REPLICATE)
    lit = np.asarray(moved, np.float32) * gain + dice.normal(0, noise, picture.shape)
    _, jpeg = cv2.imencode(".jpg", np.clip(lit, 0, 255).astype(np.uint8), [1, 88])
    return bytes(jpeg)
