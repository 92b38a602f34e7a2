//! The tokens of a reply, all in one place: they do not compress, and between other bytes would keep those from compressing too.

use super::ask::Answer;
use super::reply::Reply;
use crate::codec::{DecodeError, Reader, Writer};
use crate::proof::Token;

/// One for each verdict that shares something, then for each answer *shared*, then for each delivery with changes, in their orders.
pub(crate) fn encode_tokens(reply: &Reply) -> Writer {
    let mut out = Writer::default();
    let answers = reply.answers.iter().filter_map(|answer| match answer {
        Answer::Shared(_, token) => Some(token),
        Answer::Held | Answer::Refused { .. } | Answer::Unknown => None,
    });
    let deliveries = reply.pages.iter().flat_map(|page| &page.entries).filter_map(|entry| entry.token.as_ref());
    let receipts = reply.verdicts.iter().filter_map(|verdict| verdict.token.as_ref());
    receipts.chain(answers).chain(deliveries).for_each(|token| out.raw(&token.0));
    out
}

/// Gives each its token; what was decoded has a place for it.
pub(crate) fn decode_tokens(bytes: &[u8], reply: &mut Reply) -> Result<(), DecodeError> {
    let mut reader = Reader::new(bytes);
    let answers = reply.answers.iter_mut().filter_map(|answer| match answer {
        Answer::Shared(_, token) => Some(token),
        Answer::Held | Answer::Refused { .. } | Answer::Unknown => None,
    });
    let deliveries = reply.pages.iter_mut().flat_map(|page| &mut page.entries).filter_map(|entry| entry.token.as_mut());
    let receipts = reply.verdicts.iter_mut().filter_map(|verdict| verdict.token.as_mut());
    for token in receipts.chain(answers).chain(deliveries) {
        *token = Token(reader.array("a token")?);
    }
    reader.end("the tokens")
}
