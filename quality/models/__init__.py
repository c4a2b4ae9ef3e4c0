from quality.models.cell import Cell
from quality.models.fact import CaseFact
from quality.models.stay import Stay
from quality.models.target import Target

__all__ = ["CaseFact", "Cell", "Stay", "Target"]
