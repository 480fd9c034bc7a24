"""Strict Ed25519 in plain Python, and what every check here says no with; verify_vectors.py calls this."""
import functools, hashlib

sha256 = lambda *parts: hashlib.sha256(b"".join(parts)).digest()

class Refused(Exception):
    pass

def need(condition, code):
    if not condition:
        raise Refused(code)

# Ed25519, RFC 8032 without the cofactor; points are extended coordinates X, Y, Z, T.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1, 1, 0)

def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P

def times(n, p):
    q = IDENTITY
    while n:
        q, p, n = add(q, p) if n & 1 else q, add(p, p), n >> 1
    return q

def same(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0

def point(b):
    y, sign = int.from_bytes(b, "little") & (1 << 255) - 1, b[31] >> 7
    need(y < P, "not-canonical")
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    x = x if x * x % P == x2 else x * ROOT % P
    need(x * x % P == x2, "not-a-point")
    need(x or not sign, "not-canonical")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P

BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))

@functools.cache
def weakness(key):
    try:
        p = point(key)
    except Refused as refused:
        return str(refused)
    return "small-order" if same(times(8, p), IDENTITY) else None if same(times(L, p), IDENTITY) else "torsion"

@functools.cache
def verifies(key, message, signature):
    try:
        s, r, a = int.from_bytes(signature[32:], "little"), point(signature[:32]), point(key)
    except (Refused, IndexError):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    weak = same(times(8, r), IDENTITY) or same(times(8, a), IDENTITY)
    return len(signature) == 64 and s < L and not weak and same(times(s, BASE), add(r, times(k, a)))

def kid(key):
    return sha256(bytes.fromhex("a3010120062158 20"), key)
