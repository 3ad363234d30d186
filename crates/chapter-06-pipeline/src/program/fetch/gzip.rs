//! Gzip, decompressed as it comes.
//!
//! Written by hand around `flate2`, although `reqwest` can do it: a gzip file
//! is a series of members (RFC 1952, section 2.2), and `reqwest` reads the
//! first one; and what it has decompressed it hands over with no word on what
//! went wrong.

use std::mem;

use flate2::{Crc, Decompress, FlushDecompress, Status};

/// Why there is nothing more to decompress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the gzip body is broken: {0}")]
pub(in crate::program) struct GzipError(pub(in crate::program) &'static str);

/// A gzip stream in the middle.
pub(in crate::program) struct Gunzip {
    part: Part,
    /// Bytes of a trailer that is not complete.
    pending: Vec<u8>,
    members: u64,
    /// What decompressed the last member: to make a new one for each would be
    /// most of the work where members are small.
    spare: Option<Box<Inside>>,
    /// Compressed bytes that may still be read.
    left: u64,
}

enum Part {
    Header(Header),
    Data(Box<Inside>),
    /// With the checksum and the length that it should have.
    Trailer(u32, u32),
    /// The last member has ended, and what follows is none.
    Over,
}

/// What decompresses a member.
type Inside = (Decompress, Crc);

/// Bytes that a header may have, with a file's name and a comment.
const LONGEST_HEADER: usize = 128 << 10;
/// Compressed bytes beyond those that may come out. A stream can go on without
/// end in empty members, or in empty blocks of one.
const OVERHEAD: u64 = 1 << 20;
/// Bytes that come out at once.
const PIECE: usize = 32 << 10;
const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

impl Gunzip {
    /// A stream from which up to `most` bytes are wanted.
    pub(in crate::program) fn new(most: usize) -> Self {
        let part = Part::Header(Header::default());
        let left = (most as u64).saturating_add(OVERHEAD);
        Gunzip { part, pending: Vec::new(), members: 0, spare: None, left }
    }

    /// Appends a piece of what these bytes decompress to, and takes away the
    /// bytes it was in. Ends without one when there are no more bytes.
    pub(in crate::program) fn piece(
        &mut self,
        input: &mut &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), GzipError> {
        while let Some((&byte, rest)) = input.split_first() {
            let before = input.len();
            match &mut self.part {
                Part::Over => {
                    *input = &[];
                    return Ok(());
                }
                Part::Header(header) => {
                    *input = rest;
                    if MAGIC
                        .get(header.length)
                        .is_some_and(|&magic| magic != byte)
                    {
                        // Some writers pad a file with zeros; others leave more
                        // behind it.
                        if self.members == 0 {
                            return Err(GzipError("it is no gzip"));
                        }
                        self.part = Part::Over;
                    } else if header.ends_with(byte) {
                        let new =
                            || Box::new((Decompress::new(false), Crc::new()));
                        let mut inside = self.spare.take().unwrap_or_else(new);
                        inside.0.reset(false);
                        inside.1.reset();
                        self.part = Part::Data(inside);
                    } else if header.length > LONGEST_HEADER {
                        return Err(GzipError("its header has no end"));
                    }
                }
                Part::Data(inside) => {
                    let (decompress, crc) = &mut **inside;
                    let (read, written) = (decompress.total_in(), out.len());
                    reserve(out, PIECE);
                    let status = decompress.decompress_vec(
                        input,
                        out,
                        FlushDecompress::None,
                    );
                    crc.update(&out[written..]);
                    let read = (decompress.total_in() - read) as usize;
                    *input = &input[read..];
                    let is_idle = read == 0 && out.len() == written;
                    match status {
                        Ok(Status::StreamEnd) => {
                            let trailer =
                                Part::Trailer(crc.sum(), crc.amount());
                            if let Part::Data(inside) =
                                mem::replace(&mut self.part, trailer)
                            {
                                self.spare = Some(inside);
                            }
                        }
                        Ok(_) if !is_idle => {}
                        _ => return Err(GzipError("its data are damaged")),
                    }
                    if out.len() > written {
                        self.spend(before - input.len())?;
                        return Ok(());
                    }
                }
                Part::Trailer(sum, length) => {
                    self.pending.push(byte);
                    *input = rest;
                    if let [a, b, c, d, e, f, g, h] = self.pending[..] {
                        let written = [[a, b, c, d], [e, f, g, h]]
                            .map(u32::from_le_bytes);
                        if written != [*sum, *length] {
                            return Err(GzipError("its checksum is wrong"));
                        }
                        self.pending.clear();
                        self.members += 1;
                        self.part = Part::Header(Header::default());
                    }
                }
            }
            self.spend(before - input.len())?;
        }
        Ok(())
    }

    fn spend(&mut self, read: usize) -> Result<(), GzipError> {
        let left = self.left.checked_sub(read as u64);
        self.left = left.ok_or(GzipError("most of it is empty"))?;
        Ok(())
    }

    /// Asks whether the bytes that are over were all.
    pub(in crate::program) fn finish(&self) -> Result<(), GzipError> {
        match &self.part {
            Part::Over => Ok(()),
            // A body without a byte is empty, whatever its coding.
            Part::Header(header) if self.members > 0 || header.length == 0 => {
                Ok(())
            }
            _ => Err(GzipError("it ends too early")),
        }
    }
}

/// The layers of gzip that a body has, the outermost first, or none.
pub(super) struct Layers(Vec<Layer>);

struct Layer {
    gunzip: Gunzip,
    /// What came out of it, and how much of that the layer below has read.
    out: Vec<u8>,
    read: usize,
}

impl Layers {
    /// So many layers around a body of which up to `most` bytes are wanted.
    pub(super) fn new(layers: usize, most: usize) -> Self {
        let layer =
            || Layer { gunzip: Gunzip::new(most), out: Vec::new(), read: 0 };
        let mut all = Vec::new();
        all.resize_with(layers, layer);
        Layers(all)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends a piece of the body, and takes away the bytes it was in. Returns
    /// whether there may be more in these bytes.
    pub(super) fn piece(
        &mut self,
        input: &mut &[u8],
        out: &mut Vec<u8>,
    ) -> Result<bool, GzipError> {
        through(&mut self.0, input, out)?;
        Ok(!input.is_empty()
            || self.0.iter().any(|layer| layer.read < layer.out.len()))
    }

    /// Asks whether the bytes that are over were all.
    pub(super) fn finish(&self) -> Result<(), GzipError> {
        self.0.iter().try_for_each(|layer| layer.gunzip.finish())
    }
}

/// Takes a piece through some layers. Of each but the last no more than a piece
/// is kept.
fn through(
    layers: &mut [Layer],
    input: &mut &[u8],
    out: &mut Vec<u8>,
) -> Result<(), GzipError> {
    match layers {
        [] => {
            let (piece, rest) = input.split_at(input.len().min(PIECE));
            reserve(out, piece.len());
            out.extend_from_slice(piece);
            *input = rest;
            Ok(())
        }
        [last] => last.gunzip.piece(input, out),
        [outer, inner @ ..] => {
            if outer.read == outer.out.len() {
                outer.out.clear();
                outer.read = 0;
                outer.gunzip.piece(input, &mut outer.out)?;
            }
            let mut between = &outer.out[outer.read..];
            let before = between.len();
            through(inner, &mut between, out)?;
            outer.read += before - between.len();
            Ok(())
        }
    }
}

/// Makes room for some bytes. A vector that doubles has half of what it takes
/// for nothing, and the bodies under way are bounded by what is in them.
pub(super) fn reserve(out: &mut Vec<u8>, bytes: usize) {
    if out.capacity() - out.len() < bytes {
        out.reserve_exact(bytes.max(out.len() / 8));
    }
}

/// A header in the middle (RFC 1952, section 2.3). Each of its bytes is looked
/// at once.
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
        let fields = [
            (4, Field::ExtraLength),
            (8, Field::Name),
            (16, Field::Comment),
            (2, Field::Checksum),
        ];
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
        encoder
            .write_all(text)
            .and_then(|()| encoder.finish())
            .expect("a vector takes it")
    }

    fn gunzip(
        bytes: &[u8],
        chunk: usize,
        most: usize,
    ) -> Result<Vec<u8>, GzipError> {
        layered(1, bytes, chunk, most)
    }

    /// Decompresses as a client does, and with one layer or more.
    fn layered(
        layers: usize,
        bytes: &[u8],
        chunk: usize,
        most: usize,
    ) -> Result<Vec<u8>, GzipError> {
        let (mut layers, mut out) = (Layers::new(layers, most), Vec::new());
        for mut chunk in bytes.chunks(chunk) {
            while layers.piece(&mut chunk, &mut out)? {}
        }
        layers.finish().map(|()| out)
    }

    #[test]
    fn all_members_are_read_and_what_follows_is_not() {
        let header =
            GzBuilder::new().filename("a").comment("b").extra([1, 2, 3]);
        let mut named = header.write(Vec::new(), Compression::fast());
        named.write_all(b"third").expect("a vector takes it");
        let members = [
            gzip(b"first "),
            gzip(b""),
            named.finish().expect("a vector takes it"),
        ]
        .concat();
        for behind in [&b""[..], b"\0\0\0", b"trailing", b"\x1f"] {
            let bytes = [&members[..], behind].concat();
            for chunk in [1, 7, 1_000] {
                assert_eq!(
                    gunzip(&bytes, chunk, 100),
                    Ok(b"first third".to_vec()),
                    "{behind:?}"
                );
            }
        }
        assert_eq!(gunzip(b"", 1, 0), Ok(Vec::new()));
    }

    #[test]
    fn what_is_broken_is_said() {
        let whole = gzip(&b"a heron waits ".repeat(50));
        for end in 1..whole.len() {
            let cut = gunzip(&whole[..end], 10, 1_000);
            assert_eq!(cut, Err(GzipError("it ends too early")), "{end}");
        }
        let mut damaged = whole.clone();
        let at = damaged.len() - 6;
        damaged[at] ^= 1;
        assert_eq!(
            gunzip(&damaged, 10, 1_000),
            Err(GzipError("its checksum is wrong"))
        );
        assert_eq!(
            gunzip(b"<p>plain", 10, 1_000),
            Err(GzipError("it is no gzip"))
        );
    }

    #[test]
    fn a_long_name_is_read_in_one_pass() {
        let name = "n".repeat(60_000);
        let header =
            GzBuilder::new().filename(name).comment("c").extra([0; 65_000]);
        let mut member = header.write(Vec::new(), Compression::fast());
        member.write_all(b"x").expect("a vector takes it");
        let members = member.finish().expect("a vector takes it").repeat(8);
        let read = witness::within(Duration::from_secs(240), move || {
            gunzip(&members, 16 << 10, 1_000)
        });
        assert_eq!(read, Ok(b"x".repeat(8)));
    }

    #[test]
    fn a_stream_with_nothing_in_it_is_bounded() {
        let nothing = Err(GzipError("most of it is empty"));
        let members = gzip(b"").repeat(OVERHEAD as usize / 10);
        assert_eq!(gunzip(&members, 1_000, 100), nothing);
        // A stored block of no bytes, again and again.
        let blocks = [0, 0, 0, 0xff, 0xff].repeat(OVERHEAD as usize / 4);
        let member =
            [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0][..], &blocks].concat();
        assert_eq!(gunzip(&member, 1_000, 100), nothing);
        // A byte now and then makes it no better.
        let mixed = [gzip(b"").repeat(5_000), gzip(b"x")].concat().repeat(20);
        assert_eq!(gunzip(&mixed, 1_000, 100), nothing);
        let small = gzip(b"x").repeat(20_000);
        assert_eq!(
            gunzip(&small, 1_000, 1 << 20).map(|it| it.len()),
            Ok(20_000)
        );
    }

    #[test]
    fn layers_are_taken_off_piece_by_piece() {
        let text: Vec<u8> =
            (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
        for layers in 0..4 {
            let bytes = (0..layers).fold(text.clone(), |bytes, _| gzip(&bytes));
            for chunk in [1_000, 10_000_000] {
                let read = layered(layers, &bytes, chunk, text.len());
                assert!(
                    read == Ok(text.clone()),
                    "{layers} layers, {chunk} bytes at once"
                );
            }
        }
        // A small body that becomes much in its outer layer already.
        let bomb = gzip(&gzip(&vec![0; 100 << 20]));
        let (mut layers, mut out, mut input) =
            (Layers::new(2, 1 << 20), Vec::new(), &bomb[..]);
        let mut most = 0;
        while layers.piece(&mut input, &mut out).expect("it is not broken") {
            most = most.max(
                out.len()
                    + layers.0.iter().map(|it| it.out.len()).sum::<usize>(),
            );
            out.clear();
        }
        assert!(most <= 2 * PIECE, "{most} bytes at once");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(flags in 0_u8.., rest in proptest::collection::vec(any::<u8>(), 0..80)) {
            let bytes = [&[0x1f, 0x8b, 8, flags][..], &rest].concat();
            let _ = gunzip(&bytes, 3, 1_000);
        }
    }
}
