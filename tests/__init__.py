"""Tests: behaviour through the public face."""
