//! Pull: cursors go up, pages come down.

use std::collections::BTreeMap;

use automerge::Change;

use crate::change::Item;
use crate::codec::{DecodeError, Reader, Writer};
use crate::place::Feed;
use crate::{Nrp, ReportId, limits};

/// CURSOR_PAIR: how far a device is in a feed. A page lists what changed after `at`, and sends of each document the changes after `base`
/// (all of them when it entered after `base`). `at` moves with every page, `base` with the last one: with a single number every sync of
/// several pages would lose changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Cursor {
    /// All changes up to here are held.
    pub base: u64,
    /// All documents that changed up to here were listed.
    pub at: u64,
}

/// A document in a page.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The document.
    pub report: ReportId,
    /// None: it left the feed. Its changes with their sequence in the feed's partition otherwise; empty when the reply carries them elsewhere.
    pub here: Option<Vec<(Change, u64)>>,
}

/// News of one feed.
#[derive(Debug, Clone)]
pub struct Page {
    /// The feed.
    pub feed: Feed,
    /// Documents, oldest change first.
    pub entries: Vec<Delivery>,
    /// Where the device stands once it has stored the page.
    pub cursor: Cursor,
    /// There is more.
    pub more: bool,
}

/// What a page sends of a document that entered a feed at `entered`: the changes after this sequence.
pub fn feed_news(entered: u64, cursor: Cursor) -> u64 {
    if entered > cursor.base { 0 } else { cursor.base }
}

/// Feeds that rest at the same place share one cursor.
pub(crate) fn encode_cursors(cursors: &BTreeMap<Feed, Cursor>) -> Writer {
    let mut groups: BTreeMap<Cursor, Vec<&Feed>> = BTreeMap::new();
    cursors.iter().for_each(|(feed, cursor)| groups.entry(*cursor).or_default().push(feed));
    let mut out = Writer::default();
    for (cursor, feeds) in groups {
        encode_cursor(cursor, &mut out);
        out.length(feeds.len());
        feeds.iter().for_each(|feed| feed.encode(&mut out));
    }
    out
}

pub(crate) fn decode_cursors(bytes: &[u8], officer: Nrp) -> Result<BTreeMap<Feed, Cursor>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let mut cursors = BTreeMap::new();
    while !reader.is_empty() {
        let cursor = decode_cursor(&mut reader)?;
        let count = reader.length(limits::CURSORS_MAX - cursors.len(), "cursors")?;
        for _ in 0..count {
            cursors.insert(Feed::decode(&mut reader, officer)?, cursor);
        }
    }
    Ok(cursors)
}

fn encode_cursor(cursor: Cursor, out: &mut Writer) {
    out.number(cursor.base);
    out.number(cursor.at.saturating_sub(cursor.base));
}

fn decode_cursor(reader: &mut Reader<'_>) -> Result<Cursor, DecodeError> {
    let most = i64::MAX.cast_unsigned() / 2;
    let base = reader.number_up_to(most, "a cursor")?;
    Ok(Cursor { base, at: base + reader.number_up_to(most, "a cursor")? })
}

pub(crate) fn encode_pages(pages: &[Page]) -> Result<Writer, crate::change::NotPortable> {
    let mut out = Writer::default();
    for page in pages {
        page.feed.encode(&mut out);
        encode_cursor(page.cursor, &mut out);
        out.byte(u8::from(page.more));
        out.length(page.entries.len());
        for entry in &page.entries {
            encode_delivery(entry, &mut out)?;
        }
    }
    Ok(out)
}

fn encode_delivery(entry: &Delivery, out: &mut Writer) -> Result<(), crate::change::NotPortable> {
    match &entry.here {
        None => {
            out.byte(0);
            out.raw(&entry.report.to_bytes());
        }
        Some(changes) if changes.is_empty() => {
            out.byte(1);
            out.raw(&entry.report.to_bytes());
        }
        Some(changes) => {
            out.byte(2);
            let item = Item { report: entry.report, changes: changes.iter().map(|(change, _)| change.clone()).collect() };
            out.bytes(&item.encode()?);
            changes.iter().for_each(|(_, sequence)| out.number(*sequence));
        }
    }
    Ok(())
}

pub(crate) fn decode_pages(bytes: &[u8], officer: Nrp) -> Result<Vec<Page>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let mut pages = Vec::new();
    while !reader.is_empty() {
        let feed = Feed::decode(&mut reader, officer)?;
        let cursor = decode_cursor(&mut reader)?;
        let more = reader.flag("more")?;
        let count = reader.length(limits::PAGE_DOCUMENTS_MAX, "entries")?;
        let entries = (0..count).map(|_| decode_delivery(&mut reader)).collect::<Result<_, _>>()?;
        pages.push(Page { feed, entries, cursor, more });
    }
    Ok(pages)
}

fn decode_delivery(reader: &mut Reader<'_>) -> Result<Delivery, DecodeError> {
    match reader.byte("an entry")? {
        0 => Ok(Delivery { report: ReportId::from_bytes(reader.array("a report id")?), here: None }),
        1 => Ok(Delivery { report: ReportId::from_bytes(reader.array("a report id")?), here: Some(Vec::new()) }),
        2 => {
            let item = Item::decode(reader.bytes(limits::ITEM_BYTES_MAX, "an item")?).map_err(|_| DecodeError::Invalid("an item"))?;
            let labelled = item.changes.into_iter().map(|change| Ok((change, reader.number("a sequence")?)));
            Ok(Delivery { report: item.report, here: Some(labelled.collect::<Result<_, DecodeError>>()?) })
        }
        _ => Err(DecodeError::Invalid("an entry")),
    }
}
