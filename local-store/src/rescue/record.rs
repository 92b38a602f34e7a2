//! Rows out of SQLite's pages, by the format of the file (sqlite.org/fileformat2.html), where the tables that lead to them may be gone.

use super::pages::Pages;

/// The largest row that is put together: our largest is a snapshot of 2 MiB.
const ROW_BYTES_MAX: u64 = 32 << 20;
const COLUMNS_MAX: usize = 64;
const LEAF_OF_A_TABLE: u8 = 0x0d;

/// One row, its columns still packed.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) rowid: i64,
    pub(super) payload: Vec<u8>,
}

/// One column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Int(i64),
    Real,
    Text(&'a [u8]),
    Blob(&'a [u8]),
    /// A text or blob whose bytes are not all there.
    Lost,
}

/// A number of one to nine bytes, seven bits each but the ninth; and where it ends.
fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for count in 0..9 {
        let byte = *bytes.get(at.checked_add(count)?)?;
        if count == 8 {
            return Some((value << 8 | u64::from(byte), at + 9));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, at + count + 1));
        }
    }
    None
}

/// The rows that a leaf of a table points to.
pub(super) fn cells(pages: &Pages, page: &[u8], first: bool) -> Vec<Cell> {
    let head = if first { 100 } else { 0 };
    if page.get(head) != Some(&LEAF_OF_A_TABLE) {
        return Vec::new();
    }
    let two = |at: usize| Some(usize::from(u16::from_be_bytes(page.get(at..at + 2)?.try_into().ok()?)));
    let count = two(head + 3).unwrap_or(0).min(page.len() / 2);
    (0..count).filter_map(|number| cell(pages, page, two(head + 8 + 2 * number)?)).collect()
}

/// The row that begins there, with what its overflow pages hold of it.
fn cell(pages: &Pages, page: &[u8], at: usize) -> Option<Cell> {
    let (length, at) = varint(page, at)?;
    let (rowid, at) = varint(page, at)?;
    if length > ROW_BYTES_MAX {
        return None;
    }
    let (length, usable) = (usize::try_from(length).ok()?, pages.usable_bytes());
    let most = usable - 35;
    let least = (usable - 12) * 32 / 255 - 23;
    let here = match length {
        length if length <= most => length,
        length => Some(least + (length - least) % (usable - 4)).filter(|here| *here <= most).unwrap_or(least),
    };
    let end = at.checked_add(here)?;
    let mut payload = page.get(at..end.min(page.len()))?.to_vec();
    let mut next = page.get(end..).and_then(|rest| rest.first_chunk()).map(|four| u32::from_be_bytes(*four));
    while payload.len() < length && payload.len() >= here {
        let Some(page) = next.and_then(|number| pages.page(number)) else { break };
        let Some((four, data)) = page.split_first_chunk::<4>() else { break };
        let data = data.get(..usable - 4).unwrap_or(data);
        payload.extend_from_slice(data.get(..length - payload.len()).unwrap_or(data));
        // A page that is cut is the last one that can be of use.
        next = Some(u32::from_be_bytes(*four)).filter(|_| data.len() == usable - 4);
    }
    Some(Cell { rowid: rowid.cast_signed(), payload })
}

/// The columns of a row; none when its head is not one.
pub(super) fn values(payload: &[u8]) -> Option<Vec<Value<'_>>> {
    let (head, mut at) = varint(payload, 0)?;
    let head = usize::try_from(head).ok().filter(|head| *head <= payload.len())?;
    let (mut values, mut data) = (Vec::new(), head);
    while at < head {
        let (kind, next) = varint(payload, at)?;
        at = next;
        let bytes = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => (kind - 12) / 2,
        };
        let end = data.checked_add(usize::try_from(bytes).ok()?)?;
        let content = payload.get(data..end);
        data = end;
        values.push(match (kind, content) {
            (0, _) => Value::Null,
            (8, _) => Value::Int(0),
            (9, _) => Value::Int(1),
            (_, None) => Value::Lost,
            (1..=6, Some(bytes)) => Value::Int(integer(bytes)),
            (7, Some(_)) => Value::Real,
            (_, Some(bytes)) if kind.is_multiple_of(2) => Value::Blob(bytes),
            (_, Some(bytes)) => Value::Text(bytes),
        });
        if values.len() > COLUMNS_MAX {
            return None;
        }
    }
    (at == head).then_some(values)
}

/// Two's complement, highest byte first.
fn integer(bytes: &[u8]) -> i64 {
    let sign = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) { -1 } else { 0 };
    bytes.iter().fold(sign, |value, byte| value << 8 | i64::from(*byte))
}

/// Rows of changes that no page points to any more: a head that was overwritten leaves the rows behind it as they were. By the kinds of their first
/// columns: the number of the row, 32 bytes, 16 bytes. What is found may be no row; a change proves itself by its hash.
pub(super) fn carved(pages: &Pages, page: &[u8]) -> Vec<Cell> {
    const KINDS: [u8; 3] = [0, 12 + 2 * 32, 12 + 2 * 16];
    let mut found = Vec::new();
    for (at, _) in page.windows(3).enumerate().filter(|(_, window)| *window == KINDS) {
        let Some(head) = at.checked_sub(1) else { continue };
        // Before the head stand two numbers, of one to nine bytes each, that end where it begins.
        for begin in head.saturating_sub(18)..head.saturating_sub(1) {
            let ends = varint(page, begin).and_then(|(_, second)| varint(page, second)).map(|(_, end)| end);
            if ends == Some(head) {
                found.extend(cell(pages, page, begin));
            }
        }
    }
    found
}
