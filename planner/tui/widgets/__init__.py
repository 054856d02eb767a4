"""Small widgets; each chart is a pure function from values to rows of text, and a thin widget over it."""
