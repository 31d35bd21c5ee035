"""One vendor each; only `assemble` names them."""
