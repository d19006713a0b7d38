"""Floor 7: a recipe, the run it becomes, and the ready recipes of published systems.

Here tasks, models, training and insight are put together; nowhere else. Modules that must answer before torch is
imported (`paths`, `folder`) import nothing above floor 1.
"""
