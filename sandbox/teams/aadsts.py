"""The login service's refusals: AADSTS numbers with the OAuth error, the suberror and the status they come with.

Source: learn.microsoft.com/entra/identity-platform/reference-error-codes. Decides nothing; a client decides by the
error, the first number and the suberror, never by the words.
"""

from dataclasses import dataclass
from typing import Any

from sandbox.clock import SandboxClock
from sandbox.world import stable


@dataclass(frozen=True, slots=True)
class Refusal:
    error: str
    words: str
    suberror: str = ""
    status: int = 400


def _grant(words: str, suberror: str = "") -> Refusal:
    return Refusal("invalid_grant", words, suberror)


RECONNECT = {
    50173: _grant("The provided grant has expired due to it being revoked, a fresh auth token is needed."),
    700082: _grant("The refresh token has expired due to inactivity."),
    70008: _grant("The provided authorization code or refresh token has expired due to inactivity."),
    70000: _grant("The provided value for the input parameter is not valid."),
    70043: _grant("The refresh token has expired or is invalid due to sign-in frequency checks.", "token_expired"),
    50089: _grant("Authentication failed due to flow token expired."),
    50132: _grant("The session is not valid due to password expiration or recent password change."),
    50133: _grant("The session is not valid due to password expiration or recent password change."),
    54005: _grant("OAuth2 Authorization code was already redeemed, please retry with a new valid code."),
    50076: _grant("You must use multi-factor authentication to access this resource.", "basic_action"),
    50078: _grant("Presented multi-factor authentication has expired due to policies.", "basic_action"),
    50079: _grant("You must enroll in multi-factor authentication to access this resource.", "basic_action"),
}
CONSENT = {
    65001: _grant("The user or administrator has not consented to use the application.", "consent_required"),
    65004: Refusal("access_denied", "User declined to consent to access the app."),
    90094: Refusal("consent_required", "The grant requires admin permission."),
    90095: Refusal("access_denied", "Admin consent is required for the permissions requested by this application."),
}
POLICY = {
    53000: _grant("Device is not in required device state.", "message_only"),
    53001: _grant("Device is not in required device state: domain_joined.", "message_only"),
    53003: _grant("Access has been blocked by Conditional Access policies.", "message_only"),
    50158: _grant("External security challenge not satisfied.", "basic_action"),
}
GONE = {
    50057: _grant("The user account is disabled."),
    50034: _grant("The user account does not exist in the directory."),
    50020: _grant("User account from identity provider does not exist in tenant."),
    51004: _grant("The user account does not exist in the directory."),
    16003: _grant("The user account has not been added to the tenant."),
    50105: _grant("The signed in user is not assigned to a role for the application."),
}
OURS = {
    7000215: Refusal("invalid_client", "Invalid client secret provided.", status=401),
    7000222: Refusal("invalid_client", "The provided client secret keys are expired.", status=401),
    70002: Refusal("invalid_client", "The request body must contain the client secret.", status=401),
    700016: Refusal("unauthorized_client", "Application was not found in the directory."),
    700011: Refusal("unauthorized_client", "Application was not found in the directory."),
    50011: Refusal(
        "invalid_request", "The redirect URI does not match the redirect URIs configured for the application."
    ),
    50194: Refusal("invalid_request", "Application is not configured as a multi-tenant application."),
    650057: Refusal("invalid_resource", "Invalid resource. The client has requested access to a resource not listed."),
    70011: Refusal("invalid_scope", "The provided value for the input parameter 'scope' is not valid."),
    501481: _grant("The Code_Verifier does not match the code_challenge supplied in the authorization request."),
    90002: Refusal("invalid_request", "Tenant not found."),
    900144: Refusal("invalid_request", "The request body must contain a required parameter."),
    70003: Refusal("unsupported_grant_type", "The app requested an unsupported grant type."),
    700054: Refusal("unsupported_response_type", "response_type is not enabled for the application."),
}
TRANSIENT = {
    50033: Refusal("temporarily_unavailable", "A non-retryable error has occurred.", status=503),
    90033: Refusal("temporarily_unavailable", "A transient error has occurred. Please try again.", status=503),
    50196: Refusal(
        "invalid_request", "The server terminated an operation because it encountered a client request loop."
    ),
}
REFUSALS = {**RECONNECT, **CONSENT, **POLICY, **GONE, **OURS, **TRANSIENT}


class LoginFault(Exception):
    """Why the login service said no."""

    def __init__(self, code: int) -> None:
        super().__init__(f"AADSTS{code}")
        self.code = code
        self.refusal = REFUSALS[code]

    @property
    def description(self) -> str:
        return f"AADSTS{self.code}: {self.refusal.words}"

    def body(self, clock: SandboxClock) -> dict[str, Any]:
        stamp = clock.now().strftime("%Y-%m-%d %H:%M:%SZ")
        trace, correlation = (_guid(word, stamp) for word in ("trace", "correlation"))
        found: dict[str, Any] = {
            "error": self.refusal.error,
            "error_description": f"{self.description} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}",
            "error_codes": [self.code],
            "timestamp": stamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.code}",
        }
        return {**found, "suberror": self.refusal.suberror} if self.refusal.suberror else found


def _guid(*words: str) -> str:
    raw = stable(*words)
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-8{raw[17:20]}-{raw[20:32]}"
