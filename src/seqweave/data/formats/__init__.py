"""File formats, one file each: a file becomes rows of named fields with their lines; a task picks the fields."""
