"""Questions and notices that lie over a screen."""
