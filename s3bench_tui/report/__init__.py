"""WHAT is left after a run: records, the report folded from them, and its forms."""
