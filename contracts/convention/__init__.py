"""The convention: the file, its model, its checks, its tables and its sentences."""
