"""NetSuite's token passport: a SOAP header signed anew for every request (HMAC-SHA256), never archived."""

import base64
import hashlib
import hmac
import secrets as random_source
import time
from xml.sax.saxutils import escape

from connectors.http.secrets import fetch, remember
from core.policy import Source


def values(name: str, source: Source) -> dict[str, str]:
    """What fills the passport's placeholders for one request; nothing where the source signs in otherwise."""
    if source.credentials.kind != "oauth1_tba":
        return {}

    def secret(which: str) -> str:
        return fetch(source.credentials.secrets.get(which, f"env:{name.upper()}_{which.upper()}"), name, which).reveal()

    given = {n: secret(n) for n in ("account", "consumer_key", "token_id")}
    nonce, at = random_source.token_hex(10), str(int(time.time()))
    key = f"{secret('consumer_secret')}&{secret('token_secret')}".encode()
    signature = base64.b64encode(hmac.new(key, "&".join((*given.values(), nonce, at)).encode(), hashlib.sha256).digest()).decode()
    remember(signature)
    return {f"tba_{k}": escape(v) for k, v in {**given, "nonce": nonce, "timestamp": at, "signature": signature}.items()}
