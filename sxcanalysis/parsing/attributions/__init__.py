"""Who answers for a task: the grammar of attributions, the names in them, and where a text closes a task with one."""
