"""A fleet of simulated cameras in one process, against any Visant, with its books checked.

Real, the very code of the client: the spool on disk with its order, cap and gaps, the command book,
what answers and messages mean (`Settling`, `Hearing`), every waiting time, the words of uploads,
heartbeats and acknowledgements, the configuration. Modelled: the camera (a few drawn pictures, each
made unlike all others by a comment in the JPEG), threads (tasks of one event loop instead), the
network's faults, and a power cut, which ends a camera between two operations: what a cut within
one does is tried in the client's own tests. Left out: privacy masks, digital inputs, vitals.
"""
