"""An organization as a whole, over all rooms: who leaves it, taking everything along, its end."""
