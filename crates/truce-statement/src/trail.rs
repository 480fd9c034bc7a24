//! The path to a place inside a value, put together from the inside out while an error travels outward. Reading that
//! succeeds pays nothing for it.

use std::fmt;

/// Steps from a place to the value around it, innermost first.
#[derive(Debug, Default)]
pub(crate) struct Trail(Vec<Step>);

#[derive(Debug)]
enum Step {
    Field(String),
    Item(u64),
}

impl Trail {
    /// The trail of a field that is missing, or there twice: the place is the object around it.
    pub(crate) fn of_field(name: &str) -> Self {
        Self(vec![Step::Field(name.to_owned())])
    }

    /// Adds the field of an object that what came before stands in.
    pub(crate) fn under(&mut self, field: &str) {
        self.0.push(Step::Field(field.to_owned()));
    }

    /// Adds the number, from 0, of the item of a list that what came before stands in.
    pub(crate) fn at(&mut self, item: u64) {
        self.0.push(Step::Item(item));
    }

    /// Holds for the whole value.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Dotted path, as `body.regions[0].explosions`; nothing for the whole value.
impl fmt::Display for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().rev().enumerate() {
            match step {
                Step::Item(n) => write!(f, "[{n}]")?,
                Step::Field(name) if i == 0 => f.write_str(name)?,
                Step::Field(name) => write!(f, ".{name}")?,
            }
        }
        Ok(())
    }
}
