"""Quantities in the words of a task, and which of them are targets."""
