"""ONE RUN: the engine process, its workers, its phases, its books and its end."""
