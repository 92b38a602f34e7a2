use std::sync::OnceLock;

use super::Form;

/// The forms that every device and server has from the start, in the order of a menu: what is
/// filed most often first.
const SOURCES: [&str; 9] = [
    include_str!("../../forms/dds-warga.json"),
    include_str!("../../forms/dds-usaha.json"),
    include_str!("../../forms/deteksi-dini.json"),
    include_str!("../../forms/sambang.json"),
    include_str!("../../forms/problem-solving.json"),
    include_str!("../../forms/laporan-informasi.json"),
    include_str!("../../forms/binluh.json"),
    include_str!("../../forms/satkamling.json"),
    include_str!("../../forms/pesan-kamtibmas.json"),
];

/// The form of messages from above: nobody files it as a report, so that it stands in no menu.
const MESSAGE: &str = include_str!("../../forms/pesan.json");

impl Form {
    /// The forms of reports that are compiled into the program.
    #[must_use]
    pub fn built_in() -> &'static [Self] {
        static FORMS: OnceLock<Vec<Form>> = OnceLock::new();
        FORMS.get_or_init(|| SOURCES.iter().map(|source| compiled_in(source)).collect())
    }

    /// The form of a message that comes down: `pesan`.
    #[must_use]
    pub fn message() -> &'static Self {
        static FORM: OnceLock<Form> = OnceLock::new();
        FORM.get_or_init(|| compiled_in(MESSAGE))
    }

    /// The built-in form of a kind and a version.
    #[must_use]
    pub fn find(kind: &str, version: u32) -> Option<&'static Self> {
        Self::all().find(|form| form.kind() == kind && form.version() == version)
    }

    /// The newest built-in form of a kind.
    #[must_use]
    pub fn newest(kind: &str) -> Option<&'static Self> {
        Self::all().filter(|form| form.kind() == kind).max_by_key(|form| form.version())
    }

    fn all() -> impl Iterator<Item = &'static Self> {
        Self::built_in().iter().chain([Self::message()])
    }
}

#[expect(clippy::panic, reason = "the files are part of the program and a test reads each of them")]
fn compiled_in(source: &str) -> Form {
    match Form::parse(source) {
        Ok(form) => form,
        Err(error) => panic!("a built-in form is broken: {error}"),
    }
}
