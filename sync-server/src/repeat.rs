//! Which reports of one author and month repeat which (ADR 0045). Pure: the month in, what changes of its flags out.

use sync_core::ReportId;
use sync_core::similar::{Fingerprint, Repeat, is_repeat};

/// A flag: the earliest report of the month that is repeated, and in what way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flag {
    pub(crate) of: ReportId,
    pub(crate) kind: Repeat,
}

/// One report of the month.
#[derive(Debug, Clone)]
pub(crate) struct Described {
    pub(crate) id: ReportId,
    /// None where nothing is compared.
    pub(crate) fingerprint: Option<Fingerprint>,
    /// As it stands before the change.
    pub(crate) repeat_of: Option<ReportId>,
}

/// The word of a kind in the database and in JSON.
pub(crate) fn word(kind: Repeat) -> &'static str {
    match kind {
        Repeat::Same => "same",
        Repeat::Near => "near",
    }
}

/// The flags to write after the description of `changed` came or changed. `month` is in the order in which the reports were recorded, with the
/// new fingerprint of `changed`. Whatever the order in which reports arrive, each ends with a flag on the earliest one that it repeats: so only the
/// changed report, and those after it that named it or could name it now, are looked at.
pub(crate) fn flags_after(month: &[Described], changed: ReportId) -> Vec<(ReportId, Option<Flag>)> {
    let Some(at) = month.iter().position(|report| report.id == changed) else { return Vec::new() };
    let (earlier, rest) = month.split_at(at);
    let Some((own, later)) = rest.split_first() else { return Vec::new() };
    let mut flags = vec![(changed, earliest(earlier, own))];
    for (report, index) in later.iter().zip(at.saturating_add(1)..) {
        let stays = report.repeat_of.is_some_and(|of| earlier.iter().any(|before| before.id == of));
        if stays {
            continue;
        }
        match repeats(own, report) {
            Some(flag) => flags.push((report.id, Some(flag))),
            None if report.repeat_of == Some(changed) => flags.push((report.id, earliest(month.get(..index).unwrap_or_default(), report))),
            None => {}
        }
    }
    flags
}

fn earliest(earlier: &[Described], report: &Described) -> Option<Flag> {
    earlier.iter().find_map(|before| repeats(before, report))
}

fn repeats(before: &Described, report: &Described) -> Option<Flag> {
    let kind = is_repeat(before.fingerprint.as_ref()?, report.fingerprint.as_ref()?)?;
    Some(Flag { of: before.id, kind })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const WATER: &str = "Warga RT 04 mengeluhkan pipa air bersih putus sejak enam hari sehingga mengambil air di kali.";
    const DOGS: &str = "Anjing liar menggigit anak sekolah di jalan raya, vaksin di puskesmas kosong sejak bulan lalu.";

    fn id(number: u8) -> ReportId {
        ReportId::from_bytes([number; 16])
    }

    /// Brings the texts in this order, each into its place of the month, and gives the flags in the end.
    fn arrive(order: &[(u8, &str)]) -> BTreeMap<ReportId, Option<Flag>> {
        let (mut month, mut flags): (Vec<Described>, BTreeMap<ReportId, Option<Flag>>) = (Vec::new(), BTreeMap::new());
        for (number, text) in order {
            month.retain(|report| report.id != id(*number));
            let repeat_of = flags.get(&id(*number)).copied().flatten().map(|flag| flag.of);
            let fingerprint = (!text.is_empty()).then(|| Fingerprint::of(text));
            month.push(Described { id: id(*number), fingerprint, repeat_of });
            month.sort_by_key(|report| report.id.to_bytes());
            for (changed, flag) in flags_after(&month, id(*number)) {
                flags.insert(changed, flag);
                for report in month.iter_mut().filter(|report| report.id == changed) {
                    report.repeat_of = flag.map(|flag| flag.of);
                }
            }
        }
        flags
    }

    #[test]
    fn the_earliest_is_named_in_whatever_order_they_arrive() {
        let expected = arrive(&[(1, WATER), (2, WATER), (3, DOGS), (4, WATER)]);
        assert_eq!(expected.get(&id(1)), Some(&None));
        assert_eq!(expected.get(&id(2)), Some(&Some(Flag { of: id(1), kind: Repeat::Same })));
        assert_eq!(expected.get(&id(3)), Some(&None));
        assert_eq!(expected.get(&id(4)), Some(&Some(Flag { of: id(1), kind: Repeat::Same })));
        for order in [[4, 3, 2, 1], [2, 4, 1, 3], [3, 1, 4, 2]] {
            let texts: Vec<(u8, &str)> = order.iter().map(|number| (*number, if *number == 3 { DOGS } else { WATER })).collect();
            assert_eq!(arrive(&texts), expected, "{order:?}");
        }
    }

    #[test]
    fn an_edit_or_a_withdrawal_moves_the_flags_that_named_the_report() {
        let flags = arrive(&[(1, WATER), (2, WATER), (3, WATER), (1, DOGS)]);
        assert_eq!(flags.get(&id(2)), Some(&None), "the first of its kind now");
        assert_eq!(flags.get(&id(3)), Some(&Some(Flag { of: id(2), kind: Repeat::Same })));
        // Withdrawn: nothing to compare.
        assert_eq!(arrive(&[(1, WATER), (2, WATER), (1, "")]).get(&id(2)), Some(&None));
    }

    #[test]
    fn a_copy_with_other_names_and_numbers_is_a_near_repeat() {
        let flags = arrive(&[(1, WATER), (2, &WATER.replace("RT 04", "RT 11"))]);
        assert_eq!(flags.get(&id(2)), Some(&Some(Flag { of: id(1), kind: Repeat::Near })));
    }
}
