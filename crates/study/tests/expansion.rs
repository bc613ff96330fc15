//! Points against an enumeration by nested loops.

use proptest::prelude::*;
use tilesim_study::{Study, Value};

/// A study over whole numbers, with axes of these lengths.
fn study(lengths: &[usize], conditions: &[String]) -> Study {
    let axes: Vec<String> = lengths
        .iter()
        .enumerate()
        .map(|(axis, length)| {
            format!(
                r#"{{"key": "k{axis}", "range": {{"from": 0, "to": {}}}}}"#,
                length - 1
            )
        })
        .collect();
    let json = format!(
        r#"{{"name": "x", "fixed": {{"model": "m"}}, "axes": [{}], "conditions": {}}}"#,
        axes.join(","),
        serde_json::to_string(conditions).expect("JSON")
    );
    Study::from_json(&json, "study.json").expect("a study")
}

/// Every combination, the last axis fastest.
fn combinations(lengths: &[usize]) -> Vec<Vec<i64>> {
    lengths.iter().fold(vec![Vec::new()], |combinations, &length| {
        combinations
            .iter()
            .flat_map(|combination| {
                (0..length.cast_signed() as i64).map(|value| [combination.as_slice(), &[value]].concat())
            })
            .collect()
    })
}

fn values(study: &Study) -> Vec<Vec<i64>> {
    let points = study.points().expect("points");
    let whole = |value: &Value| match value {
        Value::Integer(value) => *value,
        other => panic!("{other} is not whole"),
    };
    let all: Vec<_> = points.iter().collect();
    assert_eq!(all.len() as u64, points.len());
    for (index, point) in all.iter().enumerate() {
        assert_eq!(point.index, index as u64);
        assert_eq!(points.get(point.index).as_ref(), Some(point));
    }
    assert_eq!(points.get(points.len()), None);
    all.iter()
        .map(|point| point.values.iter().map(whole).collect())
        .collect()
}

proptest! {
    #[test]
    fn grids_are_complete_and_in_order(lengths in prop::collection::vec(1_usize..6, 0..5)) {
        prop_assert_eq!(values(&study(&lengths, &[])), combinations(&lengths));
    }

    #[test]
    fn conditions_leave_out_and_keep_the_order(
        lengths in prop::collection::vec(1_usize..6, 2..5),
        bound in 0_i64..6,
        product in 0_i64..12,
    ) {
        let conditions = [format!("k0 <= {bound} or k1 > k0"), format!("k0 * k1 != {product}")];
        let expected: Vec<Vec<i64>> = combinations(&lengths)
            .into_iter()
            .filter(|at| (at[0] <= bound || at[1] > at[0]) && at[0] * at[1] != product)
            .collect();
        prop_assert_eq!(values(&study(&lengths, &conditions)), expected);
    }

    #[test]
    fn zipped_axes_are_one_axis(pairs in prop::collection::vec((0_i64..9, 0_i64..9), 1..6), others in 1_i64..4) {
        let (left, right): (Vec<i64>, Vec<i64>) = pairs.iter().copied().unzip();
        let json = format!(
            r#"{{"name": "x", "axes": [
                {{"key": "a", "range": {{"from": 1, "to": {others}}}}},
                {{"zip": [{{"key": "b", "values": {left:?}}}, {{"key": "c", "values": {right:?}}}]}}
            ]}}"#
        );
        let study = Study::from_json(&json, "study.json").expect("a study");
        let expected: Vec<Vec<i64>> = (1..=others)
            .flat_map(|a| pairs.iter().map(move |&(b, c)| vec![a, b, c]))
            .collect();
        prop_assert_eq!(values(&study), expected);
    }
}
