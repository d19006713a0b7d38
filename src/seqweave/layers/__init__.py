"""Floor 3: contracts and layers. Tensors in, tensors out; no vocabulary, no task."""
