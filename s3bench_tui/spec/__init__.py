"""WHAT to run: the workload model, its files and its checks. Pure: touches no store and no clock."""
