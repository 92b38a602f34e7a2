//! Sambang.

mod form;

pub use form::{
    Choice, Class, Field, FieldKind, FieldPath, Form, FormError, Lane, Lang, Merge, PathError,
    Problem, ROW_ID_KEY, Role, RowList, Section, Words, Writer, is_row_id,
};
