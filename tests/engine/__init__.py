"""Whole runs of the engine against servers and stores that know the answer another way."""
