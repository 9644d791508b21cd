"""Reading a convention file: YAML nodes with their lines, closed fields, the grammar of duties."""
