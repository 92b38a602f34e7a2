//! A captive portal: whatever is asked, a page of HTML comes back, with status 200.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A client that has not finished its question by then gets the page all the same.
const PATIENCE: Duration = Duration::from_secs(2);
const QUESTION_BYTES_MAX: usize = 64 * 1_024;

/// Answers one connection and ends it.
pub(super) async fn answer(mut client: TcpStream) -> io::Result<()> {
    // Nothing depends on how much of the question came: the answer is the same.
    drop(timeout(PATIENCE, question(&mut client)).await);
    let page = sync_core::sim::PORTAL_PAGE;
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", page.len());
    client.write_all(head.as_bytes()).await?;
    client.write_all(page.as_bytes()).await?;
    client.shutdown().await
}

async fn question(client: &mut TcpStream) -> io::Result<()> {
    let mut requests = super::http_requests::HttpRequests::default();
    let mut bytes = vec![0; 4_096];
    let mut total = 0;
    while total < QUESTION_BYTES_MAX {
        let read = client.read(&mut bytes).await?;
        total += read;
        let complete = bytes.get(..read).is_some_and(|part| requests.count(part) > 0);
        if read == 0 || (complete && requests.is_between()) {
            break;
        }
    }
    Ok(())
}
