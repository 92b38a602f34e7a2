//! Orders over HTTP, ours and Toxiproxy's, and what the link then does. No test asserts a time.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::Receiver;

use serde_json::{Value, json};
use sync_core::sim::Profile;
use tokio::runtime::Runtime;

use super::tests::{echo, exchange};
use super::{FIRST_LINK, Proxies, Proxy, control};

/// A control interface with a link named on the command line, and an echo behind it.
struct Desk {
    address: SocketAddr,
    echo: String,
    came: Receiver<Vec<u8>>,
    link: SocketAddr,
    _runtime: Runtime,
}

impl Desk {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let (echo, came) = echo();
        let (address, link) = runtime.block_on(async {
            let proxies = Proxies::default();
            let proxy = Proxy::start("127.0.0.1:0", &echo, Profile::unlimited(), 1).await.unwrap();
            let link = proxy.address();
            proxies.put(FIRST_LINK, proxy);
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            tokio::spawn(axum::serve(listener, control(proxies)).into_future());
            (address, link)
        });
        Self { address, echo, came, link, _runtime: runtime }
    }

    fn ask_with(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let length = body.len();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.ask_with(method, path, "", &if body.is_null() { String::new() } else { body.to_string() })
    }

    /// A proxy made over Toxiproxy's interface.
    fn proxy(&self, name: &str) -> String {
        let (status, made) = self.ask("POST", "/proxies", &json!({ "name": name, "listen": "localhost:0", "upstream": self.echo }));
        assert_eq!(status, 201, "{made}");
        made.get("listen").unwrap().as_str().unwrap().to_owned()
    }

    fn toxic(&self, proxy: &str, toxic: &Value) {
        let (status, made) = self.ask("POST", &format!("/proxies/{proxy}/toxics"), toxic);
        assert_eq!(status, 200, "{made}");
    }
}

fn talk(address: &str) -> std::io::Result<Vec<u8>> {
    exchange(&mut TcpStream::connect(address)?, b"halo")
}

fn all_of(address: &str, bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    let orderly = stream.read_to_end(&mut answer).is_ok();
    (answer, orderly)
}

#[test]
fn our_own_orders_are_carried_out_and_shown() {
    let desk = Desk::new();
    let link = desk.link.to_string();
    assert_eq!(talk(&link).unwrap(), b"halo");
    assert_eq!(desk.ask("GET", "/stats", &Value::Null).1.get("bytes_up"), Some(&json!(4)));
    assert_eq!(desk.ask("POST", "/down", &Value::Null).1.get("signal"), Some(&json!("down")));
    assert!(talk(&link).is_err());
    assert_eq!(desk.ask("POST", "/portal", &Value::Null).1.get("signal"), Some(&json!("portal")));
    assert_eq!(desk.ask("POST", "/half-open", &Value::Null).1.get("signal"), Some(&json!("half_open")));
    assert_eq!(desk.ask("POST", "/up", &Value::Null).1.get("signal"), Some(&json!("up")));
    assert_eq!(desk.ask("POST", "/cut-after", &json!({ "direction": "down", "bytes": 2 })).0, 200);
    assert_eq!(all_of(&link, b"halo"), (b"ha".to_vec(), false));
    assert_eq!(desk.ask("POST", "/profile/tunnel", &Value::Null).0, 200);
    assert_eq!(desk.ask("GET", "/profile", &Value::Null).1, serde_json::to_value(Profile::tunnel()).unwrap());
    assert_eq!(desk.ask("POST", "/profile", &json!({ "up_bits_per_s": 9_600 })).0, 200);
    assert_eq!(desk.ask("GET", "/profile", &Value::Null).1.get("up_bits_per_s"), Some(&json!(9_600)));
    assert_eq!(desk.ask("GET", "/profiles", &Value::Null).1.as_array().unwrap().len(), Profile::all().len());
}

#[test]
fn wrong_orders_have_a_code_and_a_remedy_and_browsers_are_refused() {
    let desk = Desk::new();
    let code = |(status, body): (u16, Value)| (status, body.get("code").unwrap().as_str().unwrap().to_owned());
    assert_eq!(code(desk.ask("POST", "/profile/bulan", &Value::Null)), (404, "LINK_PROFILE_UNKNOWN".to_owned()));
    assert_eq!(code(desk.ask("POST", "/profile", &json!({ "rtt": 1 }))), (400, "LINK_BODY".to_owned()));
    assert_eq!(code(desk.ask("POST", "/cut-after", &json!({ "bytes": 1 }))), (400, "LINK_BODY".to_owned()));
    for header in ["User-Agent: Mozilla/5.0\r\n", "Origin: http://contoh.id\r\n"] {
        assert_eq!(code(desk.ask_with("POST", "/down", header, "")), (403, "LINK_BROWSER".to_owned()));
    }
    assert_eq!(desk.ask("DELETE", "/proxies/link", &Value::Null).0, 204);
    assert_eq!(code(desk.ask("POST", "/down", &Value::Null)), (404, "LINK_NONE".to_owned()));
}

#[test]
fn proxies_are_made_shown_changed_and_deleted() {
    let desk = Desk::new();
    let listen = desk.proxy("desa");
    assert_eq!(talk(&listen).unwrap(), b"halo");
    let shown = json!({ "name": "desa", "listen": listen, "upstream": desk.echo, "enabled": true, "toxics": [] });
    assert_eq!(desk.ask("GET", "/proxies/desa", &Value::Null), (200, shown.clone()));
    let all = desk.ask("GET", "/proxies", &Value::Null).1;
    assert_eq!((all.get("desa"), all.get("link").is_some()), (Some(&shown), true));
    assert_eq!(desk.ask("POST", "/proxies/desa", &json!({ "enabled": false })).1.get("enabled"), Some(&json!(false)));
    assert!(talk(&listen).is_err());
    assert_eq!(desk.ask("PATCH", "/proxies/desa", &json!({ "enabled": true })).1.get("enabled"), Some(&json!(true)));
    while talk(&listen).is_err() {}
    // Another server, and another address with the toxics of before.
    desk.toxic("desa", &json!({ "type": "latency", "attributes": { "latency": 1 } }));
    let (other, _) = echo();
    let mut before = TcpStream::connect(&listen).unwrap();
    exchange(&mut before, b"halo").unwrap();
    let moved = desk.ask("POST", "/proxies/desa", &json!({ "upstream": other, "listen": "127.0.0.1:0" })).1;
    let moved_to = moved.get("listen").unwrap().as_str().unwrap();
    assert_eq!((moved.get("upstream"), moved.get("toxics").unwrap().as_array().unwrap().len()), (Some(&json!(other)), 1));
    let mut after = TcpStream::connect(moved_to).unwrap();
    assert_eq!(exchange(&mut after, b"halo").unwrap(), b"halo");
    // Another test may have the old address by now, so that only an open connection tells.
    assert!(exchange(&mut before, b"halo").is_err());
    assert_eq!(desk.ask("DELETE", "/proxies/desa", &Value::Null).0, 204);
    assert!(exchange(&mut after, b"halo").is_err());
    assert_eq!(desk.ask("GET", "/proxies/desa", &Value::Null), (404, json!({ "error": "proxy not found", "status": 404 })));
}

#[test]
fn populate_keeps_what_fits_and_replaces_what_does_not() {
    let desk = Desk::new();
    let listen = desk.proxy("tetap");
    desk.toxic("tetap", &json!({ "type": "latency" }));
    let wanted = |upstream: &str| json!([{ "name": "tetap", "listen": listen, "upstream": upstream }, { "name": "baru", "upstream": desk.echo, "enabled": false }]);
    let populate = |upstream: &str| {
        let (status, made) = desk.ask("POST", "/populate", &wanted(upstream));
        let proxies = made.get("proxies").unwrap().as_array().unwrap().clone();
        let toxics = proxies.first().unwrap().get("toxics").unwrap().as_array().unwrap().len();
        (status, toxics, proxies.last().unwrap().get("enabled").unwrap().as_bool().unwrap())
    };
    assert_eq!(populate(&desk.echo), (201, 1, false), "the same address and server: untouched");
    assert_eq!(populate(&echo().0), (201, 0, false), "another server: made anew");
    assert_eq!(talk(&listen).unwrap(), b"halo");
    let missing = desk.ask("POST", "/populate", &json!([{ "name": "x" }]));
    assert_eq!(missing, (400, json!({ "error": "missing required field: upstream at proxy 1", "status": 400 })));
}

#[test]
fn toxics_are_added_listed_changed_and_removed() {
    let desk = Desk::new();
    desk.proxy("desa");
    desk.toxic("desa", &json!({ "type": "bandwidth", "stream": "upstream", "attributes": { "rate": 5 } }));
    let toxic = |rate| json!({ "name": "bandwidth_upstream", "type": "bandwidth", "stream": "upstream", "toxicity": 1.0, "attributes": { "rate": rate } });
    assert_eq!(desk.ask("GET", "/proxies/desa/toxics", &Value::Null), (200, json!([toxic(5)])));
    assert_eq!(desk.ask("POST", "/proxies/desa/toxics/bandwidth_upstream", &json!({ "attributes": { "rate": 9 } })), (200, toxic(9)));
    assert_eq!(desk.ask("GET", "/proxies/desa/toxics/bandwidth_upstream", &Value::Null), (200, toxic(9)));
    let refused = |body: &Value| desk.ask("POST", "/proxies/desa/toxics", body).0;
    assert_eq!(refused(&json!({ "type": "bandwidth", "stream": "upstream" })), 409);
    assert_eq!(refused(&json!({ "type": "poison" })), 400);
    assert_eq!(refused(&json!({ "type": "latency", "stream": "sideways" })), 400);
    assert_eq!(desk.ask("DELETE", "/proxies/desa/toxics/bandwidth_upstream", &Value::Null).0, 204);
    assert_eq!(desk.ask("DELETE", "/proxies/desa/toxics/bandwidth_upstream", &Value::Null).0, 404);
    assert_eq!(desk.ask("GET", "/version", &Value::Null).0, 200);
}

#[test]
fn each_toxic_does_what_its_name_says() {
    let desk = Desk::new();
    let listen = desk.proxy("desa");
    let under = |toxic: Value| {
        assert_eq!(desk.ask("POST", "/reset", &Value::Null).0, 204);
        desk.toxic("desa", &toxic);
        all_of(&listen, &[7; 100])
    };
    let nothing = || (Vec::new(), true);
    assert_eq!(under(json!({ "type": "limit_data", "attributes": { "bytes": 40 } })), (vec![7; 40], true));
    assert_eq!(desk.came.recv().unwrap(), [7; 100], "the limit was on the way down");
    under(json!({ "type": "limit_data", "stream": "upstream", "attributes": { "bytes": 30 } }));
    assert_eq!(desk.came.recv().unwrap(), [7; 30]);
    assert_eq!(under(json!({ "type": "timeout", "attributes": { "timeout": 20 } })), nothing());
    assert_eq!(under(json!({ "type": "reset_peer", "stream": "upstream" })), (Vec::new(), false));
    assert_eq!(under(json!({ "type": "reset_peer", "attributes": { "timeout": 5 } })), (Vec::new(), false));
    // These change times alone, which is measured elsewhere; the bytes must be whole.
    for toxic in [
        json!({ "type": "latency", "attributes": { "latency": 3, "jitter": 2 } }),
        json!({ "type": "bandwidth", "attributes": { "rate": 100 } }),
        json!({ "type": "slicer", "attributes": { "average_size": 9, "size_variation": 8, "delay": 10 } }),
        json!({ "type": "slow_close", "attributes": { "delay": 2 } }),
        json!({ "type": "reset_peer", "toxicity": 0.0 }),
    ] {
        assert_eq!(desk.ask("POST", "/reset", &Value::Null).0, 204);
        desk.toxic("desa", &toxic);
        assert_eq!(talk(&listen).unwrap(), b"halo", "{toxic}");
    }
}

#[test]
fn a_toxic_reaches_connections_that_are_open_and_leaves_them_again() {
    let desk = Desk::new();
    let listen = desk.proxy("desa");
    let mut client = TcpStream::connect(&listen).unwrap();
    assert_eq!(exchange(&mut client, b"satu").unwrap(), b"satu");
    desk.toxic("desa", &json!({ "type": "bandwidth", "stream": "upstream", "attributes": { "rate": 0 } }));
    client.write_all(b"dua").unwrap();
    assert_eq!(desk.ask("DELETE", "/proxies/desa/toxics/bandwidth_upstream", &Value::Null).0, 204);
    let mut answer = [0; 3];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"dua");
    // A timeout of 0 holds the connection until the toxic goes, and then closes it.
    desk.toxic("desa", &json!({ "type": "timeout" }));
    client.write_all(b"tiga").unwrap();
    assert_eq!(desk.ask("POST", "/reset", &Value::Null).0, 204);
    let mut answer = Vec::new();
    drop(client.read_to_end(&mut answer));
    assert_eq!(answer, b"", "what came under the toxic is dropped");
}
