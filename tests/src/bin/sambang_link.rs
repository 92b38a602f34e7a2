//! A bad link in front of a real server: see `--help`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{ArgGroup, Parser};
use sync_core::sim::Profile;
use tests::link::{FIRST_LINK, Proxies, Proxy, control};
use tokio::net::TcpListener;

/// Sinyal buruk di depan server sungguhan: proksi TCP. — A bad link in front of a real server: a TCP proxy.
#[derive(Debug, Parser)]
#[command(name = "sambang-link", version, after_long_help = LIMITS)]
#[command(group(ArgGroup::new("what").args(["listen", "control"]).required(true).multiple(true)))]
struct Options {
    /// Alamat yang didengarkan; port 0 = port bebas. — Where clients connect; port 0 = a free one.
    #[arg(long, value_name = "ADDRESS", requires = "upstream")]
    listen: Option<String>,
    /// Alamat server di belakangnya. — The server behind the link.
    #[arg(long, value_name = "ADDRESS", requires = "listen")]
    upstream: Option<String>,
    /// Nama tempat, atau berkas JSON: edge, 2g, 3g, boat, tunnel, wifi, satellite, unlimited. — A place by name, or a JSON file.
    #[arg(long, default_value = "edge", value_parser = read_profile)]
    profile: Profile,
    /// Benih untuk jitter dan kehilangan. — Seed of jitter and losses.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Alamat kendali HTTP, tanpa kata sandi: pakai loopback. — Where orders come in over HTTP, without a password: use loopback.
    #[arg(long, value_name = "ADDRESS")]
    control: Option<String>,
    /// Tulis LINK=… dan CONTROL=… ke berkas ini bila siap. — When ready, write LINK=… and CONTROL=… to this file.
    #[arg(long, value_name = "FILE")]
    address_file: Option<PathBuf>,
    /// Berapa perjalanan pulang-pergi ditahan untuk sambungan baru. — Round trips for which a new connection is held back.
    #[arg(long, value_name = "N", default_value_t = 0)]
    connect_round_trips: u32,
}

const LIMITS: &str = "\
Yang tidak dapat ditunjukkan oleh proksi TCP:
  - Paket yang hilang: kernel mengirimnya lagi, jadi kehilangan di sini adalah jeda (stall), bukan paket hilang.
  - Ia memutus sambungan, bukan paket: urutan paket, paket ganda, MTU, dan UDP atau QUIC tidak terlihat.
  - Sambungan baru langsung terbuka: jabat tangan TCP tidak diperlambat (lihat --connect-round-trips).
  - Kegagalan DNS: klien sudah memakai alamat proksi ini.
  - Kecepatan dihitung untuk isi TCP, tanpa kepala TCP dan IP (sekitar 3 % pada paket penuh).
  - Penyangga kernel menerima beberapa ratus kilobita di muka: program mengira data sudah terkirim.
Untuk itu semua, dan untuk waktu virtual, pakai sync_core::sim (docs/LINK.md).

What a TCP proxy cannot show:
  - A lost packet: the kernel sends it again, so a loss is a stall here, not a packet that is missing.
  - It ends connections, not packets: order, duplicates, MTU, UDP and QUIC stay out of sight.
  - A new connection opens at once: the TCP handshake is not delayed (see --connect-round-trips).
  - A failed DNS lookup: the client already uses the address of this proxy.
  - Rates are of the payload of TCP, without headers of TCP and IP (about 3 % of full packets).
  - Buffers of the kernel take some hundred kilobytes in advance: a program believes them sent.
For these, and for virtual time, use sync_core::sim (docs/LINK.md).

Kendali / control:
  curl -X POST http://CONTROL/down    (up, cut, half-open, portal)
  curl -X POST http://CONTROL/profile/tunnel
  curl -d '{\"direction\":\"up\",\"bytes\":1000}' http://CONTROL/cut-after
  curl http://CONTROL/stats           (link, profile, profiles)
  Klien Toxiproxy dapat memakai alamat yang sama. / Clients of Toxiproxy can use the same address.
";

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return failed(&Failure::new("LINK_START", "Program tidak dapat mulai", "Cannot start", error));
        }
    };
    match runtime.block_on(run(options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failed(&failure),
    }
}

fn failed(failure: &Failure) -> ExitCode {
    eprintln!("{}: {}. — {}. ({})", failure.code, failure.id, failure.en, failure.cause);
    ExitCode::FAILURE
}

struct Failure {
    code: &'static str,
    id: String,
    en: String,
    cause: std::io::Error,
}

impl Failure {
    fn new(code: &'static str, id: impl Into<String>, en: impl Into<String>, cause: std::io::Error) -> Self {
        Self { code, id: id.into(), en: en.into(), cause }
    }

    fn listen(address: &str, cause: std::io::Error) -> Self {
        let id = format!("Tidak dapat mendengarkan {address}; pilih alamat atau port lain");
        Self::new("LINK_LISTEN", id, format!("Cannot listen on {address}; choose another address or port"), cause)
    }
}

async fn run(options: Options) -> Result<(), Failure> {
    let proxies = Proxies::default();
    let mut lines = Vec::new();
    if let (Some(listen), Some(upstream)) = (&options.listen, &options.upstream) {
        let proxy = Proxy::start(listen, upstream, options.profile.clone(), options.seed).await;
        let proxy = proxy.map_err(|cause| Failure::listen(listen, cause))?;
        proxy.set_connect_round_trips(options.connect_round_trips);
        let profile = &options.profile;
        println!(
            "{} → {upstream}: {}, {} up, {} down, {} ms there and back, seed {}",
            proxy.address(),
            profile.name,
            profile.up_bits_per_s,
            profile.down_bits_per_s,
            profile.round_trip_ms,
            options.seed
        );
        lines.push(format!("LINK={}", proxy.address()));
        proxies.put(FIRST_LINK, proxy);
    }
    if let Some(address) = &options.control {
        let listener = TcpListener::bind(address).await.map_err(|cause| Failure::listen(address, cause))?;
        let bound = listener.local_addr().map_err(|cause| Failure::listen(address, cause))?;
        println!("kendali / control: http://{bound}");
        lines.push(format!("CONTROL={bound}"));
        tokio::spawn(axum::serve(listener, control(proxies.clone())).into_future());
    }
    if let Some(file) = &options.address_file {
        write_whole(file, &(lines.join("\n") + "\n")).map_err(|cause| {
            let id = format!("Tidak dapat menulis {}", file.display());
            Failure::new("LINK_ADDRESS_FILE", id, format!("Cannot write {}", file.display()), cause)
        })?;
    }
    ended().await.map_err(|cause| Failure::new("LINK_SIGNAL", "Sinyal sistem tidak terbaca", "Cannot wait for the end", cause))?;
    if let Some(stats) = proxies.get(FIRST_LINK).and_then(|proxy| serde_json::to_string(&proxy.stats()).ok()) {
        println!("{stats}");
    }
    Ok(())
}

/// A reader that waits for the file sees all of it or nothing.
fn write_whole(file: &Path, text: &str) -> std::io::Result<()> {
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    std::fs::write(&part, text)?;
    std::fs::rename(&part, file)
}

#[cfg(unix)]
async fn ended() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        ended = tokio::signal::ctrl_c() => ended,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn ended() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

fn read_profile(text: &str) -> Result<Profile, String> {
    if let Some(profile) = Profile::named(text) {
        return Ok(profile);
    }
    let read = std::fs::read_to_string(text).map_err(|error| error.to_string());
    read.and_then(|json| serde_json::from_str(&json).map_err(|error| error.to_string())).map_err(|error| {
        let names: Vec<String> = Profile::all().into_iter().map(|profile| profile.name).collect();
        format!("bukan nama tempat ({0}) dan bukan berkas JSON — neither a place ({0}) nor a JSON file: {error}", names.join(", "))
    })
}
