"""Imported by every Python process that tests start, because this folder is on its path."""

import fence

fence.close()
