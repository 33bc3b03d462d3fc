"""One command, one answer: health, list, stat, get, put, delete and doctor, for a shell and not for a measurement."""
