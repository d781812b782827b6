"""Whose bill a call is on, where the client does not say: guessed only where it is certain.

The same model has other prices at another provider, so a wrong guess is a wrong price.
"""

import re

from growth_service.prices import book
from growth_service.prices.usages import UsageObject

# Keys that only the usage objects of this provider have.
_SIGNS = {
    "totalTokenCount": "google",
    "promptTokenCount": "google",
    "is_byok": "openrouter",
    "cost_details": "openrouter",
    "queue_time": "groq",
    "inputTokens": "aws",
}
# Names that only their maker's own service gives to a model. Open models have the same name everywhere (gpt-oss-120b,
# deepseek-r1-distill-llama-70b, gemma), and a name with a slash is as resellers and client libraries write it.
_OWN = {
    "aws": r"arn:aws:bedrock:|(?:[a-z-]+\.)+[a-z]",  # us.anthropic.claude-…, openai.gpt-5.5
    "openai": r"gpt-(?!oss)|chatgpt-|o[134](?:-|$)|text-embedding-|whisper-1$|tts-1",
    "google": r"(?:models/)?gemini-|claude-[^/]+@[0-9]{8}$",  # with an @ as Vertex AI names them
    "anthropic": r"claude-",
    "x-ai": r"grok-",
    "cohere": r"command-",
    "perplexity": r"sonar",
    "deepseek": r"deepseek-(?:chat|reasoner)$",
    "mistral": r"(?:[a-z]+-)*(?:(?:mi|code|dev|magi|mini)stral|pixtral|voxtral)-(?:[a-z0-9]+-)*(?:latest|[0-9]{4})$",
    "cloudflare": r"@cf/",
    "fireworks": r"accounts/fireworks/",
}
_MAKERS = {provider: re.compile(pattern) for provider, pattern in _OWN.items()}


def of(model: str, usage: UsageObject) -> tuple[str | None, str | None]:
    """The provider, or else None and why it is not certain. It need not be one whose price for the model is known."""
    signed = {provider for key, provider in _SIGNS.items() if key in usage}
    maker = next((provider for provider, name in _MAKERS.items() if name.match(model.lower())), None)
    if not signed:
        return (maker, None) if maker else (None, "No provider is named, and the model's name does not tell it.")
    if len(signed) > 1:
        names = " and ".join(sorted(signed))
        return None, f"No provider is named, and the usage object looks like those of {names}."
    (sign,) = signed
    if maker in (None, sign) or book.has(sign, model):
        return sign, None
    return None, f"No provider is named; the usage object looks like one of {sign}, the model's name is of {maker}."
