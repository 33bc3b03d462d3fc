"""What the load generator itself costs, beside its peers and beside a floor: ratios of one run on one machine.

Run `python -m benchmarks --help` in the folder of the project.
"""
