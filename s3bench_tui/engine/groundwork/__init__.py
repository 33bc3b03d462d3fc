"""BEFORE AND AFTER the load: targets opened, data sets looked for, noted, completed and taken away. Never timed."""
