"""Runnable stand-ins of every outside system; shares no code with the connectors they stand for."""
