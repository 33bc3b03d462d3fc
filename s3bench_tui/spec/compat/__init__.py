"""Workloads that were written for s3-bench, io-bench and sai3-bench, in the native form. Pure: data to data."""
