"""Every table a person sees, laid out once: columns, and cells as functions of the evaluation.

Reports, the app and the command line choose columns by name and lines by record; none of them words a cell of its own.
Headings are written as the app shows them, in lower case; a document begins them with a capital.
"""
