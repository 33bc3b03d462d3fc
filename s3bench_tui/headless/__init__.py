"""A run without a terminal program: narration, plan, results in files, summary, exit code."""
