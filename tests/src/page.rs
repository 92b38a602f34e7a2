//! Runs the commands of a document: what a reader would type is what a test types.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::programs::{Build, Failure, Program, program, workspace};

/// The blocks that a page marks as `bash`, in order.
pub fn blocks(page: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line.trim_end() == "```bash" {
            let block: Vec<&str> = lines.by_ref().take_while(|line| line.trim_end() != "```").collect();
            blocks.push(block.join("\n"));
        }
    }
    blocks
}

/// Runs all blocks of `docs/NAME` one after another in one bash, in `folder`, where the repository's `data` and `sync-core` are to be seen as from
/// its root, and with the shipped programs in the path. Returns how many blocks ran. What a block leaves running ends with the page.
///
/// # Errors
/// When a block fails; with the block, and all that was said.
pub fn run(name: &str, folder: &Path, variables: &[(&str, &str)]) -> Result<usize, Failure> {
    let page = std::fs::read_to_string(workspace().join("docs").join(name))?;
    let blocks = blocks(&page);
    let mut script = String::from("set -euo pipefail\n");
    for (at, block) in blocks.iter().enumerate() {
        script.push_str(&format!("echo '== block {}' >&2\n{block}\n", at + 1));
    }
    for shown in ["data", "sync-core"] {
        std::os::unix::fs::symlink(workspace().join(shown), folder.join(shown))?;
    }
    let device = program(Program::Device, Build::Shipped)?;
    program(Program::Server, Build::Shipped)?;
    let programs = device.parent().and_then(Path::to_str).ok_or("the programs stand nowhere")?;
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap_or_default());
    let mut bash = Command::new("bash");
    bash.args(["-c", &script]).current_dir(folder).env("PATH", path).envs(variables.iter().copied()).process_group(0);
    // Files and no pipes: what goes on running in the background would hold a pipe open for ever.
    let said = folder.join("said");
    let output = std::fs::File::create(&said)?;
    let mut child = bash.stdin(Stdio::null()).stderr(output.try_clone()?).stdout(output).spawn()?;
    let status = child.wait()?;
    // Fails when nothing is left running, as it should be.
    drop(Command::new("kill").args(["--", &format!("-{}", child.id())]).stderr(Stdio::null()).status());
    let said = std::fs::read_to_string(&said)?;
    if !status.success() {
        return Err(format!("docs/{name} fails:\n{said}").into());
    }
    println!("{said}");
    Ok(blocks.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blocks_of_bash_are_run() {
        let page = "a\n```bash\none\ntwo\n```\n```text\nno\n```\n```bash\nthree\n```\n";
        assert_eq!(blocks(page), ["one\ntwo", "three"]);
    }
}
