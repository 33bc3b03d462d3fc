"""Real servers on loopback for tests: each module has `serve(directory, ...)`, a context manager that yields a running one.

They know nothing of the program under test. Every server is started by the test session that uses it, on free
ports and in a temporary directory, and is ended by its pid.
"""
