//! A tar archive (ustar, pax, GNU), walked from header to header to its two zero blocks, in bounded memory. Who wants to
//! know what is in it listens.

use super::{grouped, quoted};

const BLOCK: usize = 512;
/// Longest pax header that is read; Go's reader, which engines use, has the same limit.
const LONGEST_PAX: u64 = 1 << 20;

/// Hears of the entries while the archive is walked.
pub(super) trait Listener {
    /// An entry begins. A name is empty when it is too long for a header and the archive's author used the old GNU way.
    fn entry(&mut self, _name: &[u8], _link: Option<&[u8]>) -> Result<(), String> {
        Ok(())
    }

    /// Some of the entry's bytes.
    fn data(&mut self, _bytes: &[u8]) -> Result<(), String> {
        Ok(())
    }

    /// The entry's last byte was told.
    fn end(&mut self) -> Result<(), String> {
        Ok(())
    }

    /// The archive is whole; `found` says so. May add to it, or object.
    fn finish(self, found: String) -> Result<String, String>
    where
        Self: Sized,
    {
        Ok(found)
    }
}

/// Nobody listens.
impl Listener for () {}

/// Walks an archive.
#[derive(Debug, Default)]
pub(super) struct Walk<L> {
    listener: L,
    at: At,
    /// The part of a block that came so far.
    block: Vec<u8>,
    /// A pax header being read.
    pax: Vec<u8>,
    /// What the last pax header said of the entry after it.
    said: Pax,
    /// An old GNU header gave a longer name for the entry after it.
    renamed: bool,
    /// A header came that describes the entry after it.
    announced: bool,
    entries: u64,
    count: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum At {
    /// A header, or the first zero block.
    #[default]
    Header,
    /// Data: `left` of it, then `pad` bytes that fill the block.
    Data { left: u64, pad: u64, of: Of },
    /// Sparse map blocks of the old GNU format, then `size` bytes of data.
    Sparse { size: u64 },
    /// The second zero block.
    Second,
    /// Only zeros may follow.
    End,
}

/// Whose data it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// An entry's own.
    Entry,
    /// A pax header's, for the entry after it.
    Pax,
    /// Of another header: not looked at.
    Other,
}

/// What a pax header says.
#[derive(Debug, Default)]
struct Pax {
    size: Option<u64>,
    path: Option<Vec<u8>>,
}

impl<L: Listener> Walk<L> {
    pub(super) fn push(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        while !bytes.is_empty() {
            let taken = match self.at {
                At::Data { left, pad, of } => self.data(bytes, left, pad, of)?,
                At::End => self.zeros(bytes)?,
                At::Header | At::Sparse { .. } | At::Second => {
                    let take = bytes.len().min(BLOCK - self.block.len());
                    self.block.extend_from_slice(&bytes[..take]);
                    if self.block.len() == BLOCK {
                        self.at = self.whole_block()?;
                        self.block.clear();
                    }
                    take
                }
            };
            self.count += taken as u64;
            bytes = &bytes[taken..];
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<String, String> {
        let entries = grouped(self.entries);
        match self.at {
            At::End if self.count.is_multiple_of(BLOCK as u64) => {
                self.listener.finish(format!("{entries} entries, ends with two zero blocks"))
            }
            At::End => Err("The archive ends with a piece of a block".to_owned()),
            // An engine that fails writes its error where the next header should be, and it is shorter than a block.
            At::Header if !self.block.is_empty() => {
                Err(format!("The archive breaks off after {entries} entries with: {}", quoted(&self.block)))
            }
            _ => Err(format!("The archive breaks off after {entries} entries, {} bytes", grouped(self.count))),
        }
    }

    fn data(&mut self, bytes: &[u8], mut left: u64, mut pad: u64, of: Of) -> Result<usize, String> {
        let part = if left > 0 { left } else { pad };
        let take = usize::try_from(part).unwrap_or(usize::MAX).min(bytes.len());
        if left > 0 {
            match of {
                Of::Entry => self.listener.data(&bytes[..take])?,
                Of::Pax => self.pax.extend_from_slice(&bytes[..take]),
                Of::Other => {}
            }
            left -= take as u64;
            match of {
                Of::Entry if left == 0 => self.listener.end()?,
                Of::Pax if left == 0 => self.said = pax(&std::mem::take(&mut self.pax))?,
                _ => {}
            }
        } else {
            pad -= take as u64;
        }
        self.at = if left + pad > 0 { At::Data { left, pad, of } } else { At::Header };
        Ok(take)
    }

    fn zeros(&self, bytes: &[u8]) -> Result<usize, String> {
        match bytes.iter().position(|&b| b != 0) {
            None => Ok(bytes.len()),
            Some(at) => Err(format!("Bytes follow the end of the archive: {}", quoted(&bytes[at..]))),
        }
    }

    fn whole_block(&mut self) -> Result<At, String> {
        let zero = self.block.iter().all(|&b| b == 0);
        match self.at {
            At::Header if !zero => self.header(),
            At::Header if self.announced => Err("The archive ends after a header that announces an entry".to_owned()),
            At::Header => Ok(At::Second),
            At::Second if zero => Ok(At::End),
            At::Second => Err(format!("One zero block, then more: {}", quoted(&self.block))),
            At::Sparse { size } => Ok(if self.block[504] == 0 { data(size, Of::Other) } else { At::Sparse { size } }),
            // Whole blocks are gathered in the states above only.
            At::Data { .. } | At::End => Ok(self.at),
        }
    }

    fn header(&mut self) -> Result<At, String> {
        let number = grouped(self.entries + 1);
        let wrong = |what: &str| format!("The header of entry {number} has a wrong {what}: {}", quoted(&self.block));
        let declared = number_in(&self.block[148..156]).ok_or_else(|| wrong("checksum"))?;
        if declared != sum(&self.block, i64::from) && declared != sum(&self.block, |b| i64::from(b.cast_signed())) {
            return Err(wrong("checksum"));
        }
        let written =
            number_in(&self.block[124..136]).and_then(|n| u64::try_from(n).ok()).ok_or_else(|| wrong("size"))?;
        match self.block[156] {
            kind @ (b'x' | b'g') => {
                if written > LONGEST_PAX {
                    return Err(wrong("size"));
                }
                self.announced |= kind == b'x';
                Ok(data(written, if kind == b'x' { Of::Pax } else { Of::Other }))
            }
            kind @ (b'L' | b'K') => {
                self.announced = true;
                self.renamed |= kind == b'L';
                Ok(data(written, Of::Other))
            }
            kind => {
                let said = std::mem::take(&mut self.said);
                let size = said.size.unwrap_or(written);
                let name = match said.path {
                    Some(path) => path,
                    None if std::mem::take(&mut self.renamed) => Vec::new(),
                    None => name(&self.block),
                };
                self.announced = false;
                self.entries += 1;
                let link = matches!(kind, b'1' | b'2').then(|| until_zero(&self.block[157..257]));
                self.listener.entry(&name, link)?;
                Ok(match kind {
                    // Links, devices, folders and pipes have no data whatever their size says (Go's reader and writer agree).
                    b'1'..=b'6' => At::Header,
                    b'S' if self.block[482] != 0 => At::Sparse { size },
                    _ if size == 0 => {
                        self.listener.end()?;
                        At::Header
                    }
                    _ => data(size, Of::Entry),
                })
            }
        }
    }
}

fn data(size: u64, of: Of) -> At {
    let pad = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
    if size == 0 { At::Header } else { At::Data { left: size, pad, of } }
}

/// The name in a header; a POSIX one may have its beginning in a field of its own.
fn name(block: &[u8]) -> Vec<u8> {
    let name = until_zero(&block[..100]);
    let prefix = until_zero(&block[345..500]);
    if &block[257..263] == b"ustar\0" && !prefix.is_empty() { [prefix, b"/", name].concat() } else { name.to_vec() }
}

fn until_zero(field: &[u8]) -> &[u8] {
    field.split(|&b| b == 0).next().unwrap_or_default()
}

/// Sum of all bytes of a header, its own field counted as blanks.
fn sum(block: &[u8], value: impl Fn(u8) -> i64) -> i64 {
    block.iter().enumerate().map(|(at, &b)| if (148..156).contains(&at) { 32 } else { value(b) }).sum()
}

/// A number field: octal digits between blanks and zeros, or base 256 when the highest bit is set (GNU, star).
fn number_in(field: &[u8]) -> Option<i64> {
    if field[0] & 0x80 != 0 {
        // Negative ones (0xff first) fit no size and no checksum.
        let first = i64::from(field[0] & 0x7f);
        return field[1..].iter().try_fold(first, |n, &b| n.checked_mul(256)?.checked_add(i64::from(b)));
    }
    let blank = |b: &u8| *b == b' ' || *b == 0;
    let begin = field.iter().position(|b| !blank(b)).unwrap_or(field.len());
    let digits = &field[begin..];
    let end = digits.iter().position(blank).unwrap_or(digits.len());
    if !digits[end..].iter().all(blank) {
        return None;
    }
    digits[..end].iter().try_fold(0_i64, |n, &b| match b {
        b'0'..=b'7' => n.checked_mul(8)?.checked_add(i64::from(b - b'0')),
        _ => None,
    })
}

/// Size and path in a pax header: records `<length> <key>=<value>\n`, the length counting itself.
fn pax(mut records: &[u8]) -> Result<Pax, String> {
    let broken = || "A pax header of the archive cannot be read".to_owned();
    let mut said = Pax::default();
    while !records.is_empty() {
        let blank = records.iter().position(|&b| b == b' ').ok_or_else(broken)?;
        let length: usize =
            std::str::from_utf8(&records[..blank]).ok().and_then(|n| n.parse().ok()).ok_or_else(broken)?;
        let record = records.get(blank + 1..length).ok_or_else(broken)?;
        let record = record.strip_suffix(b"\n").ok_or_else(broken)?;
        if let Some(value) = record.strip_prefix(b"size=") {
            let value: u64 = std::str::from_utf8(value).ok().and_then(|n| n.parse().ok()).ok_or_else(broken)?;
            // Beyond this nothing can be stored, and sums stay far from wrapping.
            said.size = Some(value).filter(|&n| n < 1 << 62).ok_or_else(broken).map(Some)?;
        }
        if let Some(path) = record.strip_prefix(b"path=") {
            said.path = Some(path.to_vec());
        }
        records = &records[length..];
    }
    Ok(said)
}

#[cfg(test)]
pub(super) mod tests;
