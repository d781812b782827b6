"""The words of questions, posts and replies: enough of them that a search has something to tell apart."""

from tests.benchmarks.scale.writing import scatter

_THINGS = (
    "router", "switch", "firewall", "load balancer", "hypervisor", "container", "cluster", "database", "message queue",
    "cache", "proxy", "gateway", "storage array", "backup", "certificate", "directory service", "name server",
    "mail relay", "access point", "sensor", "pipeline", "registry", "scheduler", "volume", "snapshot", "tunnel",
    "subnet", "route table", "security group", "identity provider", "token service", "audit trail", "log collector",
    "monitoring agent", "build server", "repository", "package mirror", "print server", "time server", "jump host",
)  # fmt: skip
_VERBS = (
    "replicates", "encrypts", "filters", "forwards", "balances", "resolves", "authenticates", "throttles", "archives",
    "restores", "migrates", "isolates", "inspects", "compresses", "rotates", "revokes", "provisions", "patches",
    "indexes", "mirrors", "drains", "quarantines", "signs", "validates", "schedules",
)  # fmt: skip
_PLACES = (
    "a branch office", "two regions", "a data centre", "a public subnet", "an isolated network", "a test environment",
    "a regulated tenant", "a factory floor", "a hospital ward", "a school campus", "a mobile fleet", "a cold site",
    "a shared account", "a remote warehouse", "an air gap", "a hybrid cloud",
)  # fmt: skip
_AIMS = (
    "latency", "cost", "durability", "availability", "throughput", "compliance", "recovery time", "confidentiality",
    "integrity", "capacity", "isolation", "traceability",
)  # fmt: skip
_TAGS = ("networking", "security", "storage", "identity", "monitoring", "automation", "recovery", "pricing")


def question(number: int) -> str:
    """The text of a question, like no other of the bank."""
    thing, other = _word(_THINGS, number, 11), _word(_THINGS, number, 12)
    place, aim = _word(_PLACES, number, 13), _word(_AIMS, number, 14)
    return (
        f"Case {number}: a {thing} {_word(_VERBS, number, 15)} what the {other} of {place} sends. "
        f"Which change improves {aim} first?"
    )


def option(number: int, place: int) -> str:
    """The text of an option; the options of a question differ."""
    salt = 20 + 4 * place
    verb, thing, aim = _word(_VERBS, number, salt), _word(_THINGS, number, salt + 1), _word(_AIMS, number, salt + 2)
    return f"The {thing} {verb} it in step {place + 1}, for {aim}"


def explanation(number: int) -> str:
    thing, aim = _word(_THINGS, number, 11), _word(_AIMS, number, 14)
    return f"What a {thing} does in case {number} decides about {aim}; all else comes later."


def tags(number: int) -> list[str]:
    """One or two."""
    return sorted({_word(_TAGS, number, 16), _word(_TAGS, number, 17)})


def _word(words: tuple[str, ...], number: int, salt: int) -> str:
    return words[scatter(number, salt, len(words))]
