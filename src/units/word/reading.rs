//! Names with their powers, taken together to one unit.

use super::atoms::{Atom, find};
use super::meaning::{NONE, Per, Substance, Word};
use super::tokens::Token;

/// A word while it is read.
pub(super) struct Reading {
    pub(super) word: Word,
    /// Whether a slash has been seen.
    below: bool,
    /// Whether the last token was a slash.
    after_slash: bool,
}

impl Reading {
    pub(super) fn new() -> Self {
        let word = Word {
            scale: 1.0,
            dimensions: NONE,
            per: Per::Step,
            substance: Substance::Unsaid,
        };
        Self {
            word,
            below: false,
            after_slash: false,
        }
    }

    pub(super) fn take(&mut self, token: &Token) -> Option<()> {
        let Token::Name(name, written) = token else {
            // A second slash in a row is a slip, not a unit.
            let first = !self.after_slash;
            (self.below, self.after_slash) = (true, true);
            return first.then_some(());
        };
        let power = match *written {
            Some(n) if n < 0 && !self.after_slash => n,
            Some(n) if n < 0 => return None,
            other if self.below => -other.unwrap_or(1),
            other => other.unwrap_or(1),
        };
        self.after_slash = false;
        let (atom, substance) = find(name)?;
        if let Some(substance) = substance {
            self.name_substance(substance)?;
        }
        self.apply(atom, power)
    }

    fn apply(&mut self, atom: Atom, power: i32) -> Option<()> {
        match atom {
            Atom::Measure(scale, d) => {
                self.word.scale *= scale.powi(power);
                let sum = &mut self.word.dimensions;
                sum.mass += d.mass * power;
                sum.moles += d.moles * power;
                sum.length += d.length * power;
                sum.energy += d.energy * power;
                Some(())
            }
            Atom::Power(scale) if power == 1 => {
                self.word.scale *= scale;
                self.word.dimensions.energy += 1;
                self.divide_by(Per::Seconds(1.0))
            }
            Atom::Time(per) if power == -1 => self.divide_by(per),
            Atom::Of(substance) if power.abs() == 1 => self.name_substance(substance),
            Atom::Nothing => Some(()),
            Atom::Power(_) | Atom::Time(_) | Atom::Of(_) => None,
        }
    }

    /// Sets the time below; a word has one at most.
    fn divide_by(&mut self, per: Per) -> Option<()> {
        let first = self.word.per == Per::Step;
        self.word.per = per;
        first.then_some(())
    }

    /// Sets the substance; a word has one at most.
    fn name_substance(&mut self, substance: Substance) -> Option<()> {
        let first = self.word.substance == Substance::Unsaid;
        self.word.substance = substance;
        first.then_some(())
    }

    pub(super) fn finish(self, any: bool) -> Option<Word> {
        (any && !self.after_slash).then_some(self.word)
    }
}
