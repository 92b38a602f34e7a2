//! Trains the dictionary of the wire and writes it to its place.

use tests::dictionary::train;
use tests::programs::{Failure, workspace};

fn main() -> Result<(), Failure> {
    let place = workspace().join("sync-core/dictionaries/0.bin");
    let dictionary = train()?;
    std::fs::write(&place, &dictionary)?;
    println!("{}: {} B", place.display(), dictionary.len());
    Ok(())
}
