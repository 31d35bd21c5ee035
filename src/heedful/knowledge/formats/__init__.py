"""One file per format: the bytes of a file → the entries in it, each an article before it has an address."""
