"""HOW the load is made and measured: coordinator, workers, and the shared memory between them."""
