"""The forms in which results are written: JSON, plain text, Markdown, tables and logs that other tools read."""
