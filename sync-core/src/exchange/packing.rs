//! How a body is compressed: small ones by PPMd, which knows the dictionary's language before the first byte; large ones by zstd.
//!
//! | first byte | then |
//! |---|---|
//! | 0 | the plain bytes |
//! | 1 | a zstd frame |
//! | 2 | number: plain length · number: *lost*, see below · the rest of a PPMd stream |
//!
//! A PPMd stream is that of the dictionary and, after it, the plain bytes; what both sides can make themselves is left out. A range coder may
//! still change its last bytes: *lost* tells how many bytes at the end of the dictionary's own stream are not those of this one.

use std::io::{Read as _, Write as _};
use std::sync::LazyLock;

use ppmd_rust::{Ppmd7Decoder, Ppmd7Encoder};

use super::envelope::MessageError;
use crate::codec::{DecodeError, Reader, Writer};
use crate::scratch;

/// Strings of forms, coded lists and phrases that many officers use (docs/adr/0034-compression.md); made by `cargo run --bin dictionary`.
/// It belongs to the version of the protocol: both sides have it.
const DICTIONARY: &[u8] = include_bytes!("../../dictionaries/0.bin");

/// PPMd takes about a millisecond for ten kilobytes: what is longer is not for a thin link, and would occupy the server.
const PPMD_BYTES_MAX: usize = 128 << 10;
/// An idle exchange has nothing that a dictionary knows, and is what a server is asked most.
const PPMD_BYTES_MIN: usize = 256;
/// How many bytes back the model looks, and its memory: enough for the dictionary and the longest body.
const PPMD_ORDER: u32 = 8;
const PPMD_MEMORY: u32 = 4 << 20;
/// A carry that runs further back is possible, once in 2⁶⁴ bodies: such a body is sent by zstd.
const LOST_MAX: usize = 16;

/// Level 9 is a few milliseconds for the largest batch; higher ones cost a phone more than they save (docs/adr/0034-compression.md).
const ZSTD_LEVEL: i32 = 9;
/// 8 MiB: what that level needs at most; a frame may ask for gigabytes.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
const PPMD: u8 = 2;

/// The dictionary's own stream, as far as no carry can reach it.
static PRIMER: LazyLock<Vec<u8>> = LazyLock::new(|| stream(&[]).unwrap_or_default());

/// The shortest of the ways that suit the size.
pub(super) fn pack(plain: &[u8]) -> Vec<u8> {
    let packed = if (PPMD_BYTES_MIN..=PPMD_BYTES_MAX).contains(&plain.len()) { ppmd(plain) } else { zstd(plain) };
    packed.filter(|packed| packed.len() <= plain.len()).unwrap_or_else(|| [&[PLAIN], plain].concat())
}

/// The plain bytes, at most so many.
pub(super) fn unpack(body: &[u8], most: usize) -> Result<Vec<u8>, MessageError> {
    match body.split_first() {
        Some((&PLAIN, plain)) if plain.len() <= most => Ok(plain.to_vec()),
        Some((&PLAIN, _)) => Err(MessageError::TooLarge),
        Some((&ZSTD, frame)) => unpack_zstd(frame, most),
        Some((&PPMD, rest)) => unpack_ppmd(rest, most),
        Some(_) | None => Err(DecodeError::Invalid("a body").into()),
    }
}

fn zstd(plain: &[u8]) -> Option<Vec<u8>> {
    let frame = zstd::bulk::compress(plain, ZSTD_LEVEL).ok()?;
    Some([&[ZSTD], frame.as_slice()].concat())
}

fn unpack_zstd(frame: &[u8], most: usize) -> Result<Vec<u8>, MessageError> {
    let wrong = |_| DecodeError::Invalid("a compressed body");
    let mut plain = Vec::new();
    let mut decoder = zstd::stream::read::Decoder::with_buffer(frame).map_err(wrong)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(wrong)?;
    decoder.take(most as u64 + 1).read_to_end(&mut plain).map_err(wrong)?;
    if plain.len() > most { Err(MessageError::TooLarge) } else { Ok(plain) }
}

/// The stream of the dictionary and what follows it.
fn stream(plain: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = Ppmd7Encoder::new(Vec::new(), PPMD_ORDER, PPMD_MEMORY).ok()?;
    encoder.write_all(DICTIONARY).and_then(|()| encoder.write_all(plain)).ok()?;
    encoder.finish(false).ok()
}

fn ppmd(plain: &[u8]) -> Option<Vec<u8>> {
    let whole = stream(plain)?;
    let common = PRIMER.iter().zip(&whole).take_while(|(ours, theirs)| ours == theirs).count();
    let lost = PRIMER.len() - common;
    if lost > LOST_MAX {
        return zstd(plain);
    }
    let mut out = Writer::default();
    out.byte(PPMD);
    out.length(plain.len());
    out.length(lost);
    out.raw(whole.get(common..)?);
    Some(out.into_bytes())
}

fn unpack_ppmd(rest: &[u8], most: usize) -> Result<Vec<u8>, MessageError> {
    let mut reader = Reader::new(rest);
    let length = reader.length(PPMD_BYTES_MAX, "a body")?;
    let lost = reader.length(LOST_MAX.min(PRIMER.len()), "a compressed body")?;
    if length > most {
        return Err(MessageError::TooLarge);
    }
    let wrong = || MessageError::from(DecodeError::Invalid("a compressed body"));
    // In one piece: the decoder asks for one byte at a time.
    let whole = [PRIMER.get(..PRIMER.len() - lost).unwrap_or_default(), reader.rest()].concat();
    // Bytes of a peer: a panic of foreign code is an answer like any other.
    let decoded = scratch::caught(|| {
        let mut decoder = Ppmd7Decoder::new(whole.as_slice(), PPMD_ORDER, PPMD_MEMORY).ok()?;
        let (mut known, mut plain) = (vec![0; DICTIONARY.len()], vec![0; length]);
        decoder.read_exact(&mut known).and_then(|()| decoder.read_exact(&mut plain)).ok()?;
        // The last letters of the dictionary hang on bytes that the peer sent.
        (known == DICTIONARY).then_some(plain)
    });
    decoded.ok().flatten().ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    fn bodies() -> Vec<Vec<u8>> {
        let text = "Kegiatan sambang kepada warga, menyampaikan pesan kamtibmas agar mengaktifkan ronda. ".repeat(2_000);
        let noise: Vec<u8> = (0..300_000_u32).flat_map(|n| blake3::hash(&n.to_be_bytes()).as_bytes()[..1].to_vec()).collect();
        let lengths = [0, 1, 2, 7, 100, 1_000, PPMD_BYTES_MAX - 1, PPMD_BYTES_MAX, PPMD_BYTES_MAX + 1];
        let cut = |bytes: &[u8]| lengths.map(|length| bytes[..length.min(bytes.len())].to_vec());
        [cut(text.as_bytes()), cut(&noise), cut(&[0; 200_000]), cut(DICTIONARY)].concat()
    }

    #[test]
    fn every_body_comes_back_and_none_grows_by_more_than_its_mark() {
        for plain in bodies() {
            let packed = pack(&plain);
            assert!(packed.len() <= plain.len() + 1);
            assert_eq!(unpack(&packed, plain.len()).unwrap(), plain);
            if !plain.is_empty() {
                assert_eq!(unpack(&packed, plain.len() - 1).unwrap_err(), MessageError::TooLarge);
            }
        }
    }

    #[test]
    fn a_thousand_tails_after_the_dictionary_come_back() {
        // The bytes that a carry can still change differ from one tail to the next.
        for number in 0..1_000_u32 {
            let plain = blake3::hash(&number.to_be_bytes()).as_bytes()[..usize::try_from(number % 32).unwrap()].to_vec();
            let packed = ppmd(&plain).unwrap();
            assert_eq!(unpack(&packed, 32).unwrap(), plain);
        }
    }

    #[test]
    fn what_is_no_body_is_refused_and_never_more_than_the_limit() {
        let sound = pack(&b"Kegiatan sambang kepada warga di RT 003. ".repeat(40));
        assert_eq!(sound[0], PPMD);
        for at in 0..sound.len() {
            for flip in [1, 0x80, 0xff] {
                let mut changed = sound.clone();
                changed[at] ^= flip;
                if let Ok(plain) = unpack(&changed, 1 << 20) {
                    assert!(plain.len() <= 1 << 20);
                }
            }
        }
        for number in 0..500_u32 {
            let noise = blake3::Hasher::new().update(&number.to_be_bytes()).finalize_xof();
            let mut bytes = vec![0; 400];
            let mut noise = noise;
            noise.fill(&mut bytes);
            for mark in [PLAIN, ZSTD, PPMD, 3] {
                bytes[0] = mark;
                if let Ok(plain) = unpack(&bytes, 1 << 16) {
                    assert!(plain.len() <= 1 << 16);
                }
            }
        }
        assert!(unpack(&[], 10).is_err());
        assert!(unpack(&[3, 1, 2], 10).is_err());
    }

    #[test]
    fn zstd_bombs_stop_at_the_limit() {
        let bomb = zstd(&vec![0; 1 << 20]).unwrap();
        assert!(bomb.len() < 1_000);
        assert_eq!(unpack(&bomb, 1 << 16).unwrap_err(), MessageError::TooLarge);
    }
}
