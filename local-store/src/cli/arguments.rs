//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use sync_core::document::Status;

use crate::Delivery;

/// Laporan lapangan yang bekerja tanpa sinyal. / Field reports that work without signal.
#[derive(Debug, Parser)]
#[command(name = "sambang", version, propagate_version = true)]
pub(super) struct Arguments {
    /// Berkas penyimpanan petugas; dibuat bila belum ada. / The officer's store; made where there is none.
    #[arg(long, value_name = "FILE", env = "SAMBANG_STORE", global = true, default_value = "sambang.db")]
    pub(super) store: PathBuf,
    /// Satu nilai JSON di keluaran, untuk mesin. / One JSON value on the output, for machines.
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Bahasa pesan. / Language of messages.
    #[arg(long, value_enum, default_value = "id", env = "SAMBANG_LANG", global = true)]
    pub(super) lang: Language,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    /// Bahasa Indonesia
    Id,
    /// English
    En,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Daftarkan perangkat ini dengan kode sekali pakai. / Enrol this device with a one-time code.
    Enrol {
        /// Alamat pusat, misalnya <https://sambang.example>. / The server's address.
        #[arg(long, value_name = "URL")]
        server: String,
        /// Kode dari operator. / The operator's code.
        #[arg(long)]
        code: String,
        /// Sertifikat otoritas pusat (PEM), bila bukan yang umum. / The server's own authority (PEM), if it is not a public one.
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
    },
    /// Laporan dan draf. / Reports and drafts.
    #[command(subcommand)]
    Report(ReportCommand),
    /// Pesan dari pimpinan. / Messages from above.
    #[command(subcommand)]
    Message(MessageCommand),
    /// Yang belum terkirim. / What has not been delivered.
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// Kirim dan terima sampai tuntas. / Exchange until nothing is left.
    Sync(SyncArguments),
    /// Kirim dan terima lewat berkas, bila tidak pernah ada sinyal. / Exchange by file, where there is never signal.
    #[command(subcommand)]
    Bundle(BundleCommand),
    /// Selamatkan yang belum terkirim dari penyimpanan yang rusak; berkasnya hanya dibaca. / Get what is unsent out of a damaged store, which is only read.
    ///
    /// Keluar dengan 0 bila semuanya terselamatkan, 3 bila ada yang kurang. / Exits with 0 when all of it was rescued, with 3 when something is missing.
    Rescue {
        /// Folder baru untuk hasilnya: JSON dan bundel. / A new folder for the result: JSON, and bundles.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Yang belum terkirim, terkirim, ditolak, ditahan. / Unsent, delivered, refused, held.
    Status,
}

#[derive(Debug, Subcommand)]
pub(super) enum BundleCommand {
    /// Tulis yang belum terkirim ke satu berkas untuk dibawa ke pusat. / Write what is unsent into a file that is carried to the centre.
    Write {
        /// Berkas hasil. / The file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Terima berkas balasan pusat; baru sesudah itu laporan «terkirim». / Take the centre's replies; only then are reports «terkirim».
    Take {
        /// Berkas dari «sambang-server bundle admit --reply». / The file of «sambang-server bundle admit --reply».
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct SyncArguments {
    /// Terus berjalan dan kirim sendiri, sampai dihentikan. / Go on and exchange by itself, until it is stopped.
    #[arg(long)]
    pub(super) watch: bool,
    /// Sambungan berbayar: laporan biasa dikirim sedikit demi sedikit. / The link costs money: ordinary reports go in small portions.
    #[arg(long, requires = "watch")]
    pub(super) metered: bool,
    /// Jatah data sehari dalam bita; laporan mendesak tetap dikirim. / Bytes a day; urgent reports go all the same.
    #[arg(long, value_name = "BYTES", requires = "watch")]
    pub(super) day_bytes: Option<u64>,
}

#[derive(Debug, Subcommand)]
pub(super) enum OutboxCommand {
    /// Daftar yang belum terkirim, yang terlama dahulu. / What has not been delivered, oldest first.
    List,
    /// Apa yang ditolak pada satu laporan, mengapa, dan apa yang dapat dilakukan. / What was refused of a report, why, and what to do.
    Show {
        /// Nomor laporan. / The report's id.
        id: String,
    },
    /// Kirim lagi yang ditolak, apa adanya. / Send again what was refused, as it is.
    Retry {
        /// Nomor laporan; boleh beberapa. / Ids of reports.
        #[arg(required_unless_present = "all")]
        ids: Vec<String>,
        /// Semua yang ditolak. / All that is refused.
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
    /// Perbaiki yang ditolak, lalu antre lagi. / Correct what was refused; it waits to be sent again.
    Correct {
        /// Nomor laporan. / The report's id.
        id: String,
        /// Wilayah lain, bila seluruh laporan ditolak. / Another unit, where the whole report was refused.
        #[arg(long, value_name = "CODE")]
        unit: Option<String>,
        #[command(flatten)]
        fields: Fields,
        /// Lepaskan isian ini: nilainya tetap seperti tanpa yang ditolak. / Give up this field: it stays as it is without what was refused.
        #[arg(long, value_name = "PATH")]
        without: Vec<String>,
    },
    /// Tulis laporan beserta yang belum ada di pusat sebagai JSON. / Write a report, with all that the centre has not, as JSON.
    Export {
        /// Nomor laporan. / The report's id.
        id: String,
        /// Berkas hasil; tanpa ini ke keluaran. / The file to write; else the output.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Sisihkan yang ditolak; tidak ada yang dihapus. / Put aside what was refused; nothing is deleted.
    Discard {
        /// Nomor laporan. / The report's id.
        id: String,
        /// Ya, sisihkan. / Yes, put it aside.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum MessageCommand {
    /// Kirim pesan ke semua petugas di suatu wilayah dan di bawahnya (atasan). / Send to every officer in a unit and below (supervisors).
    New {
        /// Kode wilayah. / Unit code.
        #[arg(long, value_name = "CODE")]
        unit: String,
        /// Judulnya. / The title.
        #[arg(long)]
        title: String,
        /// Isinya. / What is to be conveyed.
        #[arg(long)]
        text: String,
        /// Jenisnya. / The kind.
        #[arg(long, default_value = "naskah", value_parser = ["naskah", "atensi", "jukrah", "infografis"])]
        kind: String,
        /// Hari terakhir berlaku. / The last day on which it is conveyed.
        #[arg(long, value_name = "DATE")]
        expires: Option<String>,
    },
    /// Tarik pesan (atasan). / Take a message back (supervisors).
    Withdraw {
        /// Nomor pesan. / The message's id.
        id: String,
        /// Alasannya. / The reason.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Pesan yang berlaku, yang terbaru dahulu. / The messages that are valid, newest first.
    List {
        /// Juga yang berakhir dan yang ditarik. / Also those that expired or were withdrawn.
        #[arg(long)]
        all: bool,
    },
    /// Tampilkan satu pesan. / Show a message.
    Show {
        /// Nomor pesan. / The message's id.
        id: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Fields {
    /// Isi satu kolom: uraian="…" atau lokasi.lat=-9.4; kosong menghapus. / One field; an empty value takes it away.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(super) set: Vec<String>,
    /// Isi formulir sebagai objek JSON: berkas, atau - untuk masukan baku. / The form's fields as a JSON object: a file, or - for standard input.
    #[arg(long, value_name = "FILE|-")]
    pub(super) data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ReportCommand {
    /// Jenis laporan dengan kolomnya. / Kinds of report with their fields.
    Kinds {
        /// Hanya jenis ini. / Only this kind.
        kind: Option<String>,
    },
    /// Buat laporan, atau draf dengan --draft. / Make a report, or a draft with --draft.
    ///
    /// --data menerima juga berkas JSON dari «rescue», apa adanya. / --data also takes a JSON file of «rescue», as it is.
    New {
        /// Jenisnya; lihat «report kinds». / Its kind; see «report kinds».
        kind: String,
        /// Kode wilayah. / Unit code.
        #[arg(long, value_name = "CODE")]
        unit: String,
        #[command(flatten)]
        fields: Fields,
        /// Tindak lanjut laporan ini: data keluarga atau pos diambil alih. / Follow-up of this report: takes over who and where.
        #[arg(long, value_name = "ID")]
        from: Option<String>,
        /// Simpan sebagai draf: boleh belum lengkap, tidak dikirim. / Save as a draft: may be incomplete, is never sent.
        #[arg(long)]
        draft: bool,
    },
    /// Jadikan draf sebuah laporan. / Make a draft a report.
    Finish {
        /// Nomor draf. / The draft's id.
        id: String,
    },
    /// Buang sebuah draf; laporan tidak pernah dihapus. / Throw a draft away; a report is never deleted.
    Discard {
        /// Nomor draf. / The draft's id.
        id: String,
    },
    /// Ubah isi draf atau laporan. / Change fields of a draft or report.
    Edit {
        /// Nomor laporan. / The report's id.
        id: String,
        #[command(flatten)]
        fields: Fields,
    },
    /// Tampilkan satu laporan. / Show a report.
    Show {
        /// Nomor laporan. / The report's id.
        id: String,
    },
    /// Daftar laporan, yang terbaru dahulu. / List reports, newest first.
    List {
        /// Hanya jenis ini. / Only this kind.
        #[arg(long)]
        kind: Option<String>,
        /// Hanya wilayah ini dan di bawahnya. / Only this unit and below.
        #[arg(long, value_name = "CODE")]
        unit: Option<String>,
        /// Hanya status ini, atau sejauh ini terkirimnya. / Only this status, or delivered this far.
        #[arg(long, value_parser = statuses())]
        status: Option<String>,
    },
    /// Cari kata. / Search for words.
    Search {
        /// Kata-kata; semuanya harus ada. / Words; all must be there.
        #[arg(required = true)]
        words: Vec<String>,
    },
    /// Riwayat perubahan. / Every change.
    History {
        /// Nomor laporan. / The report's id.
        id: String,
    },
    /// Isian yang punya beberapa nilai. / Fields with several values.
    Conflicts {
        /// Nomor laporan. / The report's id.
        id: String,
    },
    /// Pilih nilai untuk isian yang berbeda. / Settle a field with several values.
    Resolve {
        /// Nomor laporan. / The report's id.
        id: String,
        /// Isiannya. / The field.
        path: String,
        #[command(flatten)]
        choice: Choose,
    },
    /// Tarik laporan sendiri, dengan alasan. / Take one's own report back, with a reason.
    Withdraw {
        /// Nomor laporan. / The report's id.
        id: String,
        /// Alasannya. / The reason.
        #[arg(long)]
        reason: String,
    },
    /// Beri catatan. / Add a comment.
    Comment {
        /// Nomor laporan. / The report's id.
        id: String,
        /// Catatannya. / The comment.
        text: String,
    },
    /// Kembalikan untuk dilengkapi (atasan). / Send back for completion (supervisors).
    Return {
        /// Nomor laporan. / The report's id.
        id: String,
        /// Apa yang kurang. / What is missing.
        #[arg(long)]
        reason: String,
    },
    /// Tandai selesai ditangani (atasan). / Mark as handled (supervisors).
    Handle {
        /// Nomor laporan. / The report's id.
        id: String,
        /// Keterangan. / A word on how.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Naikkan satu tingkat, mendesak (atasan). / Put before the next level, urgent (supervisors).
    Escalate {
        /// Nomor laporan. / The report's id.
        id: String,
        /// Keterangan. / A word on why.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Serahkan ke wilayah lain (atasan). / Hand over to another unit (supervisors).
    HandOver {
        /// Nomor laporan. / The report's id.
        id: String,
        /// Kode wilayah tujuan. / The unit that answers for it now.
        #[arg(long, value_name = "CODE")]
        unit: String,
        /// Keterangan. / A word on why.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Ubah klasifikasi (atasan). / Change the class (supervisors).
    Reclassify {
        /// Nomor laporan. / The report's id.
        id: String,
        /// Klasifikasinya. / The class.
        #[arg(long, value_parser = ["biasa", "rahasia"])]
        class: String,
        /// Keterangan. / A word on why.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Tulis laporan sebagai dokumen Automerge. / Write a report as a plain Automerge document.
    Dump {
        /// Nomor laporan. / The report's id.
        id: String,
        /// Berkas hasil. / The file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// What a list can be narrowed to: the status that decisions make, and how far a report has come.
fn statuses() -> Vec<&'static str> {
    let decided = Status::ALL.map(Status::as_str);
    std::iter::once("draft").chain(decided).chain(Delivery::ALL.map(Delivery::as_str)).collect()
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Choose {
    /// Ambil nilai bernomor ini dari «report conflicts». / Take the value with this number.
    #[arg(long, value_name = "N")]
    pub(super) take: Option<usize>,
    /// Pakai nilai lain. / Use another value.
    #[arg(long, value_name = "VALUE")]
    pub(super) set: Option<String>,
}
