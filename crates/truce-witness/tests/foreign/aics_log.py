"""A log kept, signed and fed to a witness by aics-tlog and aics-witness (PyPI), which share nothing with this code.

usage: aics_log.py URL WITNESS_VKEY ORIGIN SEED_HEX
"""

import sys

from aics_tlog import Checkpoint, MerkleTree, Note, parse_note, parse_vkey, sign_checkpoint, verify_checkpoint
from aics_tlog import vkey_from_ed25519
from aics_witness.feeder import WitnessClient, WitnessRejected, merge_cosignatures
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

url, witness_vkey, origin, seed = sys.argv[1:]
key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
tree = MerkleTree([b"entry %d" % n for n in range(300)])
fork = MerkleTree([b"other %d" % n for n in range(301)])


def signed(tree: MerkleTree, size: int) -> Note:
    return sign_checkpoint(Checkpoint(origin, size, tree.root(size)), key, origin)


# The witness's time is fixed for the test: freshness is not what is asked here.
client = WitnessClient(url, witness_vkey, max_age_seconds=None, max_future_seconds=None)
for size in (1, 2, 7, 256, 257, 300, 300):
    note = signed(tree, size)
    line = client.submit(note.to_bytes(), tree.consistency_proof)
    merged = merge_cosignatures(note.to_bytes(), line)
    merged = parse_note(merged if isinstance(merged, bytes) else merged.encode())
    result = verify_checkpoint(merged, vkey_from_ed25519(origin, key.public_key()), [parse_vkey(witness_vkey)], quorum=1)
    assert result.ok, result
# A client that knows nothing finds out by itself where the witness stands.
WitnessClient(url, witness_vkey, max_age_seconds=None, max_future_seconds=None).submit(
    signed(tree, 300).to_bytes(), tree.consistency_proof
)
for size in (300, 301):
    try:
        client.submit(signed(fork, size).to_bytes(), fork.consistency_proof)
    except WitnessRejected as refused:
        assert refused.status in (409, 422), refused
        print("fork refused with", refused.status)
    else:
        raise SystemExit("a fork was cosigned")
print("cosigned up to 300")
