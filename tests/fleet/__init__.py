"""Agents and controllers in processes of their own, against ends that are made from the description of s3-bench alone."""
