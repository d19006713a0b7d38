"""Elementwise recurrences over time: one signature, three implementations, the choice among them in choice.py.

| file | what it is | when |
|---|---|---|
| reference.py | a loop over positions in torch, differentiated by autograd; tests the others | anywhere |
| cpu.py | numba: one pass over memory forward and one backward | on a CPU, with the extra `fast` |
| gpu.py | Triton: the same two passes | on a GPU |
"""
