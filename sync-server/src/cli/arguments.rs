//! The commands and their arguments.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use sync_core::document::Status;
use sync_core::form::{Class, Lang, Role};
use sync_core::{DeviceId, Nrp, ReportId, UnitCode};

/// Pusat Sambang: menerima, menyimpan dan membagikan laporan. / The centre of Sambang: takes in, keeps and gives out reports.
#[derive(Debug, Parser)]
#[command(name = "sambang-server", version, propagate_version = true)]
pub(super) struct Arguments {
    /// Direktori data pusat / the centre's data directory
    #[arg(long, value_name = "DIR", env = "SAMBANG_DATA", global = true)]
    pub(super) data: Option<PathBuf>,
    /// Direktori jurnal keamanan, sebaiknya di disk lain; diingat / the security journal's directory, best on another disk; remembered
    #[arg(long, value_name = "DIR", env = "SAMBANG_JOURNAL", global = true)]
    pub(super) journal: Option<PathBuf>,
    /// Satu nilai JSON di stdout / one JSON value on stdout
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Bahasa / language
    #[arg(long, value_enum, default_value = "id", env = "SAMBANG_LANG", global = true)]
    pub(super) lang: LangChoice,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum LangChoice {
    /// Bahasa Indonesia
    Id,
    /// English
    En,
}

impl From<LangChoice> for Lang {
    fn from(choice: LangChoice) -> Self {
        match choice {
            LangChoice::Id => Self::Indonesian,
            LangChoice::En => Self::English,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Daftar wilayah / the list of units
    #[command(subcommand)]
    Units(Units),
    /// Petugas dan wilayah tugasnya / officers and their areas
    #[command(subcommand)]
    Officer(Officer),
    /// Perangkat / devices
    #[command(subcommand)]
    Device(Device),
    /// Laporan yang diterima / the reports that came in
    #[command(subcommand)]
    Report(Report),
    /// Keaktifan petugas dalam satu pekan atau bulan / how active officers were in a week or month
    Evaluate(Evaluate),
    /// Formulir laporan / forms of reports
    #[command(subcommand)]
    Form(FormCommand),
    /// Pesan dari pimpinan / messages from above
    #[command(subcommand)]
    Message(Message),
    /// Yang menunggu keputusan atasan / what waits for a supervisor
    #[command(subcommand)]
    Held(Held),
    /// Kiriman yang ditolak dan disimpan terpisah / what was refused and is kept apart
    #[command(subcommand)]
    Quarantine(Quarantine),
    /// Kiriman lewat berkas / exchange by file
    #[command(subcommand)]
    Bundle(Bundle),
    /// Melayani perangkat sampai SIGTERM / serve devices until SIGTERM
    Serve(Serve),
    /// Cadangkan pusat, juga selama server berjalan / back the centre up, also while the server runs
    Backup {
        /// Direktori baru; di dalam direktori yang ada dibuat satu bernama waktunya / a new directory; in one that is there, one named by the time
        to: PathBuf,
    },
    /// Pulihkan cadangan setelah diperiksa; basis data lama disisihkan / restore a backup once it is verified; the old database is kept aside
    Restore(RestoreArguments),
    /// Jurnal keamanan: pendaftaran, wilayah tugas, pencabutan / the security journal: enrolments, grants, revocations
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Menyusun ulang setiap laporan dari perubahannya dan membandingkan / rebuild every report from its changes and compare
    Verify {
        /// Susun ulang turunan yang berbeda dari perubahan aslinya / make what is derived and differs anew from the raw changes
        #[arg(long)]
        repair: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Units {
    /// Impor CSV code,name; seluruhnya atau tidak sama sekali / import a CSV code,name; all or nothing
    Import {
        /// Berkas CSV / the CSV file
        file: PathBuf,
        /// CSV old,new,date: kode lama, penggantinya, tanggal berlaku / the old code, the one that replaces it, since when
        #[arg(long, value_name = "FILE")]
        successors: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum FormCommand {
    /// Tambah formulir atau versi baru; sampai ke perangkat tanpa aplikasi baru / add a form or a new version; reaches devices without a new app
    Add {
        /// Berkas JSON (lihat docs/FORMS.md) / the JSON file
        file: PathBuf,
    },
    /// Semua formulir dengan versinya / all forms with their versions
    List,
    /// Tidak dipakai lagi untuk laporan baru; draf dan laporan lama tetap berlaku / no new report on it; drafts and reports on it stay valid
    Retire {
        /// Jenis / kind
        kind: String,
        /// Versi / version
        version: u32,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Officer {
    /// Tambah petugas; mencetak kode sekali pakai / add an officer; prints the one-time code
    Add {
        /// NRP, delapan angka / eight digits
        #[arg(long, value_parser = nrp)]
        nrp: Nrp,
        /// Nama / name
        #[arg(long)]
        name: String,
        /// Kode wilayah tugas; boleh beberapa / codes of his units
        #[arg(long = "unit", value_name = "CODE", required = true, num_args = 1.., value_parser = unit)]
        units: Vec<UnitCode>,
        /// Peran / role
        #[arg(long, default_value = "officer", value_parser = role)]
        role: Role,
    },
    /// Beri wilayah / grant a unit
    Grant(AreaArguments),
    /// Akhiri wilayah / end a grant
    End(AreaArguments),
    /// Kode sekali pakai baru, untuk ponsel yang hilang atau kedua / a new one-time code, for a lost or second phone
    Code {
        /// NRP
        #[arg(value_parser = nrp)]
        nrp: Nrp,
    },
    /// Semua petugas / all officers
    List,
}

#[derive(Debug, Args)]
pub(super) struct AreaArguments {
    /// NRP
    #[arg(value_parser = nrp)]
    pub(super) nrp: Nrp,
    /// Kode wilayah / the unit's code
    #[arg(long, value_name = "CODE", value_parser = unit)]
    pub(super) unit: UnitCode,
    /// Kelas laporan: biasa atau rahasia / class of reports
    #[arg(long, default_value = "biasa", value_parser = class)]
    pub(super) class: Class,
}

#[derive(Debug, Subcommand)]
pub(super) enum Device {
    /// Semua perangkat / all devices
    List,
    /// Cabut perangkat: tidak membaca apa pun lagi / revoke a device: it reads nothing any more
    Revoke {
        /// Nomor perangkat / the device's id
        #[arg(value_parser = device)]
        id: DeviceId,
    },
}

#[derive(Debug, Args, Default)]
pub(super) struct Filter {
    /// Wilayah ini dan di bawahnya / this unit and those below it
    #[arg(long, value_name = "CODE")]
    pub(super) unit: Option<String>,
    /// Dicatat dalam pekan atau bulan ini, 2026-W47 atau 2026-11 / recorded in this week or month
    #[arg(long)]
    pub(super) period: Option<String>,
    /// Zona waktu periode: WIB, WITA atau WIT; tanpa ini zona provinsinya / the period's zone, else that of the province
    #[arg(long, requires = "period")]
    pub(super) zone: Option<String>,
    /// Jenis laporan / kind
    #[arg(long)]
    pub(super) kind: Option<String>,
    /// NRP penulis / the author's NRP
    #[arg(long, value_name = "NRP", value_parser = nrp)]
    pub(super) author: Option<Nrp>,
    /// Status: returned, disputed, reopened, answered, escalated, final, handled, withdrawn
    #[arg(long, value_parser = status)]
    pub(super) status: Option<Status>,
    /// Nama penulis, sebagian pun boleh / the author's name, or a part of it
    #[arg(long)]
    pub(super) name: Option<String>,
    /// Kata dalam isi laporan; semuanya harus ada / words in the content, all of them
    #[arg(long)]
    pub(super) text: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Report {
    /// Daftar, terbaru dahulu / a list, newest first
    List(Filter),
    /// Satu laporan dengan riwayatnya / one report with its history
    Show {
        /// Nomor laporan / the report's id
        #[arg(value_parser = report)]
        id: ReportId,
    },
    /// Ekspor / export
    Export {
        /// Hanya laporan ini; PDF-nya memuat seluruh isinya / only this report; its PDF shows all of it
        id: Option<ReportId>,
        #[command(flatten)]
        filter: Filter,
        /// Bentuk / format
        #[arg(long, value_enum, default_value = "json")]
        format: Format,
        /// Berkas tujuan, atau - untuk stdout / the file, or - for stdout
        #[arg(long, value_name = "FILE", default_value = "-")]
        out: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Satu larik JSON / one JSON array
    Json,
    /// Satu objek JSON per baris / one JSON object a line
    Ndjson,
    /// CSV; aman terhadap rumus / safe against formulas
    Csv,
    /// Lembar kerja / a spreadsheet
    Xlsx,
    /// Peta; laporan tanpa lokasi tetap ada / a map; reports without a position are kept
    Geojson,
    /// Untuk dibaca: satu laporan, atau daftar / for people: one report, or a list
    Pdf,
}

#[derive(Debug, Args)]
pub(super) struct Evaluate {
    /// Pekan 2026-W47 atau bulan 2026-11 / week or month
    #[arg(long)]
    pub(super) period: String,
    /// Wilayah ini dan di bawahnya / this unit and those below it
    #[arg(long, value_name = "CODE")]
    pub(super) unit: String,
    /// WIB, WITA atau WIT; tanpa ini zona provinsinya / without it the province's zone
    #[arg(long)]
    pub(super) zone: Option<String>,
    /// Bentuk / format
    #[arg(long, value_enum, default_value = "table")]
    pub(super) format: EvaluationFormat,
    /// Tabel dalam CSV; XLSX memuat keduanya / which table a CSV has; XLSX has both
    #[arg(long, value_enum, default_value = "officers")]
    pub(super) part: EvaluationPart,
    /// Berkas tujuan, atau - untuk stdout / the file, or - for stdout
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum EvaluationFormat {
    /// Tabel / a table
    Table,
    /// JSON
    Json,
    /// CSV
    Csv,
    /// Lembar kerja / a spreadsheet
    Xlsx,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum EvaluationPart {
    /// Satu baris per petugas / one row an officer
    Officers,
    /// Satu baris per wilayah / one row a unit
    Units,
}

#[derive(Debug, Subcommand)]
pub(super) enum Message {
    /// Siapa yang sudah menerima dan menyampaikan, siapa yang belum / who has it, who conveyed it, who was not reached
    Status {
        /// Nomor pesan / the message's id
        #[arg(value_parser = report)]
        id: ReportId,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Held {
    /// Semua yang menunggu / all that waits
    List,
    /// Yang ditahan dari satu laporan, isinya, dan keputusannya / what is held of one report, its content, and what was decided
    Show {
        /// Nomor laporan / the report's id
        #[arg(value_parser = report)]
        id: ReportId,
    },
    /// Terima yang ditahan, setelah pemeriksaan biasa / take what is held, after the ordinary gate
    Admit {
        #[command(flatten)]
        settle: Settle,
        /// Juga yang dahulu dibuang / also what was discarded before
        #[arg(long)]
        discarded: bool,
    },
    /// Tolak yang ditahan; alasannya sampai kepada penulisnya / refuse what is held; its author reads the reason
    Discard {
        #[command(flatten)]
        settle: Settle,
        /// Alasan / why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Settle {
    /// Nomor laporan / the report's id
    #[arg(value_parser = report)]
    pub(super) id: ReportId,
    /// Siapa yang memutuskan; tanpa ini nama akun / who decides; else the account's name
    #[arg(long, value_name = "NAME", env = "SAMBANG_OPERATOR")]
    pub(super) operator: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Bundle {
    /// Terima bundel dari «sambang bundle write» atau «sambang rescue» / take a bundle of «sambang bundle write» or «sambang rescue»
    Admit {
        /// Berkas bundel / the bundle
        file: PathBuf,
        /// Tulis balasan untuk perangkat itu ke berkas ini / write the replies for the device into this file
        #[arg(long, value_name = "FILE")]
        reply: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Quarantine {
    /// Semua, terbaru dahulu, dan ruang yang terpakai / all, newest first, and the room that is used
    List {
        /// Hanya dari perangkat ini / only of this device
        #[arg(long, value_name = "ID", value_parser = device)]
        device: Option<DeviceId>,
    },
    /// Satu kiriman: siapa, kapan, sebab, dan yang terbaca / one of them: who, when, why, and what can be read
    Show {
        /// Nomornya / its id
        id: u64,
        /// Tulis semua bita ke berkas ini / write all bytes into this file
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum JournalCommand {
    /// Ikuti rantai dan tanda tangannya dari baris pertama / follow chain and signatures from the first line
    Verify,
    /// Isinya, dan siapa yang menunggu konfirmasi / what it holds, and who waits for a confirmation
    Status,
    /// Setelah pemulihan: layani lagi perangkat ini, atau semuanya / after a recovery: serve this device again, or all
    Confirm {
        /// Nomor perangkat / the device's id
        #[arg(value_parser = device, required_unless_present = "all")]
        device: Option<DeviceId>,
        /// Semua perangkat; pemulihan selesai / all devices; the recovery ends
        #[arg(long, conflicts_with = "device")]
        all: bool,
    },
    /// Mulai jurnal baru dari isi basis data, bila yang lama hilang / begin a new one of what the database knows, where the old one is lost
    Renew,
}

#[derive(Debug, Args)]
pub(super) struct RestoreArguments {
    /// Direktori cadangan / the backup's directory
    pub(super) backup: PathBuf,
    /// Berkas kunci, bila direktori data belum memilikinya / the key file, where the data directory has none
    #[arg(long, value_name = "FILE")]
    pub(super) keys: Option<PathBuf>,
    /// Hanya periksa; tidak ada yang diganti / only verify; nothing is replaced
    #[arg(long)]
    pub(super) check: bool,
}

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Alamat dan port; port 0 = yang bebas / address and port; port 0 = any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443")]
    pub(super) listen: String,
    /// Ditulis saat siap: alamat yang sebenarnya / written when ready: the real address
    #[arg(long, value_name = "FILE")]
    pub(super) address_file: Option<PathBuf>,
    /// Alamat angka-angka untuk Prometheus, hanya di mesin ini / the address of figures for Prometheus, on this machine only
    #[arg(long, value_name = "ADDR")]
    pub(super) metrics: Option<String>,
    /// Ditulis saat siap: alamat angka-angka itu / written when ready: the address of the figures
    #[arg(long, value_name = "FILE", requires = "metrics")]
    pub(super) metrics_address_file: Option<PathBuf>,
    /// Sertifikat TLS (PEM) / TLS certificate
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(super) cert: Option<PathBuf>,
    /// Kunci sertifikat (PEM) / the certificate's key
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(super) key: Option<PathBuf>,
    /// HTTP tanpa TLS juga dari mesin lain: hanya bila TLS diakhiri di depan / plain HTTP from other machines too: only where TLS ends in front
    #[arg(long, conflicts_with = "cert")]
    pub(super) insecure_http: bool,
}

/// A value, or both languages' words for what it should have been.
fn parsed<T: FromStr>(text: &str, expected: &str) -> Result<T, String> {
    text.parse().map_err(|_| expected.to_owned())
}

fn nrp(text: &str) -> Result<Nrp, String> {
    parsed(text, "NRP terdiri atas delapan angka / an NRP has eight digits")
}

fn unit(text: &str) -> Result<UnitCode, String> {
    parsed(text, "kode wilayah: / a unit code: ID, 53, 53.03, 53.03.01, 53.03.01.2005")
}

fn device(text: &str) -> Result<DeviceId, String> {
    parsed(text, "nomor perangkat: 16 angka heksadesimal / a device id: 16 hexadecimal digits")
}

fn report(text: &str) -> Result<ReportId, String> {
    parsed(text, "nomor laporan: UUID / a report id: a UUID")
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| Role::ALL.map(Role::as_str).join(", "))
}

fn class(text: &str) -> Result<Class, String> {
    Class::parse(text).ok_or_else(|| "biasa, rahasia".to_owned())
}

fn status(text: &str) -> Result<Status, String> {
    Status::parse(text).ok_or_else(|| Status::ALL.map(Status::as_str).join(", "))
}
