"""Views of an `Evaluation` as text, Markdown, JSON, CSV and HTML: pure functions, no number of their own."""
