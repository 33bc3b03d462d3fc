"""`client: sdk`: the load through the vendors' own SDKs, to show what applications see."""
