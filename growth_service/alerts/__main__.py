"""`python -m growth_service.alerts`: deliver the alerts that are due; `--watch` goes on."""

import time

import click

from growth_service import alerts, config
from growth_service.alerts.webhook import Webhook
from shared_schema import logs, opening, startup


@click.command()
@click.option("--watch", is_flag=True, help="look again after so many seconds, until it is stopped")
@click.option("--every", default=10.0, show_default=True, help="the seconds between two looks")
def main(watch: bool, every: float) -> None:
    """Send what budgets of $TURSO_DATABASE_URL have reached to $GROWTH_ALERTS_URL. What fails is sent again later."""
    logs.configure()
    with startup.sentences():
        webhook = config.webhook()
    opening.configured("growth")
    _tell(webhook)
    while watch:
        time.sleep(every)
        _tell(webhook)


def _tell(webhook: Webhook) -> None:
    delivered, failed = alerts.deliver(webhook.send, int(time.time()))
    if delivered or failed:
        click.echo(f"{delivered} delivered, {failed} not delivered")


if __name__ == "__main__":
    main()
