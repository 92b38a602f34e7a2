//! One report's people, places and hours, and the expansion of the grammar with them.

use std::collections::BTreeMap;

use time::Date;

use super::calendar;
use super::draw::Draw;
use super::grammar::{Choice, Decider, Grammar, Piece};
use super::habit::Habits;
use super::talk::Talk;
use super::vocabulary::{Village, Vocabulary};

/// How deep rules may name rules; the grammars go four deep.
const DEPTH_MAX: usize = 12;

/// A person that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) woman: bool,
}

/// What stays the same within one report.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) vocabulary: &'static Vocabulary,
    habits: &'a Habits,
    pub(super) draw: Draw,
    pub(super) village: Village,
    pub(super) date: Date,
    /// The field and the topic that is spoken of now.
    pub(super) talk: Talk,
    pub(super) resident: Person,
    pub(super) hamlet: String,
    pub(super) rt: u64,
    pub(super) rw: u64,
    known: BTreeMap<&'static str, String>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(vocabulary: &'static Vocabulary, habits: &'a Habits, mut draw: Draw, village: Village, date: Date) -> Self {
        let resident = person(&vocabulary.grammar, &mut draw);
        let hamlet = plain(&vocabulary.grammar, &mut draw, "dusun");
        let (rt, rw) = (draw.between(1, 14), draw.between(1, 6));
        Self { vocabulary, habits, draw, village, date, talk: Talk::default(), resident, hamlet, rt, rw, known: BTreeMap::new() }
    }

    /// One expansion of the rule, in the variant of the officer's style where there is one; empty when there is no rule.
    pub(super) fn say(&mut self, rule: &str) -> String {
        let mut text = String::new();
        self.expand_rule(rule, 0, &mut text);
        text
    }

    /// A person, without a title.
    pub(super) fn person(&mut self) -> Person {
        person(&self.vocabulary.grammar, &mut self.draw)
    }

    /// The hour of day as `09.35`.
    pub(super) fn hour(&mut self) -> String {
        let (hour, minute) = (self.draw.between(7, 20), self.draw.below(12) * 5);
        format!("{hour:02}.{minute:02}")
    }

    fn expand_rule(&mut self, name: &str, depth: usize, text: &mut String) {
        let grammar = &self.vocabulary.grammar;
        let styled = format!("{name}.{}", self.habits.style.name());
        if let Some(rule) = grammar.rule(&styled).or_else(|| grammar.rule(name)) {
            self.expand_choice(rule, depth, text);
        }
    }

    fn expand_choice(&mut self, choice: &'static Choice, depth: usize, text: &mut String) {
        if depth > DEPTH_MAX {
            return;
        }
        let count = choice.options.len();
        let index = match choice.decider {
            Decider::Chance => self.draw.index(count),
            Decider::Habit => self.habits.wording(&mut self.draw, choice.id, count),
        };
        for piece in choice.options.get(index).into_iter().flatten() {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Number { low, high } => {
                    let number = self.draw.between(*low, *high);
                    text.push_str(&number.to_string());
                }
                Piece::Symbol(name) => self.expand_symbol(name, depth + 1, text),
                Piece::Choice(inner) => self.expand_choice(inner, depth + 1, text),
            }
        }
    }

    fn expand_symbol(&mut self, name: &'static str, depth: usize, text: &mut String) {
        let word = match name {
            "desa" => self.village.name.to_owned(),
            "kec" => self.village.district.to_owned(),
            "dusun" => self.hamlet.clone(),
            "rt2" => format!("{:02}", self.draw.between(1, 14)),
            "hari" => calendar::weekday(self.date).to_owned(),
            "hari2" => calendar::weekday_name(nth_weekday(self.draw.below(7))).to_owned(),
            "tanggal" => calendar::written(self.date, self.habits.dates),
            "jam" => self.hour(),
            "nama" => self.person().name,
            "inisial" => self.person().name.split(' ').filter_map(|part| part.chars().next()).collect(),
            "orang" => {
                let person = self.person();
                self.titled(&person)
            }
            "alamat" | "warga" | "tokoh" | "pihak1" | "pihak2" | "kerja" => self.known(name),
            "@isi" if self.talk.told.is_some() => self.talk.told.clone().unwrap_or_default(),
            topical if topical.starts_with('@') => {
                let rule = format!("{}.{}", self.talk.topic, topical.trim_start_matches('@'));
                return self.expand_rule(&rule, depth, text);
            }
            rule => return self.expand_rule(rule, depth, text),
        };
        text.push_str(&word);
    }

    /// What a report says in the same words each time that it is named.
    fn known(&mut self, name: &'static str) -> String {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let word = match name {
            "alamat" => self.address(),
            "warga" => self.titled(&self.resident.clone()),
            "kerja" => plain(&self.vocabulary.grammar, &mut self.draw, "pekerjaan"),
            "tokoh" => {
                let person = self.person();
                let office = plain(&self.vocabulary.grammar, &mut self.draw, "jabatan");
                format!("{office} {}", self.titled(&person))
            }
            _ => {
                let person = self.person();
                self.titled(&person)
            }
        };
        self.known.insert(name, word.clone());
        word
    }

    /// What the resident does for a living.
    pub(super) fn occupation(&mut self) -> String {
        self.known("kerja")
    }

    fn address(&self) -> String {
        let (rt, rw) = (self.rt, self.rw);
        match self.habits.liking(0x414c_414d) % 4 {
            0 => format!("RT {rt:02}/RW {rw:02} Dusun {}", self.hamlet),
            1 => format!("RT.{rt:03} RW.{rw:03} Desa {}", self.village.name),
            2 => format!("RT {rt} RW {rw} dusun {} desa {}", self.hamlet, self.village.name),
            _ => format!("dusun {} RT {rt:02}", self.hamlet),
        }
    }

    fn titled(&mut self, person: &Person) -> String {
        let rule = if person.woman { "gelar.wanita" } else { "gelar.pria" };
        format!("{} {}", self.say(rule), person.name)
    }
}

fn nth_weekday(number: u64) -> time::Weekday {
    time::Weekday::Monday.nth_next(u8::try_from(number).unwrap_or(0))
}

/// One line of a rule of plain words.
pub(super) fn plain(grammar: &Grammar, draw: &mut Draw, rule: &str) -> String {
    let lines = grammar.rule(rule).map_or(&[][..], |rule| &rule.options);
    match draw.pick(lines).map(Vec::as_slice) {
        Some([Piece::Text(word)]) => word.clone(),
        _ => String::new(),
    }
}

/// A name that is joined at random.
fn person(grammar: &Grammar, draw: &mut Draw) -> Person {
    let woman = draw.chance(420);
    let given = if woman { "nama.wanita" } else { "nama.pria" };
    let mut name = plain(grammar, draw, given);
    if draw.chance(180) {
        let second = plain(grammar, draw, given);
        if second != name {
            name.push(' ');
            name.push_str(&second);
        }
    }
    if !draw.chance(80) {
        name.push(' ');
        name.push_str(&plain(grammar, draw, "nama.keluarga"));
    }
    Person { name, woman }
}
