"""Boundaries and their check, the register of projects and where they lie, lengths and areas."""
