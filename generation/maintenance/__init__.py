"""Work of the clock: recovering what was left behind, and deleting what has expired."""
