//! Proofs on the wire: which tokens a device shows with which item of its request.

use std::collections::BTreeMap;

use automerge::ChangeHash;

use crate::codec::{DecodeError, Reader, Writer};
use crate::limits;
use crate::proof::{Proof, Token};

/// What is shown with one item.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemProofs {
    /// Tokens. Those without heads are for the heads of the item itself, as most are.
    pub proofs: Vec<Proof>,
    /// An encoded item: changes that the device calls refused and that lie under these tokens. Empty for none.
    pub evidence: Vec<u8>,
}

/// By the item's place in the request.
pub(crate) fn encode_proofs(proofs: &BTreeMap<usize, ItemProofs>) -> Writer {
    let mut out = Writer::default();
    for (item, shown) in proofs {
        out.length(*item);
        out.length(shown.proofs.len());
        for proof in &shown.proofs {
            out.length(proof.heads.len());
            proof.heads.iter().for_each(|head| out.raw(&head.0));
            out.raw(&proof.token.0);
        }
        out.bytes(&shown.evidence);
    }
    out
}

pub(crate) fn decode_proofs(bytes: &[u8]) -> Result<BTreeMap<usize, ItemProofs>, DecodeError> {
    let (mut reader, mut all) = (Reader::new(bytes), BTreeMap::new());
    while !reader.is_empty() {
        let item = reader.length(limits::PUSH_ITEMS_MAX - 1, "a proof")?;
        let count = reader.length(limits::PROOFS_MAX, "proofs")?;
        let proofs = (0..count).map(|_| decode_proof(&mut reader)).collect::<Result<_, _>>()?;
        let evidence = reader.bytes(limits::ITEM_BYTES_MAX, "evidence")?.to_vec();
        if all.insert(item, ItemProofs { proofs, evidence }).is_some() {
            return Err(DecodeError::Invalid("proofs"));
        }
    }
    Ok(all)
}

fn decode_proof(reader: &mut Reader<'_>) -> Result<Proof, DecodeError> {
    let count = reader.length(limits::CHANGE_DEPENDENCIES_MAX, "heads")?;
    let heads: Vec<_> = (0..count).map(|_| reader.array("a head").map(ChangeHash)).collect::<Result<_, _>>()?;
    if !heads.is_sorted_by(|one, next| one < next) {
        return Err(DecodeError::Invalid("heads"));
    }
    Ok(Proof { heads, token: Token(reader.array("a token")?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proofs_come_back_as_they_were() {
        let proof = |heads: &[u8]| Proof { heads: heads.iter().map(|byte| ChangeHash([*byte; 32])).collect(), token: Token([5; 8]) };
        let one = BTreeMap::from([(3, ItemProofs { proofs: vec![proof(&[])], evidence: Vec::new() })]);
        let bytes = encode_proofs(&one).into_bytes();
        assert_eq!(bytes.len(), 12, "most proofs: which item, one token, no heads, 8 bytes, no evidence");
        assert_eq!(decode_proofs(&bytes), Ok(one));
        let many = BTreeMap::from([
            (0, ItemProofs { proofs: vec![proof(&[1, 2]), proof(&[9])], evidence: vec![1, 2, 3] }),
            (199, ItemProofs { proofs: vec![proof(&[7])], evidence: Vec::new() }),
        ]);
        assert_eq!(decode_proofs(&encode_proofs(&many).into_bytes()), Ok(many));
    }

    #[test]
    fn what_is_no_proof_is_none() {
        let proof = |heads: &[u8]| Proof { heads: heads.iter().map(|byte| ChangeHash([*byte; 32])).collect(), token: Token([5; 8]) };
        let refused = |item: usize, proofs: Vec<Proof>| {
            let shown = BTreeMap::from([(item, ItemProofs { proofs, evidence: Vec::new() })]);
            decode_proofs(&encode_proofs(&shown).into_bytes()).is_err()
        };
        assert!(refused(200, vec![proof(&[1])]), "there is no such item");
        assert!(refused(0, vec![proof(&[2, 1])]) && refused(0, vec![proof(&[1, 1])]), "heads have one order");
        assert!(refused(0, vec![proof(&[1]); limits::PROOFS_MAX + 1]));
    }
}
