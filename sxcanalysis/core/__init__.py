"""Errors told to a person, where the data lie, and writing files whole or not at all."""
