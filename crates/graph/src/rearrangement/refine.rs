//! Mixed-radix numbers cut into the same digits.

use super::{MAX_VARIABLES, RearrangementError};

/// The digits of which the digits of two numbers of the same range are made up: their sizes, and for each digit of either number
/// which of them it is. Digits of size 1 are made up of none. `None` where a digit of one number would have to be cut in a
/// way that the other's does not allow.
pub fn common_digits(left: &[u64], right: &[u64]) -> Option<CommonDigits> {
    let mut common = CommonDigits {
        sizes: Vec::new(),
        left: vec![Vec::new(); left.len()],
        right: vec![Vec::new(); right.len()],
    };
    // Innermost first.
    let long = |sizes: &[u64]| -> Vec<(usize, u64)> {
        let digits = sizes.iter().copied().enumerate().rev();
        digits.filter(|(_, size)| *size != 1).collect()
    };
    let (mut lefts, mut rights) = (long(left).into_iter(), long(right).into_iter());
    let (mut of_left, mut of_right) = (None, None);
    loop {
        of_left = of_left.or_else(|| lefts.next());
        of_right = of_right.or_else(|| rights.next());
        let (Some((left_at, left_rest)), Some((right_at, right_rest))) = (of_left, of_right) else {
            break;
        };
        let size = left_rest.min(right_rest);
        if size == 0 || !left_rest.is_multiple_of(size) || !right_rest.is_multiple_of(size) {
            return None;
        }
        let digit = common.sizes.len();
        common.sizes.push(size);
        common.left[left_at].insert(0, digit);
        common.right[right_at].insert(0, digit);
        let remains = |at: usize, rest: u64| (rest > size).then_some((at, rest / size));
        of_left = remains(left_at, left_rest);
        of_right = remains(right_at, right_rest);
    }
    (of_left.is_none() && of_right.is_none()).then_some(common)
}

/// Digits that two numbers have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommonDigits {
    /// Size of each.
    pub sizes: Vec<u64>,
    /// Those of each digit of the first number, outermost first.
    pub left: Vec<Vec<usize>>,
    /// Those of each digit of the second number.
    pub right: Vec<Vec<usize>>,
}

/// The number of a variable.
pub(super) fn variable(index: usize) -> Result<u8, RearrangementError> {
    if index < MAX_VARIABLES {
        Ok(index as u8)
    } else {
        Err(RearrangementError::TooMany {
            what: "variables",
            got: index + 1,
            limit: MAX_VARIABLES,
        })
    }
}

/// The numbers of variables.
pub(super) fn variables(indices: &[usize]) -> Result<Vec<u8>, RearrangementError> {
    indices.iter().map(|&index| variable(index)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_cut_where_either_number_is() {
        let common = common_digits(&[2, 12, 5], &[6, 4, 1, 5]).expect("12 is 3 times 4");
        assert_eq!(common.sizes, [5, 4, 3, 2]);
        assert_eq!(common.left, [vec![3], vec![2, 1], vec![0]]);
        assert_eq!(common.right, [vec![3, 2], vec![1], vec![], vec![0]]);
        assert!(common_digits(&[2, 3], &[3, 2]).is_none());
        assert!(common_digits(&[2, 3], &[6]).is_some());
        assert!(common_digits(&[2, 3], &[5]).is_none());
    }
}
