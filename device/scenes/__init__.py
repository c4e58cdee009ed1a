"""Drawn scenes for demonstrations and tests: small worlds of solids under drifting daylight.

A world is built of a few solids (`solids`), painted (`surfaces`), traced once per state of its
objects (`tracer`), and photographed at each moment through a slightly unsteady lens (`lens`).
Scripted events come and go on a timeline (`timeline`). Everything follows from seed and time, and
every picture says that it is simulated.
"""
