"""Private. The package `weir` re-exports what is public."""
