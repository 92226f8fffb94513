"""`hearth certificate`: the certificate for HTTPS at home, made or renewed where it has to be, and told about."""

from __future__ import annotations

from pathlib import Path

import click

from app.commands import options
from app.core.errors import Invalid
from app.settings import load_settings
from app.tls.files import files_of, fingerprint


@click.command()
@click.option("--quiet", is_flag=True, help="Say only what somebody has to know.")
@options.data_dir
def certificate(quiet: bool, data_dir: Path | None) -> None:
    """Make or renew the certificate of this house, and say how far it reaches."""
    from app.tls.authority import names_in
    from app.tls.keeping import keep_certificates

    settings = load_settings(data_dir=data_dir)
    if settings.tls_cert:
        raise Invalid(f"HTTPS is served from {settings.tls_cert}, which HEARTH_TLS_CERT names; Hearth makes no other.")
    kept = keep_certificates(settings)
    if kept.left_out:
        click.echo(
            f"The certificate does not hold for {', '.join(kept.left_out)}: when its authority was made, this machine "
            "was not called so. Without tls_authority.pem in secrets/ another one is made, which each device has to "
            "trust anew."
        )
    if quiet:
        return
    names = names_in(kept.server.certificate)
    click.echo(f"It holds for {', '.join([*sorted(names.dns), *sorted(map(str, names.addresses))])}.")
    click.echo(f"It lasts until {kept.server.certificate.not_valid_after_utc:%d %B %Y} and is renewed before.")
    click.echo(f"Devices trust it by its authority: {files_of(settings).authority}")
    click.echo(f"Fingerprint (SHA-256): {fingerprint(kept.authority.public().decode())}")
