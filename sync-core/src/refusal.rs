//! Why a change is refused: a code that never changes, what happened, and what to do.

use crate::form::{Lang, Words};

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $code:literal, $id:literal, $en:literal, $todo_id:literal, $todo_en:literal;)*) => {
        /// The server's reason for refusing a change, and the device's for not making one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Refusal { $($(#[$doc])* $name),* }

        impl Refusal {
            /// Each of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];
            /// As it travels.
            pub fn number(self) -> u8 {
                match self { $(Self::$name => $number),* }
            }
            /// None for a number of a newer version.
            pub fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }
            /// Stable, for machines.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }
            /// What happened.
            pub fn text(self, lang: Lang) -> &'static str {
                match (self, lang) { $((Self::$name, Lang::Indonesian) => $id, (Self::$name, Lang::English) => $en),* }
            }
            /// What to do.
            pub fn remedy(self, lang: Lang) -> &'static str {
                match (self, lang) { $((Self::$name, Lang::Indonesian) => $todo_id, (Self::$name, Lang::English) => $todo_en),* }
            }
        }
    };
}

refusals! {
    /// Bytes that are no item.
    Undecodable = 1, "undecodable",
        "Isi yang diterima pusat tidak dapat dibaca.", "What the centre received cannot be read.",
        "Perbarui aplikasi, lalu kirim lagi. Bila tetap ditolak, ekspor laporan dan hubungi operator.", "Update the app and send again. If it is refused again, export the report and call the operator.";
    /// The changes decode to other hashes.
    HashMismatch = 2, "hash-mismatch",
        "Isi yang diterima pusat berbeda dari yang dikirim.", "What the centre received differs from what was sent.",
        "Kirim lagi. Bila tetap ditolak, ekspor laporan dan hubungi operator.", "Send again. If it is refused again, export the report and call the operator.";
    /// Above a limit.
    TooLarge = 3, "too-large",
        "Laporan ini melampaui batas ukuran.", "The report is above a size limit.",
        "Bagi menjadi beberapa laporan.", "Split it into several reports.";
    /// Outside the profile of a report.
    Unsupported = 4, "unsupported",
        "Laporan ini memakai bentuk data yang tidak dikenal pusat.", "The report uses a form of data that the centre does not know.",
        "Perbarui aplikasi.", "Update the app.";
    /// The same (actor, sequence) with another content.
    Fork = 5, "fork",
        "Dua perubahan memakai nomor yang sama; penyimpanan ini pernah disalin atau dipulihkan.", "Two changes carry the same number; this store was copied or restored.",
        "Perbaiki laporan ini sekali lagi; perubahan baru akan diterima.", "Correct the report once more; the new change will be accepted.";
    /// A gap in an actor's sequence, or a first operation that does not follow.
    Sequence = 6, "sequence",
        "Urutan perubahan tidak sambung.", "The sequence of changes has a gap.",
        "Perbaiki laporan ini sekali lagi; perubahan baru akan diterima.", "Correct the report once more; the new change will be accepted.";
    /// An operation names what is not there.
    Reference = 7, "reference",
        "Perubahan ini menunjuk bagian laporan yang tidak ada.", "The change points at a part of the report that is not there.",
        "Perbaiki laporan ini sekali lagi; perubahan baru akan diterima.", "Correct the report once more; the new change will be accepted.";
    /// Another device's actor.
    NotAuthor = 8, "not-author",
        "Perubahan ini dibuat oleh perangkat lain.", "The change was made by another device.",
        "Tidak perlu tindakan bila perangkat itu mengirimnya sendiri; selain itu hubungi operator.", "Nothing to do if that device sends it itself; else call the operator.";
    /// The first change is not one.
    Birth = 9, "birth",
        "Awal laporan ini tidak sah.", "The report's first change is not valid.",
        "Salin isinya ke laporan baru.", "Copy its content into a new report.";
    /// It would hide or overwrite a container or an entry.
    Profile = 10, "profile",
        "Perubahan ini menimpa bagian laporan yang tidak boleh ditimpa.", "The change overwrites a part of the report that may not be overwritten.",
        "Tulis sebagai catatan baru.", "Write it as a new entry.";
    /// The role may not write there.
    NotAllowed = 11, "not-allowed",
        "Peran Anda tidak boleh menulis bagian ini.", "Your role may not write this part.",
        "Mintalah atasan yang berwenang menuliskannya.", "Ask a supervisor who may to write it.";
    /// Outside the grant.
    OutsideGrant = 12, "outside-grant",
        "Wilayah laporan ini bukan wilayah tugas Anda.", "The report's unit is not one of yours.",
        "Periksa kode wilayah, atau mintalah operator memberi wilayah itu.", "Check the unit code, or ask the operator to grant the unit.";
    /// No such form here.
    UnknownForm = 13, "unknown-form",
        "Pusat belum mengenal formulir ini.", "The centre does not know this form yet.",
        "Tunggu sampai pusat diperbarui, lalu kirim lagi.", "Wait until the centre is updated, then send again.";
    /// The form's own rules.
    FormInvalid = 14, "form-invalid",
        "Isi laporan tidak memenuhi aturan formulirnya.", "The content breaks the rules of its form.",
        "Lengkapi atau perbaiki isinya.", "Complete or correct the content.";
    /// No such unit.
    UnknownUnit = 15, "unknown-unit",
        "Kode wilayah ini tidak ada di pusat.", "The centre has no unit with this code.",
        "Periksa kode wilayah.", "Check the unit code.";
    /// Too many concurrent heads from one device.
    TooManyHeads = 16, "too-many-heads",
        "Terlalu banyak versi yang terpisah dari satu perangkat.", "Too many separate versions from one device.",
        "Sinkronkan dahulu, lalu perbaiki laporan ini sekali lagi.", "Sync first, then correct the report once more.";
    /// Automerge failed on it.
    Dangerous = 17, "dangerous",
        "Perubahan ini merusak laporan bila diterima.", "The change would damage the report.",
        "Salin isinya ke laporan baru dan hubungi operator.", "Copy its content into a new report and call the operator.";
    /// What it was made on was refused.
    OnRefused = 18, "on-refused",
        "Perubahan ini dibuat di atas perubahan yang ditolak.", "The change was made on one that was refused.",
        "Perbaiki perubahan yang ditolak itu.", "Correct the one that was refused.";
    /// A decision names heads that are not in the report.
    UnknownHeads = 19, "unknown-heads",
        "Keputusan ini menunjuk keadaan laporan yang tidak dikenal.", "The decision names a state of the report that is not known.",
        "Buka laporan itu lagi dan putuskan ulang.", "Open the report again and decide anew.";
    /// A supervisor discarded what was held.
    Discarded = 20, "discarded",
        "Atasan memutuskan bahwa laporan yang ditahan ini tidak diterima.", "A supervisor decided not to take this report that was held.",
        "Ekspor laporan ini bila isinya masih diperlukan, dan tanyakan kepada atasan.", "Export the report if its content is still needed, and ask the supervisor.";
}

impl Refusal {
    /// True where the answer follows from the change and from what it was made on, and so is the same each time. The others hang on what may yet
    /// come: a grant, a role, a unit, a form, a head, the change below, a supervisor who takes his word back; and bytes that are no item have no name to be remembered by.
    pub fn is_lasting(self) -> bool {
        match self {
            Self::TooLarge
            | Self::Unsupported
            | Self::Fork
            | Self::Sequence
            | Self::Reference
            | Self::Birth
            | Self::Profile
            | Self::FormInvalid
            | Self::Dangerous => true,
            Self::Undecodable
            | Self::HashMismatch
            | Self::NotAuthor
            | Self::NotAllowed
            | Self::OutsideGrant
            | Self::UnknownForm
            | Self::UnknownUnit
            | Self::TooManyHeads
            | Self::OnRefused
            | Self::UnknownHeads
            | Self::Discarded => false,
        }
    }

    /// By its [`Refusal::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.code() == code)
    }

    /// [`Refusal::text`] in both languages.
    pub fn words(self) -> Words {
        Words { id: self.text(Lang::Indonesian).to_owned(), en: self.text(Lang::English).to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn numbers_and_codes_are_one_to_one() {
        let numbers: BTreeSet<u8> = Refusal::ALL.iter().map(|r| r.number()).collect();
        let codes: BTreeSet<&str> = Refusal::ALL.iter().map(|r| r.code()).collect();
        assert_eq!((numbers.len(), codes.len()), (Refusal::ALL.len(), Refusal::ALL.len()));
        assert!(Refusal::ALL.iter().all(|r| Refusal::from_number(r.number()) == Some(*r) && Refusal::from_code(r.code()) == Some(*r)));
    }
}
