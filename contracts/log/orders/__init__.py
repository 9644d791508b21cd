"""The owners' orders on control, and what they brought: conventions, directories, layouts, rulings, successions (log §6)."""
