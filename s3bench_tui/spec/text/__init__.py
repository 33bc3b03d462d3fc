"""A workload file as text: where each key of it stands, how it is changed, and how its faults are worded."""
