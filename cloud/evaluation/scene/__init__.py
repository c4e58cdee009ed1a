"""Looking at a picture before anybody is paid to: can it be judged, and is it known already."""
