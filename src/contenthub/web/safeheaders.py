"""Idea: the security headers of every answer, also of one that no application gave."""


def content_security_policy(nonce: str, upload_origin: str = "", picture_origin: str = "") -> str:
    """Return the policy of every page: our own files and nonced scripts only.

    Style attributes are allowed: pasted articles carry them, cleaned by nh3 to harmless
    properties on write and on render (library/richtext.py). `upload_origin` is the object
    store that large files go to directly, `picture_origin` the CDN of published posters, where
    there is one.
    """
    store = f" {upload_origin}" if upload_origin else ""
    cdn = f" {picture_origin}" if picture_origin else ""
    return (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        "style-src-attr 'unsafe-inline'; "
        f"img-src 'self' data: blob:{cdn}; connect-src 'self'{store}; "
        "object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'self'"
    )


def fixed_headers(*, secure: bool) -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers that are the same on every answer; with `secure`, HSTS as well."""
    fixed = (
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"strict-origin-when-cross-origin"),
        (b"x-frame-options", b"SAMEORIGIN"),
        (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
        (b"cross-origin-opener-policy", b"same-origin"),
    )
    hsts = ((b"strict-transport-security", b"max-age=31536000; includeSubDomains"),)
    return fixed + hsts if secure else fixed
