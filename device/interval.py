"""When the next capture is due by the camera's own interval. Pure decisions."""


def next_due(due: float, interval: float, now: float) -> float:
    """The next due moment on the grid of the last one, in the same seconds as the arguments.

    Moments that passed meanwhile (a slow camera, a sleeping laptop) are skipped, never made up
    for in a burst.
    """
    if now < due + interval:
        return due + interval
    return due + interval * ((now - due) // interval + 1)
