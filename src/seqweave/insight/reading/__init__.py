"""How a language model reads a text: how surprised each word finds it, where it points, what it would expect next."""
