use super::Form;
use super::field::{Field, FieldKind, Writer};
use super::path::{FieldPath, is_row_id};
use super::role::Role;

/// What a path names in a form.
#[derive(Clone, Copy)]
pub(crate) enum Spot<'f> {
    /// A field: scalar, group or list of rows.
    Field(&'f Field),
    /// One row of this list.
    Row(&'f Field),
}

impl<'f> Spot<'f> {
    pub(crate) fn field(self) -> &'f Field {
        match self {
            Self::Field(field) | Self::Row(field) => field,
        }
    }
}

impl Form {
    /// The field that a path names. The path of a row (`anggota.<row id>`) gives the list.
    #[must_use]
    pub fn field(&self, path: &FieldPath) -> Option<&Field> {
        self.resolve(path).map(Spot::field)
    }

    /// Whether a role may write at a path: a value, a row, or the removal of either. A path that
    /// the form has not got may be written by nobody. It does not judge the value, nor the area.
    #[must_use]
    pub fn may_write(&self, role: Role, path: &FieldPath) -> bool {
        let Some(spot) = self.resolve(path) else {
            return false;
        };
        let root = self.fields().iter().find(|field| field.name == path.root());
        // A restricted group or list restricts what is in it.
        [Some(spot.field()), root].into_iter().flatten().all(|field| match field.writer {
            Writer::Anyone => true,
            Writer::Supervisor => role.is_supervisor(),
        })
    }

    pub(crate) fn resolve(&self, path: &FieldPath) -> Option<Spot<'_>> {
        let (first, rest) = path.as_slice().split_first()?;
        let field = named(self.fields(), first)?;
        match (&field.kind, rest) {
            (_, []) => Some(Spot::Field(field)),
            (FieldKind::Group(fields), [name]) => named(fields, name).map(Spot::Field),
            (FieldKind::Rows(_), [row]) if is_row_id(row) => Some(Spot::Row(field)),
            (FieldKind::Rows(fields), [row, name]) if is_row_id(row) => named(fields, name).map(Spot::Field),
            _ => None,
        }
    }
}

pub(crate) fn named<'f>(fields: &'f [Field], name: &str) -> Option<&'f Field> {
    fields.iter().find(|field| field.name == name)
}
