//! Compression, and the bomb.

use std::io::Write;
use std::sync::OnceLock;

use bytes::Bytes;
use crc32fast::Hasher;
use flate2::write::GzEncoder;
use flate2::{Compress, Compression, FlushCompress, Status};

/// `body`, compressed fast rather than well: the server's thread pays for it.
pub(crate) fn compress(body: &[u8]) -> Bytes {
    let mut encoder =
        GzEncoder::new(Vec::with_capacity(body.len() / 3), Compression::fast());
    encoder
        .write_all(body)
        .and_then(|()| encoder.finish())
        .expect("writing to a Vec cannot fail")
        .into()
}

/// Whether an `Accept-Encoding` header allows gzip (RFC 9110, section 12.5.3).
pub(crate) fn accepted(header: &str) -> bool {
    let quality = |name: &str| {
        header.split(',').find_map(|entry| {
            let mut parts = entry.split(';').map(str::trim);
            if !parts.next()?.eq_ignore_ascii_case(name) {
                return None;
            }
            let q = parts.find_map(|part| {
                part.strip_prefix("q=").or(part.strip_prefix("Q="))
            });
            Some(q.is_none_or(|q| q.parse::<f32>().is_ok_and(|q| q > 0.0)))
        })
    };
    quality("gzip").or_else(|| quality("*")).unwrap_or(false)
}

/// A gzip file of `size` zeros in four parts: `head`, `block` sent `blocks`
/// times, and `tail`.
///
/// One member, because many decoders stop after the first. A block ends with a
/// full flush, so it starts at a byte and refers to nothing before it: the same
/// bytes serve for every block, and a bomb of any size costs one compressed
/// block, about a thousandth of a mebibyte.
pub(crate) struct Bomb {
    pub(crate) head: Bytes,
    pub(crate) block: Bytes,
    pub(crate) blocks: u64,
    pub(crate) tail: Bytes,
}

impl Bomb {
    pub(crate) fn new(size: u64) -> Self {
        static BLOCK: OnceLock<Bytes> = OnceLock::new();
        let block = BLOCK
            .get_or_init(|| deflated_zeros(BLOCK_SIZE, FlushCompress::Full));
        let blocks = size / BLOCK_SIZE as u64;
        let rest = (size % BLOCK_SIZE as u64) as usize;
        let mut tail = deflated_zeros(rest, FlushCompress::Finish).to_vec();
        tail.extend_from_slice(&crc_of_zeros(size).to_le_bytes());
        // The format stores the size modulo 2^32 (RFC 1952, section 2.3.1).
        tail.extend_from_slice(&(size as u32).to_le_bytes());
        Self {
            head: Bytes::from_static(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]),
            block: block.clone(),
            blocks,
            tail: tail.into(),
        }
    }

    /// Bytes on the wire.
    pub(crate) fn len(&self) -> u64 {
        (self.head.len() + self.tail.len()) as u64
            + self.block.len() as u64 * self.blocks
    }
}

const BLOCK_SIZE: usize = 1 << 20;

fn deflated_zeros(size: usize, flush: FlushCompress) -> Bytes {
    let zeros = vec![0; size];
    let mut deflate = Compress::new(Compression::best(), false);
    let mut out = Vec::with_capacity(16 * 1024);
    loop {
        let read = deflate.total_in() as usize;
        let status =
            deflate.compress_vec(&zeros[read..], &mut out, flush).expect(
                "a compressor without a preset dictionary accepts any input",
            );
        let done = match flush {
            FlushCompress::Finish => status == Status::StreamEnd,
            _ => {
                deflate.total_in() as usize == size
                    && out.len() < out.capacity()
            }
        };
        if done {
            return out.into();
        }
        out.reserve(16 * 1024);
    }
}

/// By doubling: thirty steps for a gibibyte, where reading its zeros would take
/// a second.
fn crc_of_zeros(mut size: u64) -> u32 {
    let mut total = Hasher::new();
    let mut power = Hasher::new();
    power.update(&[0]);
    while size > 0 {
        if size & 1 == 1 {
            total.combine(&power);
        }
        let half = power.clone();
        power.combine(&half);
        size >>= 1;
    }
    total.finalize()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    fn whole(bomb: &Bomb) -> Vec<u8> {
        let mut all = bomb.head.to_vec();
        (0..bomb.blocks).for_each(|_| all.extend_from_slice(&bomb.block));
        all.extend_from_slice(&bomb.tail);
        all
    }

    #[test]
    fn a_bomb_inflates_to_its_size_and_passes_its_checksum() {
        for size in
            [0, 1, 100_000, BLOCK_SIZE as u64, 5 * BLOCK_SIZE as u64 + 12_345]
        {
            let packed = whole(&Bomb::new(size));
            let mut inflated = Vec::new();
            GzDecoder::new(&packed[..])
                .read_to_end(&mut inflated)
                .expect("a valid gzip file");
            assert_eq!(inflated.len() as u64, size);
            assert!(inflated.iter().all(|&byte| byte == 0));
        }
    }

    #[test]
    fn a_bomb_is_small() {
        let bomb = Bomb::new(1 << 30);
        assert!(bomb.len() < (1 << 30) / 900, "{} bytes", bomb.len());
    }

    #[test]
    fn gzip_is_used_only_where_it_is_accepted() {
        for header in
            ["gzip", "deflate, gzip;q=0.5", "br, GZIP", "*", "gzip, *;q=0"]
        {
            assert!(accepted(header), "{header}");
        }
        for header in
            ["", "identity", "gzip;q=0", "gzip;q=0, *", "x-gzipped", "*;q=0"]
        {
            assert!(!accepted(header), "{header}");
        }
    }
}
