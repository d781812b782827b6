"""The configuration of a service."""

from dataclasses import dataclass, field

from shared_schema.database.settings import Settings

GOOGLE = "https://accounts.google.com"
GOOGLE_KEYS = "https://www.googleapis.com/oauth2/v3/certs"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who may vouch for people: an OpenID Connect issuer, the address of its keys, and our ids as its clients.

    Without a client id nobody can sign in. `access_s` and `refresh_s` are how long our own tokens live.
    """

    client_ids: tuple[str, ...] = ()
    issuer: str = GOOGLE
    keys_url: str = GOOGLE_KEYS
    access_s: int = 900
    refresh_s: int = 30 * 86400


@dataclass(frozen=True, slots=True)
class Config:
    """`service` is `study` or `growth`. `token_keys` maps key ids to secrets and is left out of the repr."""

    service: str
    port: int
    host: str
    database: Settings
    token_keys: dict[str, str] = field(repr=False)
    sign_in: SignIn = SignIn()
