"""The terminal program, driven by keys over scripted words of a run."""
