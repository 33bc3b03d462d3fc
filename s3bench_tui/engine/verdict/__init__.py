"""WHAT limited the run: the evidence, and the sentence that it comes to. Knows no processes."""
