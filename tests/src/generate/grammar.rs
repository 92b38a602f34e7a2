//! The phrase grammars: named rules, each a list of alternative lines, read from the text files beside this module.
//!
//! `[rule]` begins a rule of wording, `[*rule]` one of facts. In a line `(a|b)` is a choice of wording, which an
//! officer makes by habit, and `<a|b>` a choice of fact, which happens to him; `{name}` is a symbol, `{3-9}` a number.

use std::collections::BTreeMap;

use super::draw::mix_word;

/// What decides between alternatives: the habit of the officer, or chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decider {
    Habit,
    Chance,
}

/// A part of a line.
#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    Symbol(String),
    Number { low: u64, high: u64 },
    Choice(Choice),
}

/// Alternatives; `id` names them for the habits of officers.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) id: u64,
    pub(super) decider: Decider,
    pub(super) options: Vec<Vec<Piece>>,
}

/// All rules of one corpus.
#[derive(Debug, Default)]
pub(super) struct Grammar {
    rules: BTreeMap<String, Choice>,
}

impl Grammar {
    /// Reads rules; what is no rule is taken as text, so reading cannot fail (a test looks for what was meant otherwise).
    pub(super) fn parse(sources: &[&str]) -> Self {
        let mut grammar = Self::default();
        let mut name = String::new();
        for line in sources.iter().flat_map(|source| source.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(head) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                let decider = if head.starts_with('*') { Decider::Chance } else { Decider::Habit };
                head.trim_start_matches('*').clone_into(&mut name);
                let id = mix_word(0, &name);
                grammar.rules.entry(name.clone()).or_insert(Choice { id, decider, options: Vec::new() });
            } else if let Some(rule) = grammar.rules.get_mut(&name) {
                let mut parser = Parser { id: mix_word(rule.id, line), left: line.chars().peekable() };
                rule.options.push(parser.sequence(&[]));
            }
        }
        grammar
    }

    pub(super) fn rule(&self, name: &str) -> Option<&Choice> {
        self.rules.get(name)
    }

    #[cfg(test)]
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.rules.keys().map(String::as_str)
    }
}

struct Parser<'a> {
    id: u64,
    left: std::iter::Peekable<std::str::Chars<'a>>,
}

impl Parser<'_> {
    /// Pieces up to one of `ends` (which stays) or the end of the line.
    fn sequence(&mut self, ends: &[char]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        while let Some(next) = self.left.next_if(|next| !ends.contains(next)) {
            let piece = match next {
                '(' => self.choice(Decider::Habit, ')'),
                '<' => self.choice(Decider::Chance, '>'),
                '{' => self.symbol(),
                plain => {
                    text.push(plain);
                    continue;
                }
            };
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(piece);
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        pieces
    }

    fn choice(&mut self, decider: Decider, end: char) -> Piece {
        let mut options = vec![self.sequence(&['|', end])];
        while self.left.next_if_eq(&'|').is_some() {
            options.push(self.sequence(&['|', end]));
        }
        self.left.next_if_eq(&end);
        self.id = super::draw::mix(self.id, options.len() as u64);
        Piece::Choice(Choice { id: self.id, decider, options })
    }

    fn symbol(&mut self) -> Piece {
        let name: String = self.left.by_ref().take_while(|next| *next != '}').collect();
        let range = name.split_once('-').and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
        match range {
            Some((low, high)) => Piece::Number { low, high },
            None => Piece::Symbol(name),
        }
    }
}
