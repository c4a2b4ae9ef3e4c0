"""The KPIs: every file of this folder is one."""

from importlib import import_module
from pkgutil import iter_modules

from quality.kpis.base import Figure, Kpi

for module in iter_modules(__path__):
    import_module(f"{__name__}.{module.name}")

__all__ = ["Figure", "Kpi"]
