//! Pull: cursors go up, pages come down.

use std::collections::{BTreeMap, BTreeSet};

use automerge::Change;

use crate::change::Item;
use crate::codec::{DecodeError, Reader, Writer};
use crate::place::Feed;
use crate::proof::Token;
use crate::{Nrp, ReportId, UnitCode, limits};

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
    /// TOKEN_EXACT: for the heads of these changes. None where there are none.
    pub token: Option<Token>,
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

/// The feed byte of a chain: the broadcast feeds of a unit and of those above it in its partition, which mostly rest together.
const CHAIN: u8 = 6;

/// Feeds that rest at the same place share one cursor, and chains of broadcast feeds one entry.
pub(crate) fn encode_cursors<'a>(cursors: impl IntoIterator<Item = (&'a Feed, Cursor)>) -> Writer {
    let mut groups: BTreeMap<Cursor, BTreeSet<Feed>> = BTreeMap::new();
    for (feed, cursor) in cursors {
        groups.entry(cursor).or_default().insert(*feed);
    }
    let mut out = Writer::default();
    for (cursor, feeds) in groups {
        encode_cursor(cursor, &mut out);
        encode_feeds(&feeds, &mut out);
    }
    out
}

fn encode_feeds(feeds: &BTreeSet<Feed>, out: &mut Writer) {
    let mut alone = feeds.clone();
    let mut chains = Vec::new();
    // The lowest units first: their chains take in those above.
    for feed in feeds.iter().rev() {
        let Feed::Broadcast(unit) = feed else { continue };
        let chain = BTreeSet::from_iter(chain(*unit));
        if chain.len() > 1 && alone.contains(feed) && chain.is_subset(feeds) {
            alone.retain(|feed| !chain.contains(feed));
            chains.push(unit);
        }
    }
    out.length(alone.len() + chains.len());
    alone.iter().for_each(|feed| feed.encode(out));
    for unit in chains {
        out.byte(CHAIN);
        unit.encode(out);
    }
}

fn chain(unit: UnitCode) -> impl Iterator<Item = Feed> {
    unit.with_ancestors().take_while(move |above| above.partition() == unit.partition()).map(Feed::Broadcast)
}

pub(crate) fn decode_cursors(bytes: &[u8], officer: Nrp) -> Result<BTreeMap<Feed, Cursor>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let mut cursors = BTreeMap::new();
    while !reader.is_empty() {
        let cursor = decode_cursor(&mut reader)?;
        let count = reader.length(limits::CURSORS_MAX.saturating_sub(cursors.len()), "cursors")?;
        for _ in 0..count {
            match reader.byte("a feed")? {
                CHAIN => cursors.extend(chain(UnitCode::decode(&mut reader)?).map(|feed| (feed, cursor))),
                tag => drop(cursors.insert(Feed::decode_of(tag, &mut reader, officer)?, cursor)),
            }
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

impl Page {
    /// Nothing but a cursor that moves: as others file in the partition, most pages are that.
    fn rests(&self) -> bool {
        self.entries.is_empty() && !self.more
    }
}

/// The cursors of the pages that are nothing else; the others follow by [`encode_pages`].
pub(crate) fn encode_rests(pages: &[Page]) -> Writer {
    encode_cursors(pages.iter().filter(|page| page.rests()).map(|page| (&page.feed, page.cursor)))
}

pub(crate) fn decode_rests(bytes: &[u8], officer: Nrp) -> Result<Vec<Page>, DecodeError> {
    let page = |(feed, cursor)| Page { feed, entries: Vec::new(), cursor, more: false };
    Ok(decode_cursors(bytes, officer)?.into_iter().map(page).collect())
}

pub(crate) fn encode_pages(pages: &[Page]) -> Result<Writer, crate::change::NotPortable> {
    let mut out = Writer::default();
    for page in pages.iter().filter(|page| !page.rests()) {
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

pub(crate) fn encode_delivery(entry: &Delivery, out: &mut Writer) -> Result<(), crate::change::NotPortable> {
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

pub(crate) fn decode_delivery(reader: &mut Reader<'_>) -> Result<Delivery, DecodeError> {
    match reader.byte("an entry")? {
        0 => Ok(Delivery { report: ReportId::from_bytes(reader.array("a report id")?), here: None, token: None }),
        1 => Ok(Delivery { report: ReportId::from_bytes(reader.array("a report id")?), here: Some(Vec::new()), token: None }),
        2 => {
            let item = Item::decode(reader.bytes(limits::ITEM_BYTES_MAX, "an item")?).map_err(|_| DecodeError::Invalid("an item"))?;
            let labelled = item.changes.into_iter().map(|change| Ok((change, reader.number("a sequence")?)));
            let here = Some(labelled.collect::<Result<_, DecodeError>>()?);
            Ok(Delivery { report: item.report, here, token: Some(Token::COMING) })
        }
        _ => Err(DecodeError::Invalid("an entry")),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;
    use crate::form::Class;
    use crate::place::{Area, feeds_of_areas};

    fn unit(text: &str) -> UnitCode {
        text.parse().unwrap()
    }

    #[test]
    fn cursors_survive_the_wire_wherever_each_feed_stands() {
        let officer = "00000001".parse().unwrap();
        let areas = ["53.03.01.2005", "53.03.01.2006", "53.03.02", "53"].map(|code| Area { unit: unit(code), class: Class::Biasa });
        let all = feeds_of_areas(&BTreeSet::from(areas), officer, &BTreeSet::from([unit("53.03")]));
        let feeds: Vec<Feed> = all.into_iter().filter(|feed| !matches!(feed, Feed::Area(_))).collect();
        for pattern in 0_u32..1 << feeds.len() {
            let at = |place: usize| u64::from(pattern >> place & 1);
            let cursors: BTreeMap<Feed, Cursor> =
                feeds.iter().enumerate().map(|(place, feed)| (*feed, Cursor { base: 7, at: 7 + at(place) })).collect();
            let bytes = encode_cursors(cursors.iter().map(|(feed, cursor)| (feed, *cursor))).into_bytes();
            assert_eq!(decode_cursors(&bytes, officer).unwrap(), cursors, "{pattern:b}");
        }
    }

    #[test]
    fn what_entered_a_feed_since_comes_whole_and_the_rest_from_where_the_feed_rested() {
        let cursor = Cursor { base: 7, at: 9 };
        assert_eq!([6, 7, 8, 9].map(|entered| feed_news(entered, cursor)), [7, 7, 0, 0]);
    }

    #[test]
    fn a_chain_that_rests_is_one_entry() {
        let size = |feeds: &[Feed]| encode_cursors(feeds.iter().map(|feed| (feed, Cursor::default()))).into_bytes().len();
        let whole: Vec<Feed> = chain(unit("53.03.01.2005")).collect();
        assert_eq!((whole.len(), size(&whole)), (3, size(&whole[..1])));
    }

    #[test]
    fn no_number_of_chains_gets_past_the_limit_of_cursors() {
        let officer = "00000001".parse().unwrap();
        let mut out = Writer::default();
        for group in 0..limits::CURSORS_MAX as u64 {
            encode_cursor(Cursor { base: group, at: group }, &mut out);
            out.length(2);
            for village in [2 * group, 2 * group + 1] {
                out.byte(CHAIN);
                UnitCode::from_parts(&[53, 3, 1, u16::try_from(village % 9_999).unwrap()]).unwrap().encode(&mut out);
            }
        }
        assert!(decode_cursors(&out.into_bytes(), officer).is_err());
    }
}
