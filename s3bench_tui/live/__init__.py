"""THE RUN BEHIND THE SCREEN: a process that keeps runs, seats before it, recordings played back. Draws nothing."""
