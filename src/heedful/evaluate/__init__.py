"""What `heedful eval` runs: sets in, figures out."""
