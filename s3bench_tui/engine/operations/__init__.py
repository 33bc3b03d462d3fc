"""WHAT comes next: the mix, the sources behind its lines, and what is known of what they made."""
