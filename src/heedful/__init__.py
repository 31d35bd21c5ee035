"""heedful: answers a company's customers from its help content and what each has agreed to share."""

__version__ = "0.1.0"
