//! Many mutants in one text: each stands beside what it changes, behind a switch that is read when the program runs (`tests/mutants/switch.rs`).

use std::collections::BTreeSet;
use std::ops::Range;

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use super::{Generated, Point};
use crate::programs::Failure;

/// Opens what serves some mutants together; their numbers follow.
const OF_ALL: &str = "/*[all";
/// Opens what serves one mutant only.
const OF_ONE: &str = "/*[one";
const CLOSE: &str = "/*]*/";

/// A text with switches.
#[derive(Debug)]
pub(super) struct Switched {
    pub(super) text: String,
    /// Which mutants are in it.
    pub(super) numbers: BTreeSet<u16>,
}

/// Whom an error of the compiler hits.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hit {
    /// What one mutant puts in place does not compile: it is none.
    One(u16),
    /// The switch itself does not stand there, for instance in a `const fn`.
    All(BTreeSet<u16>),
}

/// What is put around a part of a text.
struct Site {
    around: Range<usize>,
    before: String,
    after: String,
}

/// Puts all that fit into a text; numbers and mutants of its file.
pub(super) fn switched(text: &str, mutants: &[(u16, &Generated)]) -> Result<Switched, Failure> {
    let file = syn::parse_file(text)?;
    let mut places = Places::default();
    places.visit_file(&file);
    let (mut sites, mut numbers) = (Vec::new(), BTreeSet::new());
    let spans: Vec<_> = mutants.iter().map(|(number, mutant)| (*number, *mutant, bytes(text, mutant))).collect();
    let mut taken = |found: &[u16]| numbers.extend(found.iter().copied());
    for body in &places.bodies {
        // The innermost body, so that a function within a function is not its own mother.
        let is_mine = |at: &Range<usize>| *body == innermost(&places.bodies, at);
        let mine: Vec<_> = spans.iter().filter(|(_, one, at)| one.place.genre == "FnValue" && is_mine(at)).collect();
        let ways = mine.iter().map(|(number, one, _)| {
            let (numbers, result) = (listed(&[*number]), &one.place.replacement);
            format!(" {OF_ALL} {number}*/if ::sync_core::mutant(&[{numbers}]) == {number} {{ {OF_ONE} {number}*/return {result};{CLOSE} }}{CLOSE} ")
        });
        sites.push(Site { around: body.clone(), before: ways.collect(), after: String::new() });
        taken(&mine.iter().map(|(number, ..)| *number).collect::<Vec<_>>());
    }
    for arm in &places.arms {
        let found = spans.iter().find(|(_, one, at)| one.place.genre == "MatchArm" && at.start == arm.start);
        if let Some((number, ..)) = found {
            sites.push(arm.switched(*number));
            taken(&[*number]);
        }
    }
    for chosen in &places.matches {
        let arms = spans.iter().filter(|(_, one, at)| one.place.genre == "MatchArm" && chosen.arms.contains(&at.start));
        let numbers: Vec<u16> = arms.map(|(number, ..)| *number).collect();
        if !numbers.is_empty() {
            // Only a mark: an error that says that not all is covered names the match.
            let before = format!("{OF_ALL} {}*/", spaced(&numbers));
            sites.push(Site { around: chosen.around.clone(), before, after: CLOSE.to_owned() });
        }
    }
    for whole in &places.wholes {
        let is_here = |genre: &str, at: &Range<usize>| match genre {
            "BinaryOperator" | "UnaryOperator" => whole.kind == Kind::Operators && *whole == places.whole(Kind::Operators, at),
            "StructField" => whole.kind == Kind::Fields && *whole == places.whole(Kind::Fields, at),
            "MatchArmGuard" => whole.kind == Kind::Guard && whole.around == *at,
            _ => false,
        };
        let mine: Vec<_> = spans.iter().filter(|(_, one, at)| is_here(&one.place.genre, at)).collect();
        let mine_numbers: Vec<u16> = mine.iter().map(|(number, ..)| *number).collect();
        if mine.is_empty() {
            continue;
        }
        let mut before = format!("({OF_ALL} {}*/match ::sync_core::mutant(&[{}]) {{ ", spaced(&mine_numbers), listed(&mine_numbers));
        for (number, one, at) in &mine {
            // Plain text with one change, so that no mutant stands in another and the text grows but little.
            let way = [part(text, whole.around.start..at.start)?, &one.place.replacement, part(text, at.end..whole.around.end)?].concat();
            before += &format!("{OF_ONE} {number}*/{number} => ({way}),{CLOSE} ");
        }
        sites.push(Site { around: whole.around.clone(), before: before + "_ => (", after: format!(") }}{CLOSE})") });
        taken(&mine_numbers);
    }
    sites.sort_by_key(|site| (site.around.start, std::cmp::Reverse(site.around.end)));
    let text = rendered(text, 0..text.len(), &sites)?;
    Ok(Switched { text, numbers })
}

/// Whom an error at a byte of a switched text hits; `None` where no switch is.
pub(super) fn hit(text: &str, at: usize) -> Option<Hit> {
    let mut open = Vec::new();
    let mut from = 0;
    while let Some(next) = text.get(from..at).and_then(|rest| rest.find("/*").map(|found| from + found)) {
        let rest = text.get(next..)?;
        if rest.starts_with(CLOSE) {
            open.pop();
        } else if rest.starts_with(OF_ALL) || rest.starts_with(OF_ONE) {
            open.push(next);
        }
        from = next + 2;
    }
    let opening = text.get(open.pop()?..)?.split_once("*/")?.0;
    let numbers = |words: &str| words.split_whitespace().map(str::parse).collect::<Result<BTreeSet<u16>, _>>().ok();
    match opening.strip_prefix(OF_ONE) {
        Some(one) => numbers(one)?.first().copied().map(Hit::One),
        None => numbers(opening.strip_prefix(OF_ALL)?).map(Hit::All),
    }
}

/// A part of a text with the sites in it, which are sorted: outer ones stand before inner ones.
fn rendered(text: &str, within: Range<usize>, sites: &[Site]) -> Result<String, Failure> {
    let (mut out, mut at, mut left) = (String::new(), within.start, sites);
    while let Some((site, others)) = left.split_first() {
        let (inner, next) = others.split_at(others.iter().take_while(|one| one.around.end <= site.around.end).count());
        out += part(text, at..site.around.start)?;
        out += &[&site.before, rendered(text, site.around.clone(), inner)?.as_str(), &site.after].concat();
        (at, left) = (site.around.end, next);
    }
    Ok(out + part(text, at..within.end)?)
}

/// Places of a text that mutants may be at.
#[derive(Default)]
struct Places {
    /// Between the braces of functions.
    bodies: Vec<Range<usize>>,
    arms: Vec<Arm>,
    matches: Vec<Match>,
    wholes: Vec<Whole>,
    /// The expression that is visited next is an operand.
    operand: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Operators and their operands, as far as no bracket parts them.
    Operators,
    /// A struct's expression.
    Fields,
    /// The condition of an arm.
    Guard,
}

/// An expression that is written anew for each mutant in it.
#[derive(PartialEq)]
struct Whole {
    kind: Kind,
    around: Range<usize>,
}

struct Match {
    around: Range<usize>,
    /// Where each begins.
    arms: Vec<usize>,
}

struct Arm {
    start: usize,
    pattern: Range<usize>,
    guard: Option<Range<usize>>,
    /// `if let`: no brackets may stand around it.
    binds: bool,
}

impl Arm {
    /// The arm is as good as gone when its condition never holds.
    fn switched(&self, number: u16) -> Site {
        let not = format!("{OF_ALL} {number}*/::sync_core::mutant(&[{number}]) != {number}{CLOSE}");
        match &self.guard {
            None => Site { around: self.pattern.clone(), before: String::new(), after: format!(" if {not}") },
            Some(guard) if self.binds => Site { around: guard.clone(), before: format!("{not} && "), after: String::new() },
            Some(guard) => Site { around: guard.clone(), before: format!("{not} && ("), after: ")".to_owned() },
        }
    }
}

impl Places {
    /// The innermost of a kind that a mutant lies in.
    fn whole(&self, kind: Kind, at: &Range<usize>) -> Whole {
        let ranges: Vec<_> = self.wholes.iter().filter(|whole| whole.kind == kind).map(|whole| whole.around.clone()).collect();
        Whole { kind, around: innermost(&ranges, at) }
    }

    fn body(&mut self, block: &syn::Block) {
        let (open, close) = (block.brace_token.span.open().byte_range(), block.brace_token.span.close().byte_range());
        self.bodies.push(open.end..close.start);
    }
}

impl<'ast> Visit<'ast> for Places {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.body(&function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.body(&function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.body(block);
        }
        visit::visit_trait_item_fn(self, function);
    }

    fn visit_expr_match(&mut self, chosen: &'ast syn::ExprMatch) {
        let arms = chosen.arms.iter().map(|arm| arm.span().byte_range().start).collect();
        self.matches.push(Match { around: chosen.span().byte_range(), arms });
        visit::visit_expr_match(self, chosen);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let guard = arm.guard.as_ref().map(|(_, guard)| guard.as_ref());
        let around = guard.map(|guard| guard.span().byte_range());
        let pattern = arm.pat.span().byte_range();
        self.arms.push(Arm { start: arm.span().byte_range().start, pattern, guard: around.clone(), binds: guard.is_some_and(binds) });
        if let (Some(around), false) = (around, guard.is_some_and(binds)) {
            self.wholes.push(Whole { kind: Kind::Guard, around });
        }
        visit::visit_arm(self, arm);
    }

    fn visit_expr(&mut self, expression: &'ast syn::Expr) {
        let is_operand = std::mem::take(&mut self.operand);
        let operands = match expression {
            syn::Expr::Binary(binary) => vec![&*binary.left, &*binary.right],
            syn::Expr::Unary(unary) => vec![&*unary.expr],
            _ => {
                if matches!(expression, syn::Expr::Struct(_)) {
                    self.wholes.push(Whole { kind: Kind::Fields, around: expression.span().byte_range() });
                }
                return visit::visit_expr(self, expression);
            }
        };
        // What binds names has no brackets around it; each of its operands stands for itself.
        let parted = binds(expression);
        if !parted && !is_operand {
            self.wholes.push(Whole { kind: Kind::Operators, around: expression.span().byte_range() });
        }
        for one in operands {
            self.operand = !parted;
            self.visit_expr(one);
        }
    }
}

/// Whether names of `let` come out of a condition.
fn binds(expression: &syn::Expr) -> bool {
    match expression {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(both) => binds(&both.left) || binds(&both.right),
        _ => false,
    }
}

/// The smallest range that holds another; an empty one when none does.
fn innermost(ranges: &[Range<usize>], at: &Range<usize>) -> Range<usize> {
    let holding = ranges.iter().filter(|range| range.start <= at.start && at.end <= range.end);
    holding.min_by_key(|range| range.len()).cloned().unwrap_or_default()
}

fn listed(numbers: &[u16]) -> String {
    numbers.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}

fn spaced(numbers: &[u16]) -> String {
    numbers.iter().map(u16::to_string).collect::<Vec<_>>().join(" ")
}

fn part(text: &str, range: Range<usize>) -> Result<&str, Failure> {
    Ok(text.get(range).ok_or("a mutant outside its text")?)
}

/// Lines and columns from 1, in characters.
fn bytes(text: &str, mutant: &Generated) -> Range<usize> {
    let byte = |point: Point| {
        let before: usize = text.split_inclusive('\n').take(point.line.saturating_sub(1)).map(str::len).sum();
        let rest = text.get(before..).unwrap_or_default();
        before + rest.char_indices().nth(point.column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
    };
    byte(mutant.place.span.start)..byte(mutant.place.span.end)
}
