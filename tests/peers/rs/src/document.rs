//! Reports as Automerge documents, and the index of them.

use std::collections::BTreeMap;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutoSerde, Automerge, AutomergeError, ObjId, ObjType, Prop, ROOT, ReadDoc as _, ScalarValue, Value as Stored};
use samod::DocumentId;
use samod::storage::{Storage, StorageKey, TokioFilesystemStorage};
use serde_json::Value;

use crate::contract::{Failure, Report};

/// The key of the index that holds the entries: report id → bytes of the document's id.
const ENTRIES: &str = "reports";

/// A document whose values are scalars, as `autosurgeon` makes them of a struct: a text is one register.
pub(crate) fn document(report: &Report) -> Result<Automerge, Failure> {
    let mut document = Automerge::new();
    edit(&mut document, |transaction| fill(transaction, &ROOT, report))?;
    Ok(document)
}

pub(crate) fn set(document: &mut Automerge, field: &str, value: &Value) -> Result<(), Failure> {
    edit(document, |transaction| put(transaction, &ROOT, field, value))
}

pub(crate) fn report(document: &Automerge) -> Result<Report, Failure> {
    Ok(serde_json::from_value(serde_json::to_value(AutoSerde::from(document))?)?)
}

/// The id of the index is part of the app, and so is its first change: whoever starts has it, and nobody asks for it.
pub(crate) fn index_id() -> Result<DocumentId, Failure> {
    Ok(DocumentId::try_from(b"sambang-peer-idx".to_vec())?)
}

pub(crate) async fn plant_index(storage: &TokioFilesystemStorage) -> Result<(), Failure> {
    let mut index = Automerge::new().with_actor(ActorId::from(&[0; 16]));
    index
        .transact_with::<_, _, AutomergeError, _>(
            |_| CommitOptions::default().with_time(0),
            |transaction| transaction.put_object(ROOT, ENTRIES, ObjType::Map),
        )
        .map_err(|failure| failure.error)?;
    for change in index.get_changes(&[]) {
        let key = StorageKey::incremental_path(&index_id()?, change.hash());
        if storage.load_range(StorageKey::incremental_prefix(&index_id()?)).await.is_empty() {
            storage.put(key, change.raw_bytes().to_vec()).await;
        }
    }
    Ok(())
}

pub(crate) fn enter(index: &mut Automerge, entries: &[(String, DocumentId)]) -> Result<(), Failure> {
    let (_, map) = index.get(ROOT, ENTRIES)?.ok_or("an index without entries")?;
    edit(index, |transaction| entries.iter().try_for_each(|(id, document)| transaction.put(&map, id, document.as_bytes().to_vec())))
}

pub(crate) fn entries(index: &Automerge) -> Result<BTreeMap<String, DocumentId>, Failure> {
    let (_, map) = index.get(ROOT, ENTRIES)?.ok_or("an index without entries")?;
    index
        .keys(&map)
        .map(|id| match index.get(&map, &id)? {
            Some((Stored::Scalar(bytes), _)) => match bytes.as_ref() {
                ScalarValue::Bytes(bytes) => Ok((id, DocumentId::try_from(bytes.clone())?)),
                _ => Err(format!("{id} is no document").into()),
            },
            _ => Err(format!("{id} is no document").into()),
        })
        .collect()
}

fn edit(
    document: &mut Automerge,
    write: impl FnOnce(&mut automerge::transaction::Transaction<'_>) -> Result<(), AutomergeError>,
) -> Result<(), Failure> {
    document.transact(write).map(|_| ()).map_err(|failure| failure.error.into())
}

fn fill(transaction: &mut impl Transactable, map: &ObjId, fields: &Report) -> Result<(), AutomergeError> {
    fields.iter().try_for_each(|(key, value)| put(transaction, map, key.as_str(), value))
}

fn put(transaction: &mut impl Transactable, container: &ObjId, at: impl Into<Prop>, value: &Value) -> Result<(), AutomergeError> {
    match value {
        Value::Object(fields) => {
            let map = transaction.put_object(container, at, ObjType::Map)?;
            fill(transaction, &map, fields)
        }
        Value::Array(items) => {
            let list = transaction.put_object(container, at, ObjType::List)?;
            for (place, item) in items.iter().enumerate() {
                transaction.insert(&list, place, ())?;
                put(transaction, &list, place, item)?;
            }
            Ok(())
        }
        Value::Null => transaction.put(container, at, ()),
        Value::Bool(value) => transaction.put(container, at, *value),
        Value::String(text) => transaction.put(container, at, text.as_str()),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => transaction.put(container, at, whole),
            None => transaction.put(container, at, number.as_f64().unwrap_or(f64::NAN)),
        },
    }
}
