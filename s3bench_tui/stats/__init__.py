"""NUMBERS: histograms and tallies. Pure."""
