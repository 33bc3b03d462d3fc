"""Parts of the Results screen: what is pure, and widgets of its own."""
