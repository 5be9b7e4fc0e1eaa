"""Text to a task list: outline, numbers, closings, attributions, table rows, targets, places."""
