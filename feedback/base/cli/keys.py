"""The key file."""

import click
from flask.cli import with_appcontext

from feedback.base.adapters.keys import PURPOSES, rotate_key
from feedback.base.runtime import settings

ROTATED = [purpose for purpose in PURPOSES if purpose != "contact_half"]


@click.group("keys")
def keys() -> None:
    """密钥文件。"""


@keys.command("rotate")
@click.argument("purpose", type=click.Choice(ROTATED))
@with_appcontext
def rotate(purpose: str) -> None:
    """给用途 PURPOSE 换一把新密钥；旧的留着读以前的内容。换好后请备份密钥文件；换 session 时还要重新启动服务。"""
    key_id = rotate_key(settings().keys_file, purpose)
    click.echo(f"新密钥 {key_id} 已写入，请备份密钥文件。")
