"""The owners' orders on control and what they brought: conventions to rulings (log §6)."""
