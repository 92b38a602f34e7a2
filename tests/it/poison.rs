//! One poisonous item among many. `cargo run --release --bin campaign -- poison` pushes every poison in every place with 5,000 valid items.

use tests::campaign::poison::{Batch, Place, poisons, push};

#[test]
fn every_poison_in_every_place_costs_nobody_else_anything() {
    let batch = Batch::of(200).unwrap();
    // The same inputs inside an item's frame are left to the campaign and to the server's own tests.
    let all: Vec<_> = poisons().unwrap().into_iter().filter(|poison| !poison.is_framed).collect();
    assert!(all.len() >= 14 + 4, "{}", all.len());
    for poison in &all {
        for place in Place::ALL {
            let pushed = push(&batch, poison, place).unwrap();
            assert!(pushed.is_right(), "{pushed}");
        }
    }
}

#[test]
fn among_five_thousand_there_are_five_thousand_receipts_and_one_refusal() {
    let batch = Batch::of(5_000).unwrap();
    let poison = poisons().unwrap().remove(0);
    let pushed = push(&batch, &poison, Place::Middle).unwrap();
    println!("{pushed}");
    assert!(pushed.is_right(), "{pushed}");
}
