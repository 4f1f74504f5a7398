"""Markdown as models write it: what the parser adds to CommonMark, and how each element becomes HTML."""
