//! The one-line form of a log's key (`c2sp.org/signed-note@v1.0.0`), as far as statements that name one are judged by it.

use crate::id::sha256;
use crate::key::PublicKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Type byte of Ed25519 keys that sign notes.
const ED25519: u8 = 1;
/// Longest name, so that every format that carries it can.
const NAME_MAX: usize = 255;

/// Reports whether `text` is a key that can sign checkpoints: a name that is allowed, Ed25519, a point that
/// may stand in a register, and the key id that is computed from them.
pub(crate) fn is_log_key(text: &str) -> bool {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else { return false };
    if name.is_empty() || name.len() > NAME_MAX || name.contains(char::is_whitespace) {
        return false;
    }
    let Ok(key) = STANDARD.decode(key) else { return false };
    let Some((&ED25519, point)) = key.split_first() else { return false };
    let hash = sha256(&[name.as_bytes(), b"\n", key.as_slice()].concat());
    let computed = hash.get(..4).map(hex::encode);
    computed.as_deref() == Some(id)
        && point.try_into().is_ok_and(|point: &[u8; 32]| PublicKey::from_bytes(point).is_ok())
}

#[cfg(test)]
mod tests {
    use super::is_log_key;

    /// The key of the published specification, and one flaw at a time.
    #[test]
    fn only_a_sound_ed25519_key_of_the_right_id_is_a_log_key() {
        let sound = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
        assert!(is_log_key(sound));
        for flawed in [
            sound.replace("530d903a", "530d903b"),
            sound.replace("530d903a", "530D903A"),
            sound.replace("example.com/foo", "example.com/fooo"),
            sound.replace("example.com/foo", ""),
            sound.replace("+Aeky", "+BOky"),
            sound.replace("U2k", "U2"),
            format!("{sound}="),
            // All zero: of small order.
            "example.com/foo+ae0599c0+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
            "example.com/foo".to_owned(),
        ] {
            assert!(!is_log_key(&flawed), "{flawed}");
        }
    }
}
