"""Burden under counting rules, duties, what tasks state, and what changed between editions."""
