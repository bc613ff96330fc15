//! How the sides of a comparison relate.

use std::cmp::Ordering;

/// How the left side of a comparison is to relate to the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `<=`
    AtMost,
    /// `>=`
    AtLeast,
    /// `==` or `=`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `>`
    More,
}

impl Relation {
    /// A spelling stands before those that it starts with.
    const SPELLINGS: [(&str, Self); 7] = [
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("==", Self::Equal),
        ("!=", Self::Unequal),
        ("<", Self::Less),
        (">", Self::More),
        ("=", Self::Equal),
    ];

    /// What stands left and right of the first relation in a text; `None` where there is none.
    pub fn split(text: &str) -> Option<(&str, Self, &str)> {
        let found = Self::SPELLINGS
            .into_iter()
            .filter_map(|(spelling, relation)| Some((text.find(spelling)?, spelling, relation)));
        // Of two at one place the longer one, which stands first.
        let (at, spelling, relation) = found.min_by_key(|&(at, ..)| at)?;
        Some((&text[..at], relation, &text[at + spelling.len()..]))
    }

    /// Whether sides in this order relate so.
    pub const fn holds(self, order: Ordering) -> bool {
        match self {
            Self::AtMost => order.is_le(),
            Self::AtLeast => order.is_ge(),
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::More => order.is_gt(),
        }
    }
}
