//! Everything that can go wrong on a device, in words that an officer can act on.

use sync_core::form::{Lang, Problem};
use sync_core::{Refusal, UnitCode};

/// Why an operation was not done. Nothing was changed, unless its text says otherwise.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The store does not belong to an officer yet.
    NotEnrolled,
    /// It does already.
    AlreadyEnrolled,
    /// The code was mistyped: it never left the device.
    CodeMistyped,
    /// The server knows no such code.
    CodeWrong,
    /// Another device used the code.
    CodeUsed,
    /// The code is too old.
    CodeExpired,
    /// Too many wrong tries.
    CodeLocked,
    /// The device was revoked.
    Revoked,
    /// No form of that kind.
    UnknownKind(String),
    /// The form's rules are broken: every problem, in the form's order.
    Invalid(Vec<Problem>),
    /// Not JSON, or not an object.
    NotAnObject(String),
    /// Not a unit code, or no such unit in the officer's area.
    UnknownUnit(String),
    /// A unit outside the officer's areas.
    OutsideArea(UnitCode),
    /// No such report or draft here.
    NoSuchReport(String),
    /// The report is final: only a draft can be finished or thrown away.
    NotADraft,
    /// The form is not known to this version of the app.
    UnknownForm(String),
    /// The report was withdrawn.
    Withdrawn,
    /// A text that must say something is empty or too long.
    BadText(&'static str),
    /// The field has only one value.
    NoConflict(String),
    /// A number outside the list of values.
    NoSuchVariant(usize),
    /// The gate would refuse it at the centre.
    NotAllowed(Refusal),
    /// The centre refused the report from its first change on: it is corrected or sent again, not edited.
    Refused(String),
    /// Nothing of the report waits in the failure inbox.
    NothingRefused(String),
    /// Putting aside was not confirmed for what is refused now: so many changes.
    NotConfirmed(usize),
    /// The edit cannot be written.
    Edit(String),
    /// Another process has the store open.
    InUse,
    /// The file was written by a newer version.
    Newer(i64),
    /// The file is damaged; it was not touched.
    Damaged(String),
    /// The file is not a Sambang store; it was not touched.
    Foreign,
    /// The disk is full.
    DiskFull,
    /// Any other failure of the disk or the database.
    Storage(String),
    /// What was given as the server's address is none.
    BadAddress(String),
    /// The server cannot be reached.
    Unreachable(String),
    /// What answered is not the server: a portal's page, another server, a reply that was tampered with.
    NotTheServer(String),
    /// The server cannot take requests now; after so many seconds it wants to be asked again.
    Busy(u64),
    /// The server does not accept this device's requests.
    Rejected(String),
    /// The reply does not answer the request that is outstanding.
    StaleReply,
    /// The file does not hold the centre's replies to a bundle.
    NotABundle(String),
    /// A store's file is not there, or the system does not give it out.
    Unreadable(String),
    /// Nothing of a store can be read in the file.
    NothingReadable,
    /// The folder has files already.
    NotEmpty(String),
}

impl Error {
    /// Stable, for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotEnrolled => "not-enrolled",
            Self::AlreadyEnrolled => "already-enrolled",
            Self::CodeMistyped => "code-mistyped",
            Self::CodeWrong => "code-wrong",
            Self::CodeUsed => "code-used",
            Self::CodeExpired => "code-expired",
            Self::CodeLocked => "code-locked",
            Self::Revoked => "revoked",
            Self::UnknownKind(_) => "unknown-kind",
            Self::Invalid(_) => "invalid",
            Self::NotAnObject(_) => "not-an-object",
            Self::UnknownUnit(_) => "unknown-unit",
            Self::OutsideArea(_) => "outside-area",
            Self::NoSuchReport(_) => "no-such-report",
            Self::NotADraft => "not-a-draft",
            Self::UnknownForm(_) => "unknown-form",
            Self::Withdrawn => "withdrawn",
            Self::BadText(_) => "bad-text",
            Self::NoConflict(_) => "no-conflict",
            Self::NoSuchVariant(_) => "no-such-variant",
            Self::NotAllowed(refusal) => refusal.code(),
            Self::Refused(_) => "refused",
            Self::NothingRefused(_) => "nothing-refused",
            Self::NotConfirmed(_) => "not-confirmed",
            Self::Edit(_) => "edit",
            Self::InUse => "in-use",
            Self::Newer(_) => "newer",
            Self::Damaged(_) => "damaged",
            Self::Foreign => "foreign",
            Self::DiskFull => "disk-full",
            Self::Storage(_) => "storage",
            Self::BadAddress(_) => "bad-address",
            Self::Unreachable(_) => "unreachable",
            Self::NotTheServer(_) => "not-the-server",
            Self::Busy(_) => "busy",
            Self::Rejected(_) => "rejected",
            Self::StaleReply => "stale-reply",
            Self::NotABundle(_) => "not-a-bundle",
            Self::Unreadable(_) => "unreadable",
            Self::NothingReadable => "nothing-readable",
            Self::NotEmpty(_) => "not-empty",
        }
    }

    /// What happened.
    pub fn text(&self, lang: Lang) -> String {
        let (id, en) = self.words();
        let both = |id: String, en: String| if lang == Lang::Indonesian { id } else { en };
        match self {
            Self::Invalid(problems) => {
                let lines: Vec<_> = problems.iter().map(|problem| problem.text.in_lang(lang)).collect();
                both(format!("{id}\n{}", lines.join("\n")), format!("{en}\n{}", lines.join("\n")))
            }
            Self::NotAllowed(refusal) => refusal.text(lang).to_owned(),
            Self::UnknownKind(what)
            | Self::NotAnObject(what)
            | Self::UnknownUnit(what)
            | Self::NoSuchReport(what)
            | Self::UnknownForm(what)
            | Self::NoConflict(what)
            | Self::Refused(what)
            | Self::NothingRefused(what)
            | Self::Edit(what)
            | Self::Damaged(what)
            | Self::Storage(what)
            | Self::BadAddress(what)
            | Self::Unreachable(what)
            | Self::NotTheServer(what)
            | Self::Rejected(what)
            | Self::NotABundle(what)
            | Self::Unreadable(what)
            | Self::NotEmpty(what) => both(format!("{id} ({what})"), format!("{en} ({what})")),
            Self::OutsideArea(unit) => both(format!("{id} ({unit})"), format!("{en} ({unit})")),
            Self::BadText(what) => both(format!("{id} ({what})"), format!("{en} ({what})")),
            Self::NotConfirmed(count) => both(format!("{id} ({count} perubahan)"), format!("{en} ({count} changes)")),
            Self::NoSuchVariant(number) => both(format!("{id} ({number})"), format!("{en} ({number})")),
            Self::Newer(version) => both(format!("{id} ({version})"), format!("{en} ({version})")),
            Self::Busy(seconds) => both(format!("{id} ({seconds} detik)"), format!("{en} ({seconds} seconds)")),
            Self::NotEnrolled
            | Self::AlreadyEnrolled
            | Self::CodeMistyped
            | Self::CodeWrong
            | Self::CodeUsed
            | Self::CodeExpired
            | Self::CodeLocked
            | Self::Revoked
            | Self::NotADraft
            | Self::Withdrawn
            | Self::InUse
            | Self::Foreign
            | Self::DiskFull
            | Self::StaleReply
            | Self::NothingReadable => both(id.to_owned(), en.to_owned()),
        }
    }

    fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::NotEnrolled => {
                ("Aplikasi ini belum didaftarkan atas nama seorang petugas.", "This store is not enrolled for an officer yet.")
            }
            Self::AlreadyEnrolled => ("Aplikasi ini sudah didaftarkan.", "This store is enrolled already."),
            Self::CodeMistyped => ("Kode pendaftaran salah ketik.", "The enrolment code was mistyped."),
            Self::CodeWrong => ("Pusat tidak mengenal kode ini.", "The server does not know this code."),
            Self::CodeUsed => ("Kode ini sudah dipakai perangkat lain.", "Another device has used this code."),
            Self::CodeExpired => ("Kode ini sudah kedaluwarsa.", "This code has expired."),
            Self::CodeLocked => ("Kode ini terkunci karena terlalu sering salah.", "This code is locked after too many wrong tries."),
            Self::Revoked => (
                "Perangkat ini sudah dicabut. Laporan yang belum terkirim tetap disimpan di sini dan ditahan di pusat.",
                "This device was revoked. Unsent reports stay here and are held at the centre.",
            ),
            Self::UnknownKind(_) => ("Jenis laporan tidak dikenal.", "Unknown kind of report."),
            Self::Invalid(_) => ("Isi laporan belum benar:", "The content is not right yet:"),
            Self::NotAnObject(_) => ("Data harus berupa objek JSON.", "The data must be a JSON object."),
            Self::UnknownUnit(_) => ("Kode wilayah tidak dikenal.", "Unknown unit."),
            Self::OutsideArea(_) => ("Wilayah ini bukan wilayah tugas Anda.", "This unit is not in your area."),
            Self::NoSuchReport(_) => ("Laporan ini tidak ada di perangkat ini.", "There is no such report on this device."),
            Self::NotADraft => ("Laporan ini sudah final.", "This report is final already."),
            Self::UnknownForm(_) => {
                ("Formulir laporan ini belum dikenal versi aplikasi ini.", "This version of the app does not know the report's form.")
            }
            Self::Withdrawn => ("Laporan ini sudah ditarik.", "This report was withdrawn."),
            Self::BadText(_) => ("Teks kosong atau terlalu panjang.", "The text is empty or too long."),
            Self::NoConflict(_) => ("Isian ini hanya punya satu nilai.", "This field has only one value."),
            Self::NoSuchVariant(_) => ("Tidak ada nilai dengan nomor itu.", "There is no value with that number."),
            Self::NotAllowed(_) => ("Tidak diizinkan.", "Not allowed."),
            Self::Refused(_) => (
                "Pusat menolak laporan ini sejak awal; perubahan di atasnya akan ikut ditolak.",
                "The centre refused this report from its beginning; changes to it would be refused with it.",
            ),
            Self::NothingRefused(_) => ("Tidak ada yang ditolak pada laporan ini.", "Nothing of this report is refused."),
            Self::NotConfirmed(_) => ("Belum ada yang disisihkan: perlu persetujuan.", "Nothing was put aside yet: it needs your consent."),
            Self::Edit(_) => ("Perubahan ini tidak dapat ditulis.", "The change cannot be written."),
            Self::InUse => ("Penyimpanan ini sedang dipakai program lain.", "Another program has this store open."),
            Self::Newer(_) => ("Penyimpanan ini dibuat oleh versi yang lebih baru.", "This store was written by a newer version."),
            Self::Damaged(_) => ("Penyimpanan ini rusak; isinya tidak disentuh.", "This store is damaged; it was not touched."),
            Self::Foreign => {
                ("Berkas ini bukan penyimpanan Sambang; isinya tidak disentuh.", "This file is not a Sambang store; it was not touched.")
            }
            Self::DiskFull => {
                ("Penyimpanan telepon penuh; perubahan terakhir tidak disimpan.", "The disk is full; the last change was not saved.")
            }
            Self::Storage(_) => {
                ("Penyimpanan gagal; perubahan terakhir tidak disimpan.", "The storage failed; the last change was not saved.")
            }
            Self::BadAddress(_) => ("Ini bukan alamat pusat.", "This is not a server's address."),
            Self::Unreachable(_) => ("Pusat tidak dapat dihubungi.", "The server cannot be reached."),
            Self::NotTheServer(_) => ("Yang menjawab bukan pusat.", "What answered is not the server."),
            Self::Busy(_) => ("Pusat sedang sibuk.", "The server is busy."),
            Self::Rejected(_) => ("Pusat tidak menerima permintaan perangkat ini.", "The server does not accept this device's requests."),
            Self::StaleReply => ("Jawaban ini untuk permintaan yang lama; diabaikan.", "The reply answers an old request; it was ignored."),
            Self::NotABundle(_) => {
                ("Berkas ini bukan balasan pusat atas sebuah bundel.", "This file does not hold the centre's replies to a bundle.")
            }
            Self::Unreadable(_) => {
                ("Berkas ini tidak dapat dibaca; tidak ada yang diubah.", "This file cannot be read; nothing was changed.")
            }
            Self::NothingReadable => {
                ("Tidak ada isi penyimpanan yang terbaca di berkas ini.", "Nothing of a store can be read in this file.")
            }
            Self::NotEmpty(_) => ("Folder ini sudah berisi.", "This folder has files already."),
        }
    }

    /// What to do. Where that is a command it is one of the command line; an app with buttons says its own, by [`Error::code`].
    pub fn remedy(&self, lang: Lang) -> &'static str {
        let (id, en) = match self {
            Self::NotEnrolled => (
                "Minta kode sekali pakai kepada operator, lalu jalankan «enrol».",
                "Ask the operator for a one-time code, then run «enrol».",
            ),
            Self::AlreadyEnrolled => (
                "Pakai berkas penyimpanan baru (--store): untuk petugas lain, dan juga untuk kode baru petugas yang sama.",
                "Use a new store file (--store): for another officer, and also for a new code of the same officer.",
            ),
            Self::CodeMistyped => (
                "Ketik ulang kode itu: sembilan kelompok berisi empat huruf atau angka.",
                "Type the code again: nine groups of four letters or digits.",
            ),
            Self::CodeWrong | Self::CodeUsed | Self::CodeExpired | Self::CodeLocked => {
                ("Minta kode baru kepada operator.", "Ask the operator for a new code.")
            }
            Self::Revoked => {
                ("Hubungi atasan; laporan yang ditahan dapat diterimanya.", "Call your supervisor, who can admit what is held.")
            }
            Self::UnknownKind(_) => ("Lihat «report kinds».", "See «report kinds»."),
            Self::Invalid(_) => {
                ("Perbaiki isian itu, atau simpan dahulu sebagai draf (--draft).", "Correct these fields, or save a draft first (--draft).")
            }
            Self::NotAnObject(_) => ("Periksa berkas atau teks JSON itu.", "Check the JSON file or text."),
            Self::UnknownUnit(_) | Self::OutsideArea(_) => (
                "Periksa kodenya; bila wilayah tugas Anda berubah, sinkronkan dahulu.",
                "Check the code; if your area has changed, sync first.",
            ),
            Self::NoSuchReport(_) => ("Lihat «report list», atau sinkronkan dahulu.", "See «report list», or sync first."),
            Self::NotADraft => (
                "Ubah dengan «report edit», atau tarik dengan «report withdraw».",
                "Change it with «report edit», or take it back with «report withdraw».",
            ),
            Self::UnknownForm(_) => ("Perbarui aplikasi; laporan tetap dapat dibaca.", "Update the app; the report can still be read."),
            Self::Withdrawn => ("Buat laporan baru.", "Make a new report."),
            Self::BadText(_) => ("Tulis teks yang berisi, sesuai batasnya.", "Write a text that says something, within its limit."),
            Self::NoConflict(_) | Self::NoSuchVariant(_) => ("Lihat «report conflicts».", "See «report conflicts»."),
            Self::NotAllowed(refusal) => return refusal.remedy(lang),
            Self::Refused(_) => (
                "Perbaiki dengan «outbox correct», atau kirim lagi dengan «outbox retry».",
                "Correct it with «outbox correct», or send it again with «outbox retry».",
            ),
            Self::NothingRefused(_) => ("Lihat «outbox list».", "See «outbox list»."),
            Self::NotConfirmed(_) => (
                "Lihat dahulu «outbox show», ekspor bila perlu, lalu ulangi dengan --yes.",
                "See «outbox show» first, export it if you need to, then repeat with --yes.",
            ),
            Self::Edit(_) => ("Periksa jalur dan nilainya; lihat «report kinds».", "Check path and value; see «report kinds»."),
            Self::InUse => ("Tutup program itu, lalu coba lagi.", "Close that program, then try again."),
            Self::Newer(_) => (
                "Perbarui aplikasi; jangan hapus berkasnya. Bila tidak bisa: «rescue --out DIR» menyelamatkan yang belum terkirim.",
                "Update the app; do not delete the file. If you cannot, get what is unsent out with «rescue --out DIR».",
            ),
            Self::Damaged(_) => (
                "Jangan hapus berkasnya; salin, selamatkan yang belum terkirim dengan «rescue --out DIR», lalu hubungi operator.",
                "Do not delete the file; copy it, get what is unsent out with «rescue --out DIR», then call the operator.",
            ),
            Self::Foreign => (
                "Pilih berkas lain; bila ini penyimpanan Anda, selamatkan yang belum terkirim dengan «rescue --out DIR».",
                "Choose another file; if it is your store, get what is unsent out with «rescue --out DIR».",
            ),
            Self::DiskFull => (
                "Kosongkan ruang, lalu simpan lagi; yang sudah tersimpan aman.",
                "Free some space, then save again; what was saved is safe.",
            ),
            Self::Storage(_) => (
                "Coba lagi; bila berulang, salin berkasnya dan hubungi operator.",
                "Try again; if it happens again, copy the file and call the operator.",
            ),
            Self::BadAddress(_) => (
                "Tulis alamat lengkap, diawali https://, seperti yang diberikan operator.",
                "Write the whole address, with https:// before it, as the operator gave it.",
            ),
            Self::Unreachable(_) => (
                "Laporan aman di perangkat ini; coba lagi bila ada sinyal.",
                "Reports are safe on this device; try again when there is signal.",
            ),
            Self::NotTheServer(_) => (
                "Masuk dahulu ke jaringan itu, atau pakai jaringan lain; tidak ada yang hilang.",
                "Log in to the network first, or use another one; nothing is lost.",
            ),
            Self::Busy(_) => ("Tunggu sebentar, lalu coba lagi.", "Wait a moment, then try again."),
            Self::Rejected(_) => ("Hubungi operator.", "Call the operator."),
            Self::StaleReply => (
                "Tidak perlu tindakan: yang belum terkirim ikut pada kiriman berikutnya.",
                "Nothing to do: what is unsent goes with the next exchange, or the next bundle.",
            ),
            Self::NotABundle(_) => (
                "Pilih berkas yang ditulis «sambang-server bundle admit --reply».",
                "Choose the file that «sambang-server bundle admit --reply» wrote.",
            ),
            Self::Unreadable(_) => (
                "Periksa nama berkas sesudah --store, dan apakah Anda boleh membacanya; lalu ulangi.",
                "Check the file's name after --store, and whether you may read it; then try again.",
            ),
            Self::NothingReadable => (
                "Periksa nama berkasnya; bila benar, jangan hapus: kirimkan salinannya kepada pembuat aplikasi.",
                "Check the file's name; if it is right do not delete it: send a copy to the makers.",
            ),
            Self::NotEmpty(_) => ("Sebutkan folder baru.", "Name a new folder."),
        };
        if lang == Lang::Indonesian { id } else { en }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} — {}", self.text(Lang::Indonesian), self.text(Lang::English))
    }
}

impl std::error::Error for Error {}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(text),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse,
            _ => Self::Storage(text),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Storage(error.to_string()),
        }
    }
}
