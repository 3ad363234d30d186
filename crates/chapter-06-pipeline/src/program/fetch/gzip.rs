//! Gzip, decompressed as it comes.
//!
//! Written by hand around `flate2`, although `reqwest` can do it: a gzip file is a series of members
//! (RFC 1952, section 2.2), and `reqwest` reads the first one; and what it has decompressed it hands
//! over with no word on what went wrong.

use flate2::{Crc, Decompress, FlushDecompress, Status};

/// Why there is nothing more to decompress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GzipError {
    /// The bytes are no gzip, for this reason.
    Broken(&'static str),
    /// There is more in them than is allowed.
    TooLarge,
}

/// A gzip stream in the middle.
pub(super) struct Gunzip {
    part: Part,
    /// Bytes of a trailer that is not complete.
    pending: Vec<u8>,
    members: u64,
    /// Compressed bytes since the last one that came out.
    fruitless: usize,
}

enum Part {
    Header(Header),
    Data(Box<(Decompress, Crc)>),
    /// With the checksum and the length that it should have.
    Trailer(u32, u32),
    /// The last member has ended, and what follows is none.
    Over,
}

/// Bytes that a header may have, with a file's name and a comment.
const LONGEST_HEADER: usize = 128 << 10;
/// Compressed bytes that may yield nothing. A stream can go on without end in empty members, or in
/// empty blocks of one.
const MOST_FRUITLESS: usize = 1 << 20;
const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

impl Gunzip {
    pub(super) fn new() -> Self {
        let part = Part::Header(Header::default());
        Gunzip { part, pending: Vec::new(), members: 0, fruitless: 0 }
    }

    /// Appends what these bytes decompress to, up to `most` bytes in all.
    pub(super) fn push(
        &mut self,
        mut input: &[u8],
        out: &mut Vec<u8>,
        most: usize,
    ) -> Result<(), GzipError> {
        while !input.is_empty() {
            if self.fruitless > MOST_FRUITLESS {
                return Err(GzipError::Broken("there is nothing in much of it"));
            }
            match &mut self.part {
                Part::Over => return Ok(()),
                Part::Header(header) => {
                    let byte = input[0];
                    input = &input[1..];
                    self.fruitless += 1;
                    if MAGIC.get(header.length).is_some_and(|&magic| magic != byte) {
                        // Some writers pad a file with zeros; others leave more behind it.
                        if self.members == 0 {
                            return Err(GzipError::Broken("it is no gzip"));
                        }
                        self.part = Part::Over;
                    } else if header.ends_with(byte) {
                        let inside = (Decompress::new(false), Crc::new());
                        self.part = Part::Data(Box::new(inside));
                    } else if header.length > LONGEST_HEADER {
                        return Err(GzipError::Broken("its header has no end"));
                    }
                }
                Part::Data(inside) => {
                    let (decompress, crc) = &mut **inside;
                    let (read, written) = (decompress.total_in(), out.len());
                    // One byte more than allowed shows that there is one.
                    let room = (most + 1).saturating_sub(written).min(32 << 10);
                    reserve(out, room);
                    let status = decompress.decompress_vec(input, out, FlushDecompress::None);
                    crc.update(&out[written..]);
                    let read = (decompress.total_in() - read) as usize;
                    input = &input[read..];
                    self.fruitless = if out.len() > written { 0 } else { self.fruitless + read };
                    if out.len() > most {
                        return Err(GzipError::TooLarge);
                    }
                    match status {
                        Ok(Status::StreamEnd) => {
                            self.part = Part::Trailer(crc.sum(), crc.amount());
                        }
                        Ok(_) => {}
                        Err(_) => return Err(GzipError::Broken("its data are damaged")),
                    }
                }
                Part::Trailer(sum, length) => {
                    self.pending.push(input[0]);
                    input = &input[1..];
                    self.fruitless += 1;
                    if let [a, b, c, d, e, f, g, h] = self.pending[..] {
                        let written = [[a, b, c, d], [e, f, g, h]].map(u32::from_le_bytes);
                        if written != [*sum, *length] {
                            return Err(GzipError::Broken("its checksum is wrong"));
                        }
                        self.pending.clear();
                        self.members += 1;
                        self.part = Part::Header(Header::default());
                    }
                }
            }
        }
        Ok(())
    }

    /// Asks whether the bytes that are over were all.
    pub(super) fn finish(&self) -> Result<(), GzipError> {
        match &self.part {
            Part::Over => Ok(()),
            // A body without a byte is empty, whatever its coding.
            Part::Header(header) if self.members > 0 || header.length == 0 => Ok(()),
            _ => Err(GzipError::Broken("it ends too early")),
        }
    }
}

/// Makes room for some bytes. A vector that doubles has half of what it takes for nothing, and the
/// bodies under way are bounded by what is in them.
pub(super) fn reserve(out: &mut Vec<u8>, bytes: usize) {
    if out.capacity() - out.len() < bytes {
        out.reserve_exact(bytes.max(out.len() / 8));
    }
}

/// A header in the middle (RFC 1952, section 2.3). Each of its bytes is looked at once.
#[derive(Default)]
struct Header {
    field: Field,
    /// Bytes of the field that were read.
    read: usize,
    /// Which fields are still to come.
    flags: u8,
    extra: usize,
    /// Bytes of the header that were read.
    length: usize,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Field {
    #[default]
    Fixed,
    ExtraLength,
    Extra,
    Name,
    Comment,
    Checksum,
}

impl Header {
    /// Reads a byte, and returns whether it was the last one.
    fn ends_with(&mut self, byte: u8) -> bool {
        (self.length, self.read) = (self.length + 1, self.read + 1);
        let ends = match self.field {
            Field::Fixed => {
                if self.read == 4 {
                    self.flags = byte;
                }
                self.read == 10
            }
            Field::ExtraLength => {
                self.extra |= usize::from(byte) << (8 * (self.read - 1));
                self.read == 2
            }
            Field::Extra => self.read == self.extra,
            Field::Name | Field::Comment => byte == 0,
            Field::Checksum => self.read == 2,
        };
        ends && !self.goes_on()
    }

    /// Begins the next field, if there is one.
    fn goes_on(&mut self) -> bool {
        self.read = 0;
        if self.field == Field::ExtraLength && self.extra > 0 {
            self.field = Field::Extra;
            return true;
        }
        let fields =
            [(4, Field::ExtraLength), (8, Field::Name), (16, Field::Comment), (2, Field::Checksum)];
        let next = fields.into_iter().find(|(flag, _)| self.flags & flag != 0);
        if let Some((flag, field)) = next {
            self.flags &= !flag;
            self.field = field;
        }
        next.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::write::GzEncoder;
    use flate2::{Compression, GzBuilder};
    use proptest::prelude::*;
    use std::io::Write;
    use std::time::Duration;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).and_then(|()| encoder.finish()).expect("a vector takes it")
    }

    fn gunzip(bytes: &[u8], chunk: usize, most: usize) -> Result<Vec<u8>, GzipError> {
        let (mut gunzip, mut out) = (Gunzip::new(), Vec::new());
        for chunk in bytes.chunks(chunk) {
            gunzip.push(chunk, &mut out, most)?;
        }
        gunzip.finish().map(|()| out)
    }

    #[test]
    fn all_members_are_read_and_what_follows_is_not() {
        let header = GzBuilder::new().filename("a").comment("b").extra([1, 2, 3]);
        let mut named = header.write(Vec::new(), Compression::fast());
        named.write_all(b"third").expect("a vector takes it");
        let members =
            [gzip(b"first "), gzip(b""), named.finish().expect("a vector takes it")].concat();
        for behind in [&b""[..], b"\0\0\0", b"trailing", b"\x1f"] {
            let bytes = [&members[..], behind].concat();
            for chunk in [1, 7, 1_000] {
                assert_eq!(gunzip(&bytes, chunk, 100), Ok(b"first third".to_vec()), "{behind:?}");
            }
        }
        assert_eq!(gunzip(b"", 1, 0), Ok(Vec::new()));
    }

    #[test]
    fn what_is_broken_is_said() {
        let whole = gzip(&b"a heron waits ".repeat(50));
        for end in 1..whole.len() {
            let cut = gunzip(&whole[..end], 10, 1_000);
            assert_eq!(cut, Err(GzipError::Broken("it ends too early")), "{end}");
        }
        let mut damaged = whole.clone();
        let at = damaged.len() - 6;
        damaged[at] ^= 1;
        assert_eq!(gunzip(&damaged, 10, 1_000), Err(GzipError::Broken("its checksum is wrong")));
        assert_eq!(gunzip(b"<p>plain", 10, 1_000), Err(GzipError::Broken("it is no gzip")));
    }

    #[test]
    fn the_cap_counts_what_comes_out() {
        let bomb = gzip(&vec![0; 10 << 20]);
        assert_eq!(gunzip(&bomb, 1_000, 10 << 20).map(|out| out.len()), Ok(10 << 20));
        assert_eq!(gunzip(&bomb, 1_000, (10 << 20) - 1), Err(GzipError::TooLarge));
    }

    #[test]
    fn a_long_name_is_read_in_one_pass() {
        let name = "n".repeat(60_000);
        let header = GzBuilder::new().filename(name).comment("c").extra([0; 65_000]);
        let mut member = header.write(Vec::new(), Compression::fast());
        member.write_all(b"x").expect("a vector takes it");
        let members = member.finish().expect("a vector takes it").repeat(500);
        let read =
            witness::within(Duration::from_secs(240), move || gunzip(&members, 16 << 10, 1_000));
        assert_eq!(read, Ok(b"x".repeat(500)));
    }

    #[test]
    fn what_yields_nothing_is_bounded() {
        let nothing = Err(GzipError::Broken("there is nothing in much of it"));
        let members = gzip(b"").repeat(MOST_FRUITLESS / 10);
        assert_eq!(gunzip(&members, 1_000, 100), nothing);
        // A stored block of no bytes, again and again.
        let blocks = [0, 0, 0, 0xff, 0xff].repeat(MOST_FRUITLESS / 4);
        let member = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0][..], &blocks].concat();
        assert_eq!(gunzip(&member, 1_000, 100), nothing);
        assert_eq!(
            gunzip(&gzip(b"x").repeat(100_000), 1_000, 1 << 20).map(|it| it.len()),
            Ok(100_000)
        );
    }

    proptest! {
        #[test]
        fn no_bytes_panic(flags in 0_u8.., rest in proptest::collection::vec(any::<u8>(), 0..80)) {
            let bytes = [&[0x1f, 0x8b, 8, flags][..], &rest].concat();
            let _ = gunzip(&bytes, 3, 1_000);
        }
    }
}
