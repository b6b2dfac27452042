"""The operator's commands: their modules are loaded when one of them is asked for, and by no process that serves."""

import click
from flask.cli import AppGroup


class OperatorGroup(AppGroup):
    """Flask's own group, which looks at what there is only when somebody does."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all, in the order of the alphabet."""
        self._load()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One of them, if there is one of that name."""
        self._load()
        return super().get_command(ctx, cmd_name)

    def _load(self) -> None:
        from feedback.assembly.commands import GROUPS

        for group in GROUPS:
            self.add_command(group)
