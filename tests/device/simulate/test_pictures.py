import numpy as np

from device.simulate.pictures import add_comment
from tests.device.pictures import decode, jpeg


def test_a_comment_changes_the_bytes_and_not_a_pixel() -> None:
    plain = jpeg()
    spoken = {add_comment(plain, f"picture {number}") for number in range(5)}
    assert len(spoken) == 5
    assert all(np.array_equal(decode(one), decode(plain)) for one in spoken)
