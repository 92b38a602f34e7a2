//! The program as a server: over real sockets.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;

use serde_json::Value;
use sync_core::exchange::{EnrolAnswer, EnrolReply, EnrolRequest, EnrolmentCode, Reply, Request, RequestHead};
use sync_core::keys::SecretKey;
use sync_core::record::Record;
use sync_core::{DeviceId, Incarnation, Nrp};

use crate::program::{centre, json, program, run};

/// A serving program; killed if the test ends before it does.
pub(crate) struct Serving {
    child: Child,
    /// Kept open: a server does not write into nothing.
    _stdout: BufReader<ChildStdout>,
    address: String,
    /// Where the figures are; empty without `--metrics`.
    metrics: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Serving {
    pub(crate) fn start(directory: &Path, more: &[&str]) -> Self {
        let log = std::fs::File::create(directory.join("log")).unwrap();
        let mut command = program();
        command.arg("--data").arg(directory.join("centre")).args(["serve", "--listen", "127.0.0.1:0", "--json"]).args(more);
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        Self { child, _stdout: stdout, address: text("address"), metrics: text("metrics") }
    }

    fn terminate(&self) {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).unwrap()
    }

    /// What a scrape of the figures gives: status, head, body.
    pub(crate) fn scrape(&self, path: &str) -> (u16, String, Vec<u8>) {
        exchange(TcpStream::connect(&self.metrics).unwrap(), &get(path), b"")
    }

    pub(crate) fn ask(&self, head: &str, body: &[u8]) -> (u16, String, Vec<u8>) {
        exchange(self.connect(), head, body)
    }

    pub(crate) fn post(&self, path: &str, body: &[u8]) -> (u16, String, Vec<u8>) {
        self.ask(&format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len()), body)
    }
}

fn exchange(mut stream: impl Read + Write, head: &str, body: &[u8]) -> (u16, String, Vec<u8>) {
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    stream.flush().unwrap();
    answer(stream)
}

/// Status, head and body of an answer that ends with its connection.
fn answer(mut stream: impl Read) -> (u16, String, Vec<u8>) {
    let mut bytes = Vec::new();
    // A server that closes early may reset: what came before counts.
    drop(stream.read_to_end(&mut bytes));
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), bytes[end + 4..].to_vec())
}

pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
}

fn text(answer: &(u16, String, Vec<u8>)) -> (u16, &str) {
    (answer.0, std::str::from_utf8(&answer.2).unwrap())
}

#[test]
fn a_phone_enrols_and_syncs_while_commands_run_and_the_server_drains() {
    let directory = centre();
    let at = directory.path();
    let address_file = at.join("address");
    let mut serving = Serving::start(at, &["--address-file", address_file.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(&address_file).unwrap(), serving.address);
    let second = run(at, &["serve", "--listen", "127.0.0.1:0", "--json"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains("in-use"));
    // Administration beside the server.
    let added = json(at, &["officer", "add", "--nrp", "85010001", "--name", "Yohanes Bria", "--unit", "53.03.01.2005"]);
    let code: EnrolmentCode = added["code"].as_str().unwrap().parse().unwrap();
    let key = SecretKey::from_seed([3; 32]);
    let (bytes, hash) = EnrolRequest::seal(&code, &key);
    let (status, head, reply) = serving.post("/v1/enrol", &bytes);
    assert_eq!(status, 200, "{head}");
    let reply = EnrolReply::open(&reply, &hash, &code).unwrap();
    let EnrolAnswer::Enrolled(signed) = &reply.answer else { panic!("{reply:?}") };
    let Some(Record::Enrolment { device, officer, .. }) = signed.open(&reply.certificate.working) else { panic!("no record") };
    assert_eq!(officer, Nrp::from_number(85_010_001).unwrap());
    let head = |counter| RequestHead { device, incarnation: Incarnation([1; 8]), counter };
    let (bytes, hash) = Request { unsent: 3, version: "t".to_owned(), ..Request::default() }.seal(head(1), &key);
    let (status, _, body) = serving.post("/v1/sync", &bytes);
    assert_eq!(status, 200);
    let (reply, _) = Reply::open(&body, &hash, &reply.certificate.working, officer).unwrap();
    assert_eq!(reply.records.len(), 1);
    let devices = json(at, &["device", "list"]);
    assert_eq!((devices[0]["unsent"].as_u64(), devices[0]["nrp"].as_str()), (Some(3), Some("85010001")));
    json(at, &["device", "revoke", &device.to_string()]);
    assert_eq!(json(at, &["device", "list"])[0]["revoked"], true);
    // An upload that is under way when the server is told to stop is still answered.
    let (bytes, _) = Request::default().seal(head(2), &key);
    let mut slow = serving.connect();
    let start = format!(
        "POST /v1/sync HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        bytes.len()
    );
    slow.write_all(start.as_bytes()).unwrap();
    // The server asks for the body: the request is under way for certain.
    let mut asked = [0; 25];
    slow.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    serving.terminate();
    slow.write_all(&bytes).unwrap();
    let (status, _, body) = answer(slow);
    assert_eq!((status, body.is_empty()), (200, false));
    assert_eq!(serving.ended().code(), Some(0));
    let log = std::fs::read_to_string(at.join("log")).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let exchanges: Vec<&Value> = lines.iter().filter(|line| line["message"] == "exchange").collect();
    assert_eq!((exchanges.len(), exchanges[0]["nrp"].as_str()), (2, Some("85010001")));
    assert!(exchanges[0]["milliseconds"].is_u64() && exchanges[1]["revoked"] == true);
    assert!(!log.contains("Yohanes"));
}

#[test]
fn what_is_no_message_gets_a_status_and_a_word() {
    let directory = centre();
    let serving = Serving::start(directory.path(), &[]);
    assert_eq!(text(&serving.ask(&get("/healthz"), b"")), (200, "ok"));
    assert_eq!(text(&serving.ask(&get("/readyz"), b"")), (200, "ready"));
    assert_eq!(text(&serving.ask(&get("/"), b"")), (404, "not-found"));
    assert_eq!(serving.ask(&get("/v1/sync"), b"").0, 405);
    assert_eq!(text(&serving.post("/v1/sync", b"")), (400, "not-a-message"));
    assert_eq!(text(&serving.post("/v1/sync", b"<html></html>")), (400, "unknown-version"));
    assert_eq!(text(&serving.post("/v1/enrol", &[0; 142])), (400, "not-a-message"));
    assert_eq!(text(&serving.post("/v1/enrol", &[0; 2_000])), (413, "too-large"));
    let head = RequestHead { device: DeviceId([1; 8]), incarnation: Incarnation([1; 8]), counter: 1 };
    let (unknown, _) = Request::default().seal(head, &SecretKey::from_seed([1; 32]));
    assert_eq!(text(&serving.post("/v1/sync", &unknown)), (403, "unknown-device"));
    // Told before a byte of the body was read.
    let large = "POST /v1/sync HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2000000000\r\n\r\n";
    assert_eq!(text(&serving.ask(large, b"")), (413, "too-large"));
    // And where the length is not told, once it is too much.
    let chunk = [b"100000\r\n".as_slice(), &vec![0; 0x10_0000], b"\r\n1\r\n0\r\n0\r\n\r\n"].concat();
    let chunked = "POST /v1/sync HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(text(&serving.ask(chunked, &chunk)), (413, "too-large"));
}

#[test]
fn tls_1_3_with_a_certificate_from_files() {
    let directory = centre();
    let at = directory.path();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (cert, key) = (at.join("cert.pem"), at.join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let serving = Serving::start(at, &["--cert", cert.to_str().unwrap(), "--key", key.to_str().unwrap()]);
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    let connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, serving.connect());
    stream.write_all(get("/readyz").as_bytes()).unwrap();
    let mut body = Vec::new();
    drop(stream.read_to_end(&mut body));
    assert!(body.starts_with(b"HTTP/1.1 200") && body.ends_with(b"ready"), "{}", String::from_utf8_lossy(&body));
    assert_eq!(stream.conn.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
    // Plain HTTP to that port is no answer at all.
    let mut plain = serving.connect();
    plain.write_all(get("/readyz").as_bytes()).unwrap();
    let mut bytes = Vec::new();
    drop(plain.read_to_end(&mut bytes));
    assert!(!bytes.starts_with(b"HTTP"));
}
