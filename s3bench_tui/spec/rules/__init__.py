"""What a valid workload must fulfil beyond the shape of its parts: rules that span several keys."""
