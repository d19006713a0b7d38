"""Floor 5: whole networks. A network never sees a vocabulary or a metric."""
