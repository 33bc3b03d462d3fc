"""The fleet over Dask: an agent in one worker of every host of a cluster that is there, and the controller's way to it."""
