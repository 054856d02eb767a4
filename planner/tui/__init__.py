"""The app: a view of one `Evaluation`, and the edits that lead to the next one."""
