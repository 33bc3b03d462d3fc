"""file:// and direct://: directories, through the page cache and past it."""
