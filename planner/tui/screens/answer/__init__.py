"""Answer: the page that opens every report."""
