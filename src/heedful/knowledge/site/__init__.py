"""A web site → a folder of its pages, which the sync reads like any other folder."""
