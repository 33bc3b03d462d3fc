"""The fleet over gRPC: agents that listen, the controller's links to them, who may ask, and s3-bench's own interface."""
