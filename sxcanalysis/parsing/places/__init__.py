"""Administrative units and named places in the words of a task."""
