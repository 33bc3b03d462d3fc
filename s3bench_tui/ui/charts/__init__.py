"""Charts in glyphs: pure rasterisers, and thin widgets over them."""
