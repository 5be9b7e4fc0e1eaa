"""Charts of tasks, bodies, burdens and targets."""
