//! The kinds of reports, how often officers file them and how long their descriptions are.

use super::draw::Draw;

/// A kind of report; its name is that of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Visit to a household.
    DdsWarga,
    /// Visit to a business.
    DdsUsaha,
    /// Information report (LI).
    LaporanInformasi,
    /// Early detection.
    DeteksiDini,
    /// A dispute and its settlement.
    ProblemSolving,
    /// A talk to a group.
    Binluh,
    /// Visit to a group or a figure of the village.
    Sambang,
    /// A post of the neighbourhood watch.
    Satkamling,
    /// A message from above, conveyed.
    PesanKamtibmas,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::DdsWarga,
        Self::DdsUsaha,
        Self::LaporanInformasi,
        Self::DeteksiDini,
        Self::ProblemSolving,
        Self::Binluh,
        Self::Sambang,
        Self::Satkamling,
        Self::PesanKamtibmas,
    ];

    /// The name of the form.
    pub fn name(self) -> &'static str {
        match self {
            Self::DdsWarga => "dds-warga",
            Self::DdsUsaha => "dds-usaha",
            Self::LaporanInformasi => "laporan-informasi",
            Self::DeteksiDini => "deteksi-dini",
            Self::ProblemSolving => "problem-solving",
            Self::Binluh => "binluh",
            Self::Sambang => "sambang",
            Self::Satkamling => "satkamling",
            Self::PesanKamtibmas => "pesan-kamtibmas",
        }
    }

    /// Reports in a thousand: visits are about 95 %, early detection 5 %, the rest is rare.
    fn per_mille(self) -> u64 {
        match self {
            Self::DdsWarga => 800,
            Self::DdsUsaha => 132,
            Self::LaporanInformasi | Self::PesanKamtibmas => 3,
            Self::DeteksiDini => 47,
            Self::ProblemSolving | Self::Satkamling => 2,
            Self::Binluh => 4,
            Self::Sambang => 7,
        }
    }

    pub(super) fn drawn(draw: &mut Draw) -> Self {
        let weights = Self::ALL.map(Self::per_mille);
        let index = draw.weighted(&weights);
        Self::ALL.get(index).copied().unwrap_or(Self::DdsWarga)
    }

    /// Deciles of the length in characters, from the shortest to the longest.
    ///
    /// An assumption between the two known limits (50 of the old system, 2,000 of the forms): most visits are told in one
    /// to three sentences, what goes to the intelligence unit in a page.
    fn length_deciles(self) -> [u64; 11] {
        match self {
            Self::DdsWarga | Self::DdsUsaha => [50, 85, 115, 145, 175, 210, 250, 300, 380, 520, 1_400],
            Self::Sambang | Self::PesanKamtibmas => [55, 90, 120, 150, 185, 225, 270, 330, 420, 590, 1_500],
            Self::Satkamling => [60, 100, 130, 165, 200, 240, 290, 350, 440, 600, 1_500],
            Self::Binluh => [90, 150, 200, 250, 300, 360, 430, 520, 660, 900, 1_900],
            Self::DeteksiDini => [60, 120, 170, 220, 280, 340, 420, 520, 680, 950, 1_950],
            Self::ProblemSolving => [120, 250, 340, 430, 520, 620, 740, 890, 1_100, 1_400, 1_950],
            Self::LaporanInformasi => [150, 300, 420, 520, 620, 730, 860, 1_020, 1_230, 1_550, 1_950],
        }
    }

    pub(super) fn length(self, draw: &mut Draw) -> usize {
        let deciles = self.length_deciles();
        let decile = draw.index(deciles.len() - 1);
        let (low, high) = match deciles.get(decile..decile + 2) {
            Some([low, high]) => (*low, *high),
            _ => (50, 300),
        };
        usize::try_from(draw.between(low, high)).unwrap_or(50)
    }

    /// The rules of a description in the order in which they are told; the first two are always told.
    pub(super) fn sections(self) -> &'static [&'static str] {
        match self {
            Self::DdsWarga => {
                &["dds.buka", "lapor", "keluarga", "lapor.akibat", "lapor.harap", "dialog", "tindak", "pesan", "pesan", "respon", "tutup"]
            }
            Self::DdsUsaha => {
                &["usaha.buka", "usaha.fakta", "usaha.fakta", "lapor", "lapor.harap", "dialog", "tindak", "pesan", "respon", "tutup"]
            }
            Self::LaporanInformasi => &["li.buka", "lapor.akibat", "deteksi.isi", "dialog", "lapor.harap", "tutup"],
            Self::DeteksiDini => &["deteksi.buka", "lapor.akibat", "deteksi.isi", "lapor.harap", "deteksi.prediksi", "tindak"],
            Self::ProblemSolving => &["ps.buka", "ps.sebab", "ps.hasil", "ps.tutup", "tutup"],
            Self::Binluh => &["binluh.buka", "binluh.fakta", "dialog", "pesan", "respon", "tutup"],
            Self::Sambang => &["sambang.buka", "sambang.fakta", "lapor", "lapor.harap", "dialog", "pesan", "respon", "tutup"],
            Self::Satkamling => &["satkamling.buka", "satkamling.fakta", "satkamling.fakta", "pesan", "tutup"],
            Self::PesanKamtibmas => &["pesan.buka", "pesan.fakta", "pesan", "respon", "tutup"],
        }
    }
}
