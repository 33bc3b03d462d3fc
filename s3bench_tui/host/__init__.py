"""THE MACHINE: what it is, and one sample a second of how it fares."""
