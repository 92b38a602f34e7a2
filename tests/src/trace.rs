//! Reads what `strace` saw of a program: which files it wrote, which of them it synced, and what it had not synced when it spoke.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::programs::Failure;

/// The calls by which bytes reach a file, or a file its end.
const CALLS: &str = "trace=write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync,unlink,unlinkat";

/// What a program did to the files of one folder before it printed what it was watched for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Writes to each file, by name.
    pub writes: BTreeMap<String, u32>,
    /// Successful syncs of each file, by name.
    pub syncs: BTreeMap<String, u32>,
    /// Files with a write after their last successful sync, at the moment of printing.
    pub unsynced: Vec<String>,
    /// Files that were removed with such a write.
    pub removed_unsynced: Vec<String>,
}

/// Runs `command` under `strace` and returns what it had done to files in `folder` when it first wrote `mark(stdout)` to a pipe.
/// Leaves out the index beside SQLite's log (`-shm`): it is never synced, and recovery makes it anew from the log.
///
/// # Errors
/// When it fails, or never prints the mark.
pub fn before_printing(command: &Command, folder: &Path, mark: impl Fn(&str) -> Option<String>) -> Result<Seen, Failure> {
    let log = folder.join("calls.strace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-s", "65536", "-e", CALLS, "-o"]).arg(&log).arg("--").arg(command.get_program()).args(command.get_args());
    let output = strace.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let printed = String::from_utf8(output.stdout)?;
    let mark = mark(&printed).ok_or_else(|| format!("not printed: {printed}"))?;
    let calls = std::fs::read(&log)?;
    read(&String::from_utf8_lossy(&calls), folder, &mark)
}

fn read(calls: &str, folder: &Path, mark: &str) -> Result<Seen, Failure> {
    let mut seen = Seen::default();
    let mut dirty: BTreeMap<String, bool> = BTreeMap::new();
    for line in whole_lines(calls) {
        let line = line.as_str();
        let Some(call) = Call::parse(line) else { continue };
        if call.writes && call.file.starts_with("pipe:") && line.contains(mark) {
            seen.unsynced = dirty.into_iter().filter_map(|(name, dirty)| dirty.then_some(name)).collect();
            return Ok(seen);
        }
        let Some(name) = Path::new(call.file).strip_prefix(folder).ok().and_then(Path::to_str).map(str::to_owned) else { continue };
        if name.ends_with("-shm") {
            continue;
        }
        match call.name {
            "unlink" | "unlinkat" => {
                if dirty.remove(&name) == Some(true) {
                    seen.removed_unsynced.push(name);
                }
            }
            "fsync" | "fdatasync" => {
                *seen.syncs.entry(name.clone()).or_default() += 1;
                dirty.insert(name, false);
            }
            _ => {
                *seen.writes.entry(name.clone()).or_default() += 1;
                dirty.insert(name, true);
            }
        }
    }
    Err(format!("strace saw nobody print {mark}").into())
}

/// One line a call. A call during which another thread did something is told in two.
fn whole_lines(calls: &str) -> Vec<String> {
    let mut begun: BTreeMap<&str, &str> = BTreeMap::new();
    let mut whole = Vec::new();
    for line in calls.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        if let Some(beginning) = line.strip_suffix(" <unfinished ...>") {
            begun.insert(thread, beginning);
        } else if let Some((_, end)) = call.split_once(" resumed>") {
            whole.push(format!("{}{end}", begun.remove(thread).unwrap_or_default()));
        } else {
            whole.push(line.to_owned());
        }
    }
    whole
}

/// A call that succeeded.
struct Call<'a> {
    name: &'a str,
    file: &'a str,
    writes: bool,
}

impl<'a> Call<'a> {
    /// `123 pwrite64(4</folder/store-wal>, "…", 24, 0) = 24`, or `unlink("/folder/store-wal") = 0`.
    fn parse(line: &'a str) -> Option<Self> {
        let (_, call) = line.split_once(' ')?;
        let (name, rest) = call.trim_start().split_once('(')?;
        let (_, result) = rest.rsplit_once(" = ")?;
        if result.starts_with('-') {
            return None;
        }
        let file = match name {
            "unlink" | "unlinkat" => rest.split('"').nth(1)?,
            _ => rest.split_once('<')?.1.split_once(">")?.0,
        };
        Some(Self { name, file, writes: name.contains("write") })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    fn seen(calls: &str) -> Seen {
        read(calls, Path::new("/f"), "0199-id").unwrap()
    }

    #[test]
    fn a_write_after_the_last_sync_is_unsynced() {
        let before = "7 pwrite64(4</f/s-wal>, \"a\", 1, 0) = 1\n7 fdatasync(4</f/s-wal>) = 0\n";
        let print = "7 write(1<pipe:[9]>, \"{\\\"id\\\":\\\"0199-id\\\"}\", 9) = 9\n7 fdatasync(4</f/s-wal>) = 0\n";
        assert_eq!(seen(&format!("{before}{print}")).unsynced, Vec::<String>::new());
        let late = format!("{before}7 pwrite64(4</f/s-wal>, \"b\", 1, 1) = 1\n{print}");
        assert_eq!(seen(&late).unsynced, ["s-wal"]);
        let failed = late.replacen("fdatasync(4</f/s-wal>) = 0", "fdatasync(4</f/s-wal>) = -1 EIO (Input/output error)", 1);
        assert_eq!((seen(&failed).unsynced.len(), seen(&failed).syncs.len()), (1, 0));
    }

    #[test]
    fn a_file_may_go_only_when_it_was_synced() {
        let calls = "7 pwrite64(4</f/s-wal>, \"a\", 1, 0) = 1\n7 unlink(\"/f/s-wal\") = 0\n7 write(1<pipe:[9]>, \"0199-id\", 7) = 7\n";
        assert_eq!(seen(calls).removed_unsynced, ["s-wal"]);
    }

    #[test]
    fn a_call_told_in_two_lines_is_one() {
        let calls = "7 pwrite64(4</f/s-wal>, \"a\", 1, 0) = 1\n7 fsync(4</f/s-wal> <unfinished ...>\n8 +++ exited with 0 +++\n\
                     7 <... fsync resumed>) = 0\n7 write(1<pipe:[9]>, \"0199-id\", 7) = 7\n";
        assert_eq!((seen(calls).unsynced.len(), seen(calls).syncs.len()), (0, 1));
    }

    #[test]
    fn silence_is_no_success() {
        assert!(read("7 fdatasync(4</f/s-wal>) = 0\n", Path::new("/f"), "0199-id").is_err());
    }
}
