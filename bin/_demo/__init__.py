"""The demonstration: a whole Visant on this machine, played by its real parts over real HTTP."""
