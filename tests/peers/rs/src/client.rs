//! The client: a repository over files.
//!
//! It is offline until something is to be sent or fetched, then holds one WebSocket until it saves again or asks whether anything is new: a phone
//! that had no signal in between.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::{join_all, try_join_all};
use samod::storage::TokioFilesystemStorage;
use samod::{BackoffConfig, ConnectionId, DialerEvent, DialerHandle, DocHandle, DocumentId, Repo};
use serde_json::{Value, json};
use url::Url;

use crate::contract::{Command, Edit, Failure, Report, answer_commands, compare, id, load};
use crate::document;

struct Client {
    repo: Repo,
    server: Url,
    line: Option<Line>,
    index: DocHandle,
    /// The documents that are open, by report.
    open: BTreeMap<String, DocHandle>,
    loaded: Vec<Report>,
}

/// One WebSocket that is established.
struct Line {
    dialer: DialerHandle<Infallible>,
    connection: ConnectionId,
}

pub(crate) fn run(directory: &Path, address: &str) -> Result<(), Failure> {
    std::fs::create_dir_all(directory)?;
    let server: Url = format!("ws://{address}/").parse()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let mut client = runtime.block_on(Client::open(directory, server))?;
    answer_commands(|command| runtime.block_on(client.perform(command)))?;
    runtime.block_on(client.repo.stop());
    Ok(())
}

impl Client {
    async fn open(directory: &Path, server: Url) -> Result<Self, Failure> {
        let storage = TokioFilesystemStorage::new(directory);
        document::plant_index(&storage).await?;
        let repo = Repo::build_tokio().with_storage(storage).load().await;
        let index = repo.find(document::index_id()?).await?.ok_or("the index is not there")?;
        Ok(Self { repo, server, line: None, index, open: BTreeMap::new(), loaded: Vec::new() })
    }

    async fn perform(&mut self, command: Command) -> Result<Value, Failure> {
        match command {
            Command::Load { file } => {
                self.loaded = load(file)?;
                Ok(json!({ "count": self.loaded.len() }))
            }
            Command::Save(range) => {
                let reports = range.of(&self.loaded)?.to_vec();
                self.save(&reports).await
            }
            Command::Push(range) => {
                let reports = range.of(&self.loaded)?.to_vec();
                self.push(&reports).await
            }
            Command::Edit(edit) => self.edit(&edit).await,
            Command::Pull { count, digest } => {
                self.fetch().await?;
                compare(&self.all()?, count, &digest)
            }
            Command::Idle => {
                self.hang_up().await?;
                let received = self.fetch().await?;
                Ok(json!({ "received": received }))
            }
            Command::Quit => Ok(json!({})),
        }
    }

    /// Each document is in its file when `create` is done; the index gets one change for all of them.
    async fn save(&mut self, reports: &[Report]) -> Result<Value, Failure> {
        self.hang_up().await?;
        let mut entered = Vec::new();
        for report in reports {
            let handle = self.repo.create(document::document(report)?).await?;
            entered.push((id(report)?.to_owned(), handle.document_id().clone()));
            self.open.insert(id(report)?.to_owned(), handle);
        }
        self.index.with_document(|index| document::enter(index, &entered))?;
        Ok(json!({}))
    }

    /// Done when the server has said, of each document and of the index, that it has all that we have.
    async fn push(&mut self, reports: &[Report]) -> Result<Value, Failure> {
        let mut handles = vec![self.index.clone()];
        for report in reports {
            handles.push(self.handle(id(report)?).await?);
        }
        let connection = self.dial().await?;
        self.unless_cut(join_all(handles.iter().map(|handle| handle.they_have_our_changes(connection)))).await?;
        Ok(json!({ "sent": reports.len() }))
    }

    async fn edit(&mut self, edit: &Edit) -> Result<Value, Failure> {
        let reports = edit.range.of(&self.loaded)?.to_vec();
        for report in &reports {
            let handle = self.handle(id(report)?).await?;
            handle.with_document(|document| document::set(document, &edit.field, &edit.value))?;
        }
        self.push(&reports).await
    }

    /// Both ways: done when, of the index and of every document in it, both sides have what the other has. How many documents are new here.
    async fn fetch(&mut self) -> Result<usize, Failure> {
        let connection = self.dial().await?;
        self.same_on_both_sides(connection, std::slice::from_ref(&self.index)).await?;
        let mut entries = self.index.with_document(|index| document::entries(index))?;
        entries.retain(|report, _| !self.open.contains_key(report));
        let found = self.unless_cut(try_join_all(entries.values().map(|document| self.repo.find(document.clone())))).await??;
        let count = found.len();
        for ((report, document), handle) in entries.into_iter().zip(found) {
            self.open.insert(report, handle.ok_or_else(|| missing(&document))?);
        }
        let handles: Vec<DocHandle> = self.open.values().cloned().collect();
        self.same_on_both_sides(connection, &handles).await?;
        Ok(count)
    }

    async fn same_on_both_sides(&self, connection: ConnectionId, handles: &[DocHandle]) -> Result<(), Failure> {
        let both = async |handle: &DocHandle| {
            handle.we_have_their_changes(connection).await;
            handle.they_have_our_changes(connection).await;
        };
        self.unless_cut(join_all(handles.iter().map(both))).await?;
        Ok(())
    }

    /// An open document, or one that an earlier process saved here.
    async fn handle(&mut self, report: &str) -> Result<DocHandle, Failure> {
        if let Some(handle) = self.open.get(report) {
            return Ok(handle.clone());
        }
        let entries = self.index.with_document(|index| document::entries(index))?;
        let document = entries.get(report).ok_or_else(|| format!("report {report} is not saved"))?;
        let handle = self.repo.find(document.clone()).await?.ok_or_else(|| missing(document))?;
        self.open.insert(report.to_owned(), handle.clone());
        Ok(handle)
    }

    fn all(&self) -> Result<Vec<Report>, Failure> {
        self.open.values().map(|handle| handle.with_document(|document| document::report(document))).collect()
    }

    async fn dial(&mut self) -> Result<ConnectionId, Failure> {
        if let Some(line) = &self.line
            && line.dialer.connection_id() == Some(line.connection)
        {
            return Ok(line.connection);
        }
        self.hang_up().await?;
        let patience = BackoffConfig { max_retries: Some(2), ..BackoffConfig::default() };
        let dialer = self.repo.dial_websocket(self.server.clone(), patience)?;
        let established = dialer.established().await;
        let connection = dialer.connection_id();
        match (established, connection) {
            (Ok(_), Some(connection)) => {
                self.line = Some(Line { dialer, connection });
                Ok(connection)
            }
            _ => {
                dialer.close();
                Err("no connection to the server".into())
            }
        }
    }

    /// Closes the WebSocket and waits until the repository knows it.
    async fn hang_up(&mut self) -> Result<(), Failure> {
        let Some(line) = self.line.take() else { return Ok(()) };
        let (mut connections, mut changes) = self.repo.connected_peers();
        line.dialer.close();
        while connections.iter().any(|one| one.id == line.connection) {
            let next = tokio::time::timeout(Duration::from_secs(30), changes.next()).await;
            connections = next.map_err(|_| "the connection does not close")?.unwrap_or_default();
        }
        Ok(())
    }

    /// samod waits for ever for an answer over a connection that is gone.
    async fn unless_cut<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        let line = self.line.as_ref().ok_or("no connection")?;
        let mut events = line.dialer.events();
        if line.dialer.connection_id() != Some(line.connection) {
            return Err("the connection was lost".into());
        }
        let cut = async {
            while let Some(event) = events.next().await {
                if let DialerEvent::Disconnected { reason } = event {
                    return reason;
                }
            }
            "closed".to_owned()
        };
        tokio::select! {
            done = work => Ok(done),
            reason = cut => Err(format!("the connection was lost: {reason}").into()),
        }
    }
}

fn missing(document: &DocumentId) -> String {
    format!("document {document} is in the index and was not found")
}
