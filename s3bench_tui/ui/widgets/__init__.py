"""Parts of screens, one widget a module."""
