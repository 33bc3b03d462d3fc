"""One run against another: which seconds of each may be compared, each figure with a verdict, and what differs."""
