"""What a workload file can say: the parts of the model, from values to the whole."""
