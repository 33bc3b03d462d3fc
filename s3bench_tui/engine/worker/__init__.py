"""ONE WORKER PROCESS: the loop that keeps its slots busy, and the books of what completes. The hot path."""
