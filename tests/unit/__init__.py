"""Tests of one sort; see the folder's name."""
