//! Bounds of a form and of what is entered into one, each with its reason.

/// A form travels to phones over thin links; the largest built-in one has about 30 kB.
pub(crate) const FORM_BYTES_MAX: usize = crate::limits::FORM_BYTES_MAX;
/// Texts from outside that one process keeps as forms: several stores with as many as each may have.
pub(crate) const FORMS_KEPT_MAX: usize = 4 * crate::limits::FORMS_MAX;
/// Fields of a form, nested ones included: more than a person fills in, and a bound on compiling.
pub(crate) const FIELDS_MAX: usize = 300;
/// Choices of one coded field; the longest built-in list has about 30.
pub(crate) const CHOICES_MAX: usize = 200;
/// Sections of a form.
pub(crate) const SECTIONS_MAX: usize = 30;
/// Conditional rules of one object of a form.
pub(crate) const RULES_MAX: usize = 50;
/// Characters of a label.
pub(crate) const LABEL_LENGTH_MAX: usize = 120;
/// Characters of a help text or a remedy.
pub(crate) const HELP_LENGTH_MAX: usize = 600;
/// Characters of a pattern; together with the compiled size this defuses pattern bombs.
pub(crate) const PATTERN_LENGTH_MAX: usize = 200;
/// Bytes of a compiled pattern.
pub(crate) const PATTERN_COMPILED_BYTES_MAX: usize = 256 * 1024;
/// Characters that a form may allow in one text.
pub(crate) const TEXT_LENGTH_MAX: u64 = 10_000;
/// Rows that a form may allow in one list.
pub(crate) const ROWS_MAX: u64 = 200;
/// Whole numbers stay exact in every reader of JSON.
pub(crate) const INTEGER_MAX: i64 = (1 << 53) - 1;
/// A path names a field, or a row list, a row and a field.
pub(crate) const PATH_SEGMENTS_MAX: usize = 3;
/// Characters of a field's name.
pub(crate) const SEGMENT_LENGTH_MAX: usize = 40;
/// A row id can be a UUID in its usual spelling.
pub(crate) const ROW_ID_LENGTH_MAX: usize = 36;
/// Problems that one check reports; data with more is not what a person entered.
pub(crate) const PROBLEMS_MAX: usize = 1_000;
