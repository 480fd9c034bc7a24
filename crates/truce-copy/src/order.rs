//! Numbers as bytes that sort as the numbers do: parts of keys.

/// The bytes of `n`.
pub(crate) fn ordered(n: i32) -> [u8; 4] {
    (n.cast_unsigned() ^ (1 << 31)).to_be_bytes()
}

/// The number of [`ordered`] bytes.
pub(crate) fn number(bytes: [u8; 4]) -> i32 {
    (u32::from_be_bytes(bytes) ^ (1 << 31)).cast_signed()
}
