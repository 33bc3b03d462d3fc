"""WHERE the bytes go: one module for each backend, and what they share."""
