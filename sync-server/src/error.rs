//! Everything that can go wrong at the centre, in words that an operator can act on.

use std::path::Path;

use sync_core::form::{FormError, Lang};
use sync_core::{DeviceId, Nrp, ReportId, UnitCode};

/// Why an operation was not done. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerError {
    /// Another `serve` runs on the directory.
    InUse,
    /// There is no centre in the directory.
    NoCentre(String),
    /// The database was written by a newer version.
    Newer(i64),
    /// The database or the key file is damaged; it was not touched.
    Damaged(String),
    /// The file is not a Sambang database; it was not touched.
    Foreign,
    /// There is a database but no key file: its devices would trust nobody.
    KeysMissing,
    /// The key file is that of another centre.
    KeysForeign,
    /// The disk is full.
    DiskFull,
    /// Another process kept the database for too long.
    Busy,
    /// Any other failure of the disk or the database.
    Storage(String),
    /// No list of units was imported yet.
    NoUnits,
    /// The list of units does not hold this one.
    UnknownUnit(UnitCode),
    /// A line of the file of units is wrong.
    UnitsFile {
        /// Which line, from 1.
        line: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// A line of the file of successors is wrong.
    SuccessorsFile {
        /// Which line, from 1.
        line: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// A file is no form.
    FormFile(FormError),
    /// A form of this kind has this version, or a higher one, already.
    FormNotNewer {
        /// The kind.
        kind: String,
        /// The file's version.
        version: u32,
        /// The highest that is known.
        newest: u32,
    },
    /// The form of what comes down belongs to the program.
    FormComesDown(String),
    /// There is no such form: kind and version.
    UnknownForm(String, u32),
    /// So many changes to forms were made that a further one has no room.
    TooManyForms(usize),
    /// A text of the command line is not what it should be.
    NotValid {
        /// What was expected.
        expected: &'static str,
        /// What was given.
        given: String,
    },
    /// A text that is no week or month of the calendar.
    BadPeriod(String),
    /// A text that is no zone of the country.
    BadZone(String),
    /// A text that is no unit code.
    BadUnit(String),
    /// No such officer.
    UnknownOfficer(Nrp),
    /// The officer is there already.
    OfficerExists(Nrp),
    /// A name that is empty or too long.
    BadName,
    /// The officer has no such grant.
    NotGranted(Nrp, UnitCode),
    /// More areas than a record holds.
    TooManyAreas,
    /// No such device.
    UnknownDevice(DeviceId),
    /// Nothing of that number is in quarantine.
    NotInQuarantine(u64),
    /// More reports than the format has room for.
    TooManyReports(u64),
    /// No such report.
    UnknownReport(String),
    /// Nothing of the report waits for a supervisor, and he did not decide so before.
    NothingHeld(ReportId),
    /// A reason that is empty or too long.
    BadReason,
    /// No such message.
    UnknownMessage(String),
    /// Plain HTTP to anything but this machine needs a certificate or an explicit flag.
    NeedsTls(String),
    /// The certificate or its key cannot be used.
    Certificate(String),
    /// Figures are for this machine only.
    MetricsAddress(String),
    /// The address cannot be listened on.
    Listen(String),
    /// A file is not a bundle of requests.
    NotABundle(String),
    /// So many requests of a bundle were not answered; what was answered was printed.
    BundleRejected {
        /// How many.
        count: usize,
        /// Why, of the first.
        code: String,
    },
    /// A file cannot be read or written.
    File(String),
    /// The security journal is not where it was.
    JournalMissing(String),
    /// A line of the security journal is not what was written.
    JournalDamaged {
        /// The file.
        path: String,
        /// Which line, from 1.
        line: u64,
    },
    /// The security journal is not where the database that a restore replaces, or the backup, left it.
    RestoreJournalMissing(String),
    /// Nothing waits for a confirmation.
    NoRecovery,
    /// A revoked device is not confirmed: it reads nothing any more.
    DeviceRevoked(DeviceId),
    /// There is something of that name already.
    Exists(String),
    /// There is no backup there, or one of a shape that this program does not know.
    NotABackup(String),
    /// A file of a backup is missing or is not what the manifest says.
    BackupDamaged(String),
    /// `verify` found differences; they were printed.
    Differences(usize),
    /// A proven invariant does not hold.
    Internal(String),
}

impl ServerError {
    /// What the system says of a file.
    pub(crate) fn of_file(file: &Path, error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull => Self::DiskFull,
            _ => Self::File(format!("{}: {error}", file.display())),
        }
    }

    /// What failed at a file outside of the data directory names that file, not the database.
    pub(crate) fn at(self, file: &Path) -> Self {
        match self {
            Self::Storage(what) => Self::File(format!("{}: {what}", file.display())),
            other => other,
        }
    }

    /// Stable, for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InUse => "in-use",
            Self::NoCentre(_) => "no-centre",
            Self::Newer(_) => "newer",
            Self::Damaged(_) => "damaged",
            Self::Foreign => "foreign",
            Self::KeysMissing => "keys-missing",
            Self::KeysForeign => "keys-foreign",
            Self::DiskFull => "disk-full",
            Self::Busy => "busy",
            Self::Storage(_) => "storage",
            Self::NoUnits => "no-units",
            Self::UnknownUnit(_) => "unknown-unit",
            Self::UnitsFile { .. } => "units-file",
            Self::SuccessorsFile { .. } => "successors-file",
            Self::FormFile(_) => "form-file",
            Self::FormNotNewer { .. } => "form-not-newer",
            Self::FormComesDown(_) => "form-comes-down",
            Self::UnknownForm(..) => "unknown-form",
            Self::TooManyForms(_) => "too-many-forms",
            Self::NotValid { .. } => "not-valid",
            Self::BadPeriod(_) => "bad-period",
            Self::BadZone(_) => "bad-zone",
            Self::BadUnit(_) => "bad-unit",
            Self::UnknownOfficer(_) => "unknown-officer",
            Self::OfficerExists(_) => "officer-exists",
            Self::BadName => "bad-name",
            Self::NotGranted(..) => "not-granted",
            Self::TooManyAreas => "too-many-areas",
            Self::UnknownDevice(_) => "unknown-device",
            Self::NotInQuarantine(_) => "not-in-quarantine",
            Self::TooManyReports(_) => "too-many-reports",
            Self::UnknownReport(_) => "unknown-report",
            Self::NothingHeld(_) => "nothing-held",
            Self::BadReason => "bad-reason",
            Self::UnknownMessage(_) => "unknown-message",
            Self::NeedsTls(_) => "needs-tls",
            Self::Certificate(_) => "certificate",
            Self::MetricsAddress(_) => "metrics-address",
            Self::Listen(_) => "listen",
            Self::NotABundle(_) => "not-a-bundle",
            Self::BundleRejected { .. } => "bundle-rejected",
            Self::File(_) => "file",
            Self::JournalMissing(_) | Self::RestoreJournalMissing(_) => "journal-missing",
            Self::JournalDamaged { .. } => "journal-damaged",
            Self::NoRecovery => "no-recovery",
            Self::DeviceRevoked(_) => "device-revoked",
            Self::Exists(_) => "exists",
            Self::NotABackup(_) => "not-a-backup",
            Self::BackupDamaged(_) => "backup-damaged",
            Self::Differences(_) => "differences",
            Self::Internal(_) => "internal",
        }
    }

    /// What happened.
    pub fn text(&self, lang: Lang) -> String {
        let (id, en, _, _) = self.words();
        if lang == Lang::English { en } else { id }
    }

    /// What to do.
    pub fn remedy(&self, lang: Lang) -> &'static str {
        let (_, _, id, en) = self.words();
        if lang == Lang::English { en } else { id }
    }

    /// Text and remedy, each Indonesian first.
    #[expect(clippy::too_many_lines, reason = "one table of texts reads best in one place")]
    fn words(&self) -> (String, String, &'static str, &'static str) {
        let say = |id: &str, en: &str| (id.to_owned(), en.to_owned());
        let ((id, en), remedy_id, remedy_en) = match self {
            Self::InUse => (
                say("Server lain sudah berjalan pada direktori data ini.", "Another server already runs on this data directory."),
                "Hentikan server itu dahulu, atau pakai direktori lain.",
                "Stop that server first, or use another directory.",
            ),
            Self::NoCentre(directory) => (
                (format!("Tidak ada data pusat di {directory}."), format!("There is no centre in {directory}.")),
                "Periksa --data; pusat baru dimulai dengan units import.",
                "Check --data; a new centre begins with units import.",
            ),
            Self::Newer(version) => (
                (
                    format!("Basis data ditulis oleh versi yang lebih baru (skema {version})."),
                    format!("A newer version wrote the database (schema {version})."),
                ),
                "Pasang versi server yang lebih baru. Berkas tidak diubah.",
                "Install the newer version. The file was not touched.",
            ),
            Self::Damaged(what) => (
                (format!("Berkas rusak: {what}."), format!("A file is damaged: {what}.")),
                "Berkas tidak diubah. Salin direktori data ke tempat aman, lalu pulihkan cadangan terakhir.",
                "It was not touched. Copy the data directory to a safe place, then restore the last backup.",
            ),
            Self::Foreign => (
                say("Berkas sambang.db bukan basis data Sambang.", "The file sambang.db is not a Sambang database."),
                "Berkas tidak diubah. Periksa --data, atau pulihkan cadangan terakhir.",
                "It was not touched. Check --data, or restore the last backup.",
            ),
            Self::KeysMissing => (
                say("Berkas kunci (keys) tidak ada di direktori data.", "The key file (keys) is not in the data directory."),
                "Bawa berkas keys dari tempat amannya (tidak ada di cadangan mana pun) ke direktori data; pada restore: --keys BERKAS.",
                "Bring the file keys from its safe place (it is in no backup) into the data directory; with restore: --keys FILE.",
            ),
            Self::KeysForeign => (
                say("Berkas kunci (keys) milik pusat lain.", "The key file (keys) is that of another centre."),
                "Pulihkan berkas keys yang dibuat bersama basis data ini.",
                "Restore the file keys that was made with this database.",
            ),
            Self::DiskFull => (
                say("Penyimpanan penuh.", "The disk is full."),
                "Kosongkan ruang, lalu ulangi. Tidak ada yang berubah.",
                "Free some space, then try again. Nothing was changed.",
            ),
            Self::Busy => (
                say("Basis data terlalu lama dipakai proses lain.", "Another process kept the database for too long."),
                "Ulangi sebentar lagi.",
                "Try again in a moment.",
            ),
            Self::Storage(what) => (
                (format!("Basis data tidak dapat dipakai: {what}."), format!("The database cannot be used: {what}.")),
                "Periksa disk dan hak akses direktori data.",
                "Check the disk and the rights on the data directory.",
            ),
            Self::NoUnits => (
                say("Daftar wilayah belum diimpor.", "No list of units was imported yet."),
                "Jalankan: sambang-server --data DIR units import BERKAS.csv",
                "Run: sambang-server --data DIR units import FILE.csv",
            ),
            Self::UnknownUnit(unit) => (
                (format!("Wilayah {unit} tidak ada."), format!("There is no unit {unit}.")),
                "Periksa kode wilayah, atau impor daftar wilayah yang lebih baru.",
                "Check the code, or import a newer list of units.",
            ),
            Self::SuccessorsFile { line, problem } => (
                (
                    format!("Baris {line} berkas pengganti salah ({problem})."),
                    format!("Line {line} of the file of successors is wrong ({problem})."),
                ),
                "Perbaiki baris itu; tidak satu pun baris diimpor. Bentuknya: old,new,date",
                "Correct the line; nothing was imported. Its form: old,new,date",
            ),
            Self::UnitsFile { line, problem } => (
                (
                    format!("Baris {line} berkas wilayah salah ({problem})."),
                    format!("Line {line} of the file of units is wrong ({problem})."),
                ),
                "Perbaiki baris itu; tidak satu pun baris diimpor. Bentuknya: code,name",
                "Correct the line; none was imported. Its form: code,name",
            ),
            Self::FormFile(error) => {
                let place = if error.place.is_empty() { "/" } else { &error.place };
                let text = |words: &str| format!("{place}: {words} ({})", error.code);
                (
                    (
                        format!("Berkas ini bukan formulir. {}", text(&error.text.id)),
                        format!("This file is no form. {}", text(&error.text.en)),
                    ),
                    "Perbaiki berkasnya di tempat itu; bentuknya ada di docs/FORMS.md. Tidak ada yang berubah.",
                    "Correct the file at that place; docs/FORMS.md shows its shape. Nothing was changed.",
                )
            }
            Self::FormNotNewer { kind, version, newest } => (
                (
                    format!("Formulir {kind} versi {version} tidak lebih baru: versi {newest} sudah dikenal."),
                    format!("Version {version} of the form {kind} is not newer: version {newest} is known."),
                ),
                "Naikkan version di berkas itu; formulir yang sudah dikenal tidak pernah berubah.",
                "Raise the file's version; a form that is known never changes.",
            ),
            Self::FormComesDown(kind) => (
                (
                    format!("Formulir {kind} milik program: pesan dari pimpinan."),
                    format!("The form {kind} belongs to the program: messages from above."),
                ),
                "Tambah hanya formulir laporan, tanpa broadcast.",
                "Add forms of reports only, without broadcast.",
            ),
            Self::UnknownForm(kind, version) => (
                (format!("Tidak ada formulir {kind} versi {version}."), format!("There is no version {version} of a form {kind}.")),
                "Lihat form list.",
                "See form list.",
            ),
            Self::TooManyForms(most) => (
                (
                    format!("Sudah {most} perubahan formulir; tidak ada tempat lagi."),
                    format!("There were {most} changes of forms; there is no room."),
                ),
                "Pasang versi program yang memuat formulir itu.",
                "Install a version of the program that has those forms built in.",
            ),
            Self::NotValid { expected, given } => (
                (format!("\"{given}\" tidak sah; seharusnya {expected}."), format!("\"{given}\" is not {expected}.")),
                "Perbaiki perintahnya; --help menjelaskan bentuknya.",
                "Correct the command; --help shows its form.",
            ),
            Self::BadPeriod(given) => (
                (format!("Periode \"{given}\" tidak ada."), format!("There is no period \"{given}\".")),
                "Tulis pekan ISO seperti 2026-W47 (Senin sampai Minggu) atau bulan seperti 2026-11.",
                "Give an ISO week such as 2026-W47 (Monday to Sunday) or a month such as 2026-11.",
            ),
            Self::BadZone(given) => (
                (format!("Zona waktu \"{given}\" tidak ada."), format!("There is no zone \"{given}\".")),
                "Pilih WIB, WITA atau WIT; tanpa --zone berlaku zona provinsinya.",
                "Choose WIB, WITA or WIT; without --zone that of the province holds.",
            ),
            Self::BadUnit(given) => (
                (format!("\"{given}\" bukan kode wilayah."), format!("\"{given}\" is no unit code.")),
                "Tulis ID, 53, 53.03, 53.03.01 atau 53.03.01.2005.",
                "Give ID, 53, 53.03, 53.03.01 or 53.03.01.2005.",
            ),
            Self::UnknownOfficer(nrp) => (
                (format!("Petugas dengan NRP {nrp} tidak ada."), format!("There is no officer {nrp}.")),
                "Periksa NRP, atau tambahkan dengan officer add.",
                "Check the NRP, or add the officer with officer add.",
            ),
            Self::OfficerExists(nrp) => (
                (format!("Petugas dengan NRP {nrp} sudah ada."), format!("The officer {nrp} is there already.")),
                "Pakai officer grant untuk wilayah baru, officer code untuk ponsel baru.",
                "Use officer grant for a new unit, officer code for a new phone.",
            ),
            Self::BadName => (
                say("Nama kosong atau terlalu panjang.", "The name is empty or too long."),
                "Tulis nama dengan 1–200 bita.",
                "Give a name of 1 to 200 bytes.",
            ),
            Self::NotGranted(nrp, unit) => (
                (format!("Petugas {nrp} tidak memegang wilayah {unit}."), format!("The officer {nrp} does not have the unit {unit}.")),
                "Lihat wilayahnya dengan officer list; sebutkan --class rahasia bila itu yang diakhiri.",
                "See the units with officer list; name --class rahasia if that is the one to end.",
            ),
            Self::TooManyAreas => (
                say("Terlalu banyak wilayah untuk satu petugas.", "Too many areas for one officer."),
                "Beri wilayah yang lebih tinggi sebagai gantinya.",
                "Grant a higher unit instead.",
            ),
            Self::UnknownDevice(device) => (
                (format!("Perangkat {device} tidak ada."), format!("There is no device {device}.")),
                "Lihat nomornya dengan device list.",
                "See the ids with device list.",
            ),
            Self::NotInQuarantine(id) => (
                (format!("Tidak ada kiriman nomor {id} di karantina."), format!("There is no item {id} in quarantine.")),
                "Lihat nomornya dengan quarantine list.",
                "See the ids with quarantine list.",
            ),
            Self::TooManyReports(most) => (
                (
                    format!("Lebih dari {most} laporan; bentuk ini tidak memuatnya."),
                    format!("More than {most} reports; this format has no room for them."),
                ),
                "Persempit dengan --unit, --period, --kind atau --status, atau pakai csv atau ndjson.",
                "Narrow it down with --unit, --period, --kind or --status, or use csv or ndjson.",
            ),
            Self::UnknownReport(id) => (
                (format!("Laporan {id} tidak ada."), format!("There is no report {id}.")),
                "Lihat nomornya dengan report list.",
                "See the ids with report list.",
            ),
            Self::NothingHeld(id) => (
                (format!("Tidak ada yang ditahan dari laporan {id}."), format!("Nothing is held of the report {id}.")),
                "Lihat held list dan held show; yang sudah dibuang diterima dengan held admit --discarded.",
                "See held list and held show; what was discarded is admitted with held admit --discarded.",
            ),
            Self::BadReason => (
                say("Alasan kosong atau terlalu panjang.", "The reason is empty or too long."),
                "Tulis alasan dengan 1–300 bita; penulis laporan akan membacanya.",
                "Give a reason of 1 to 300 bytes; the report's author will read it.",
            ),
            Self::UnknownMessage(id) => (
                (format!("Pesan {id} tidak ada."), format!("There is no message {id}.")),
                "Nomornya dicetak oleh message new; pusat mengenalnya setelah telepon pengirim sinkron.",
                "message new prints the id; the centre knows it once the sender's phone has synced.",
            ),
            Self::NeedsTls(address) => (
                (
                    format!("HTTP tanpa TLS hanya untuk mesin ini sendiri, bukan {address}."),
                    format!("Plain HTTP is for this machine only, not {address}."),
                ),
                "Berikan --cert BERKAS dan --key BERKAS, atau --insecure-http bila TLS diakhiri di depan server.",
                "Give --cert FILE and --key FILE, or --insecure-http where TLS ends in front of the server.",
            ),
            Self::Certificate(what) => (
                (format!("Sertifikat tidak dapat dipakai: {what}."), format!("The certificate cannot be used: {what}.")),
                "Periksa --cert dan --key: PEM, sertifikat server lebih dahulu, kunci yang cocok.",
                "Check --cert and --key: PEM, the server's certificate first, the key that fits it.",
            ),
            Self::MetricsAddress(address) => (
                (
                    format!("Angka-angka server hanya untuk mesin ini sendiri, bukan {address}."),
                    format!("The figures are for this machine only, not {address}."),
                ),
                "Berikan --metrics 127.0.0.1:PORT; dari mesin lain bacalah lewat terowongan atau agen di mesin ini.",
                "Give --metrics 127.0.0.1:PORT; from another machine read them through a tunnel or an agent on this one.",
            ),
            Self::Listen(what) => (
                (format!("Alamat tidak dapat dipakai: {what}."), format!("The address cannot be listened on: {what}.")),
                "Pilih alamat atau port lain dengan --listen.",
                "Choose another address or port with --listen.",
            ),
            Self::NotABundle(what) => (
                (format!("Berkas ini bukan bundel dari perangkat: {what}."), format!("The file is no bundle of a device: {what}.")),
                "Minta berkasnya lagi; yang benar ditulis sambang bundle write atau sambang rescue.",
                "Ask for the file again; sambang bundle write or sambang rescue makes it.",
            ),
            Self::BundleRejected { count, code } => (
                (
                    format!("{count} permintaan dalam bundel tidak diterima ({code})."),
                    format!("{count} requests of the bundle were not taken ({code})."),
                ),
                "Yang lain sudah diterima. unknown-device: perangkat itu bukan milik pusat ini. unavailable: ulangi perintahnya.",
                "The others were taken. unknown-device: the device is not of this centre. unavailable: run the command again.",
            ),
            Self::File(what) => (
                (format!("Berkas tidak dapat dibaca atau ditulis: {what}."), format!("A file cannot be read or written: {what}.")),
                "Periksa nama berkas dan hak aksesnya.",
                "Check the file's name and rights.",
            ),
            Self::JournalMissing(path) => (
                (format!("Jurnal keamanan tidak ada di {path}."), format!("The security journal is not at {path}.")),
                "Pasang disknya, atau sebutkan direktorinya dengan --journal DIR. Bila benar-benar hilang: journal renew.",
                "Mount its disk, or name its directory with --journal DIR. If it is really lost: journal renew.",
            ),
            Self::RestoreJournalMissing(path) => (
                (format!("Jurnal keamanan tidak ada di {path}."), format!("The security journal is not at {path}.")),
                "Pasang disknya. Bila hilang dan basis data lama masih terbaca: journal renew dahulu. Bila keduanya hilang: --journal DIR-BARU \
                 restore; direktori itu mendapat salinan dari cadangan.",
                "Mount its disk. If it is lost and the old database can still be read: journal renew first. If both are lost: --journal NEWDIR \
                 restore; that directory gets the backup's copy.",
            ),
            Self::JournalDamaged { path, line } => (
                (
                    format!("Baris {line} jurnal keamanan {path} bukan yang dahulu ditulis."),
                    format!("Line {line} of the security journal {path} is not what was written."),
                ),
                "Simpan salinannya untuk diperiksa; pulihkan journal.log dari cadangan terbaru, atau sisihkan dan jalankan journal renew.",
                "Keep a copy to look into; put back journal.log of the newest backup, or move it away and run journal renew.",
            ),
            Self::NoRecovery => (
                say("Pusat tidak dalam pemulihan.", "The centre is not in recovery."),
                "Tidak ada yang perlu dikonfirmasi; lihat journal status.",
                "Nothing is to be confirmed; see journal status.",
            ),
            Self::DeviceRevoked(device) => (
                (
                    format!("Perangkat {device} sudah dicabut; ia tidak dilayani lagi."),
                    format!("The device {device} is revoked; it is served no more."),
                ),
                "Ponsel yang sudah kembali didaftarkan lagi dengan officer code.",
                "A phone that came back is enrolled anew with officer code.",
            ),
            Self::Exists(what) => (
                (format!("{what} sudah ada."), format!("{what} is there already.")),
                "Pilih nama lain; tidak ada yang ditimpa.",
                "Choose another name; nothing is overwritten.",
            ),
            Self::NotABackup(what) => (
                (format!("Tidak ada cadangan yang dikenal di {what}."), format!("There is no backup that is known at {what}.")),
                "Sebutkan direktori yang dibuat oleh backup, yang berisi manifest.json.",
                "Name a directory that backup made, with manifest.json in it.",
            ),
            Self::BackupDamaged(what) => (
                (
                    format!("Cadangan ini rusak: {what} tidak sesuai dengan manifesnya."),
                    format!("This backup is damaged: {what} is not what its manifest says."),
                ),
                "Pakai cadangan lain. Tidak ada yang diganti.",
                "Use another backup. Nothing was replaced.",
            ),
            Self::Differences(count) => (
                (format!("Pemeriksaan menemukan {count} perbedaan."), format!("Verification found {count} differences.")),
                "Ikuti petunjuk pada tiap baris; bila ragu, pulihkan cadangan terakhir.",
                "Follow the remedy on each line; in doubt restore the last backup.",
            ),
            Self::Internal(what) => (
                (format!("Kesalahan di dalam server: {what}."), format!("A fault inside the server: {what}.")),
                "Simpan catatan (log) dan hubungi pembuatnya.",
                "Keep the log and call the makers.",
            ),
        };
        (id, en, remedy_id, remedy_en)
    }
}

impl std::fmt::Display for ServerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.text(Lang::English), self.code())
    }
}

impl std::error::Error for ServerError {}

impl From<rusqlite::Error> for ServerError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            _ => Self::Storage(error.to_string()),
        }
    }
}

impl From<std::io::Error> for ServerError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull => Self::DiskFull,
            _ => Self::Storage(error.to_string()),
        }
    }
}
