"""What you see: the terminal program. The only code that draws with Textual."""
