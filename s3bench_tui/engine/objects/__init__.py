"""WHICH objects there are: keys, sizes and content, each computed from an index or drawn; nothing stored per key."""
