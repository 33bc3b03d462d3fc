"""A load generator and benchmark for object and file storage that can be steered while it runs."""

__version__ = "0.1.0"
