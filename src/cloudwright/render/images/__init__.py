"""Where images are distributed and who may use them: matrix and fan-out."""

from __future__ import annotations
