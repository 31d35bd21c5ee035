"""Files → passages → indexes."""
