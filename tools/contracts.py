"""An import contract that lint-imports lacks: a room may import these, and nothing else."""

from __future__ import annotations

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class AllowListContract(Contract):
    """The modules below ``source`` import nothing of ours beyond ``allowed_modules``."""

    type_name = "allow_list"

    source: Any = fields.ModuleField()
    allowed_modules: Any = fields.ListField(subfield=fields.ModuleField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Return whether the contract holds, and the imports that break it."""
        ours = {module.partition(".")[0] for module in self.session_options["root_packages"]}
        room = {self.source.name, *graph.find_descendants(self.source.name)}
        allowed = room | {module.name for module in self.allowed_modules}
        broken = sorted(
            f"{importer} -> {imported}"
            for importer in room
            for imported in graph.find_modules_directly_imported_by(importer)
            if imported.partition(".")[0] in ours and imported not in allowed
        )
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print the imports that break the contract."""
        for line in check.metadata["broken"]:
            output.print_error(line, bold=False)
