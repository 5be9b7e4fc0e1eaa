"""Tasks in tables: what each column holds, which rows are tasks, and what they say."""
