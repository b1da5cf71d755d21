"""What wires the four apps together, and helpers without models. Importing this package needs only Python."""
