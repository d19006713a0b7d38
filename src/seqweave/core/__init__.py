"""Floor 0: errors, registry, configuration, events and safe files. Knows no tensor."""
