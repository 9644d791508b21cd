"""What a convention must be before it loads: coherence, promises, duties that can be met."""
