"""Errors told to a person, where the data lie, what is being done, and writing files whole or not at all."""
