"""Readers: networks that plain text has taught what tokens mean where they stand, one file each."""
