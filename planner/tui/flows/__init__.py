"""What takes more than one step: files, comparisons, explanations, what leaves the app."""
