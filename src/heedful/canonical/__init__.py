"""What a value is, however it is written: one spelling, matchers, identifiers, figures; Korean and English."""

from heedful.canonical.figures import Figure, figures
from heedful.canonical.identifiers import Identifier, identifiers
from heedful.canonical.matchers import Matcher, matcher
from heedful.canonical.text import Normalised, normalise, squash

__all__ = ["Figure", "Identifier", "Matcher", "Normalised", "figures", "identifiers", "matcher", "normalise", "squash"]
