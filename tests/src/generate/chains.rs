//! The word chain of each style, learnt once from sentences of the grammar.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use time::Date;

use super::chain::Chain;
use super::draw::Draw;
use super::habit::{Habits, Style};
use super::kind::Kind;
use super::scene::Scene;
use super::talk;
use super::vocabulary::{Corpus, Village};

/// How often each section is told to a chain. More makes the chain less like any one sentence.
const TELLINGS: u64 = 60;

static TRAINING: LazyLock<BTreeMap<Style, Chain>> = LazyLock::new(|| learn(Corpus::Training));
static MEASUREMENT: LazyLock<BTreeMap<Style, Chain>> = LazyLock::new(|| learn(Corpus::Measurement));

impl Corpus {
    pub(super) fn chain(self, style: Style) -> &'static Chain {
        static EMPTY: LazyLock<Chain> = LazyLock::new(Chain::default);
        let chains = match self {
            Self::Training => &TRAINING,
            Self::Measurement => &MEASUREMENT,
        };
        chains.get(&style).unwrap_or(&EMPTY)
    }
}

fn learn(corpus: Corpus) -> BTreeMap<Style, Chain> {
    Style::ALL.into_iter().map(|style| (style, learn_style(corpus, style))).collect()
}

fn learn_style(corpus: Corpus, style: Style) -> Chain {
    let vocabulary = corpus.vocabulary();
    let mut chain = Chain::default();
    for telling in 0..TELLINGS {
        let habits = Habits::undecided(style, telling);
        let mut draw = Draw::seeded(corpus.salt(), telling);
        let village = draw.pick(&vocabulary.villages).copied();
        let village: Village = village.unwrap_or_default();
        let mut scene = Scene::new(vocabulary, &habits, draw, village, Date::MIN);
        for kind in Kind::ALL {
            for section in kind.sections() {
                scene.talk = talk::next(&mut scene.draw, &vocabulary.grammar, &[]);
                chain.learn(&scene.say(section));
            }
        }
    }
    chain
}
