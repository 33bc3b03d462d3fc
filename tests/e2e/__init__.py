"""The whole program in processes of its own, seen from outside: exit codes, signals, streams and files."""
