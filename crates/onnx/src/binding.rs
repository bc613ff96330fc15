//! Sizes of inputs: what the file states, what it leaves open, and what whoever imports it says.

use std::collections::{BTreeMap, BTreeSet};

use tilesim_graph::ElementType;

use super::{
    OnnxError,
    constant::number_format,
    limits::{MAX_DIMENSIONS, MAX_ELEMENTS},
    proto::{DimensionProto, ValueInfoProto, data_type},
};

/// What an import says of a network's inputs, where the file leaves it open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bindings {
    /// Images at a time; where none is given, those that the file or a shape states, and 1 where neither does.
    pub batch: Option<u64>,
    /// Shapes of inputs by name. They must agree with the sizes that the file states.
    pub shapes: BTreeMap<String, Vec<u64>>,
}

/// A size of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Size<'a> {
    Stated(u64),
    /// Left open, perhaps with a name: what has the same name has the same size.
    Open(Option<&'a str>),
}

/// An input as the file states it.
#[derive(Debug)]
pub(super) struct StatedInput<'a> {
    name: &'a str,
    sizes: Vec<Size<'a>>,
    data_type: ElementType,
}

/// An input whose sizes are known.
#[derive(Debug)]
pub(super) struct BoundInput<'a> {
    pub(super) name: &'a str,
    pub(super) shape: Vec<u64>,
    pub(super) data_type: ElementType,
}

impl<'a> StatedInput<'a> {
    /// The input that a file describes, its first dimension perhaps open.
    pub(super) fn of(input: &'a ValueInfoProto) -> Result<Self, OnnxError> {
        let name = input.name.as_deref().unwrap_or_default();
        let wrong = |reason: String, expected: &str| OnnxError::Value {
            value: name.to_owned(),
            reason,
            expected: expected.to_owned(),
        };
        let tensor = input.r#type.as_ref().and_then(|of| of.tensor_type.as_ref());
        let Some((tensor, shape)) = tensor.and_then(|tensor| Some((tensor, tensor.shape.as_ref()?))) else {
            return Err(wrong(
                "this input has no shape".to_owned(),
                "a tensor of stated shape; export the model with a sample input",
            ));
        };
        let data_type = match tensor.elem_type.unwrap_or(0) {
            data_type::UINT8 => ElementType::U8,
            number if number_format(number).is_some() => ElementType::F16,
            data_type::INT32 | data_type::INT64 => {
                return Err(wrong(
                    "this input holds whole numbers, such as token ids".to_owned(),
                    "floating-point numbers of 16, 32 or 64 bits, or bytes; cut the model behind the embedding",
                ));
            }
            number => {
                return Err(wrong(
                    format!("this input has the data type with number {number}"),
                    "floating-point numbers of 16, 32 or 64 bits, or bytes",
                ));
            }
        };
        if shape.dim.is_empty() || shape.dim.len() > MAX_DIMENSIONS {
            return Err(wrong(
                format!("this input has {} dimensions", shape.dim.len()),
                "[N, C, spatial…]",
            ));
        }
        let bad = |(index, size): (usize, i64)| {
            wrong(
                format!("dimension {index} of this input has size {size}"),
                "a positive size, a name, or nothing where it is open",
            )
        };
        let sizes = shape.dim.iter().enumerate();
        let sizes = sizes
            .map(|(index, dimension)| size_of(dimension).map_err(|size| bad((index, size))))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            name,
            sizes,
            data_type,
        })
    }

    /// The sizes as text, such as `Nx3xHxW`.
    fn pattern(&self) -> String {
        let sizes = self.sizes.iter().map(|size| match size {
            Size::Stated(size) => size.to_string(),
            Size::Open(Some(name)) => (*name).to_owned(),
            Size::Open(None) => "?".to_owned(),
        });
        sizes.collect::<Vec<_>>().join("x")
    }
}

/// A size; the error is one that is none. Exporters write −1 where it is open.
fn size_of(dimension: &DimensionProto) -> Result<Size<'_>, i64> {
    let name = dimension.dim_param.as_deref().filter(|name| !name.is_empty());
    match dimension.dim_value {
        None | Some(-1) => Ok(Size::Open(name)),
        Some(size) => match u64::try_from(size) {
            Ok(stated) if stated > 0 => Ok(Size::Stated(stated)),
            _ => Err(size),
        },
    }
}

/// The batch, and the one that the file states where it takes its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch {
    pub(super) stated: Option<u64>,
    pub(super) bound: u64,
}

/// The sizes of all inputs, and the batch.
///
/// The first dimension of an input is its batch where the file leaves it open, or where all inputs state the same. Another batch than
/// the stated takes the place of that.
pub(super) fn bind<'a>(
    inputs: &[StatedInput<'a>],
    bindings: &Bindings,
) -> Result<(Vec<BoundInput<'a>>, Batch), OnnxError> {
    let given = given_shapes(inputs, bindings)?;
    let mut named = named_sizes(inputs, &given)?;
    let batch = batch(inputs, &given, &named, bindings.batch)?;
    for input in inputs {
        if let Some(Size::Open(Some(name))) = input.sizes.first() {
            named.insert(name, batch.bound);
        }
    }
    let mut bound = Vec::with_capacity(inputs.len());
    for (input, given) in inputs.iter().zip(&given) {
        let mut shape = Vec::with_capacity(input.sizes.len());
        let mut open = Vec::new();
        for (index, size) in input.sizes.iter().enumerate() {
            let known = match size {
                Size::Open(_) if index == 0 => Some(batch.bound),
                Size::Stated(_) if index == 0 && batch.stated.is_some() => Some(batch.bound),
                Size::Stated(size) => Some(*size),
                Size::Open(name) => given
                    .map(|shape| shape[index])
                    .or_else(|| named.get((*name)?).copied()),
            };
            match known {
                Some(size) => shape.push(size),
                None => open.push((index, size)),
            }
        }
        if !open.is_empty() {
            let open = open.into_iter().map(|(index, size)| match size {
                Size::Open(Some(name)) => format!("{index} (`{name}`)"),
                _ => index.to_string(),
            });
            return Err(OnnxError::OpenSizes {
                input: input.name.to_owned(),
                open: open.collect(),
                pattern: input.pattern(),
            });
        }
        bound.push(BoundInput {
            name: input.name,
            shape,
            data_type: input.data_type,
        });
    }
    Ok((bound, batch))
}

/// Images at a time, whatever else the file leaves open.
pub(super) fn own_batch(inputs: &[StatedInput], bindings: &Bindings) -> Result<u64, OnnxError> {
    let given = given_shapes(inputs, bindings)?;
    let named = named_sizes(inputs, &given)?;
    Ok(batch(inputs, &given, &named, bindings.batch)?.bound)
}

/// The shape that is given for each input, which agrees with what the file states but for the first size.
fn given_shapes<'b>(
    inputs: &[StatedInput],
    bindings: &'b Bindings,
) -> Result<Vec<Option<&'b Vec<u64>>>, OnnxError> {
    if let Some(unknown) = bindings
        .shapes
        .keys()
        .find(|name| inputs.iter().all(|input| input.name != name.as_str()))
    {
        let names: Vec<String> = inputs.iter().map(|input| format!("`{}`", input.name)).collect();
        return Err(OnnxError::Value {
            value: unknown.clone(),
            reason: "the network has no input of that name".to_owned(),
            expected: names.join(", "),
        });
    }
    inputs
        .iter()
        .map(|input| {
            let Some(shape) = bindings.shapes.get(input.name) else {
                return Ok(None);
            };
            let fits =
                shape.len() == input.sizes.len()
                    && shape.iter().all(|size| (1..=MAX_ELEMENTS).contains(size))
                    && input.sizes.iter().zip(shape).skip(1).all(|(stated, size)| {
                        matches!(stated, Size::Open(_)) || *stated == Size::Stated(*size)
                    });
            fits.then_some(Some(shape)).ok_or_else(|| OnnxError::Value {
                value: input.name.to_owned(),
                reason: format!("this input cannot be {shape:?}"),
                expected: format!("{}, as the file states it", input.pattern()),
            })
        })
        .collect()
}

/// Sizes that have a name and are given.
fn named_sizes<'a>(
    inputs: &[StatedInput<'a>],
    given: &[Option<&Vec<u64>>],
) -> Result<BTreeMap<&'a str, u64>, OnnxError> {
    let mut named = BTreeMap::new();
    for (input, shape) in inputs.iter().zip(given) {
        let Some(shape) = shape else { continue };
        for (size, &given) in input.sizes.iter().zip(shape.iter()) {
            if let Size::Open(Some(name)) = size
                && *named.entry(*name).or_insert(given) != given
            {
                return Err(OnnxError::Value {
                    value: input.name.to_owned(),
                    reason: format!("this input cannot be {shape:?}: `{name}` is another size elsewhere"),
                    expected: format!("{}, one size for each name", input.pattern()),
                });
            }
        }
    }
    Ok(named)
}

/// The batch that is asked for, in the place of the one that all inputs state if there is one.
fn batch(
    inputs: &[StatedInput],
    given: &[Option<&Vec<u64>>],
    named: &BTreeMap<&str, u64>,
    asked: Option<u64>,
) -> Result<Batch, OnnxError> {
    let mut stated = BTreeSet::new();
    let mut shown = Vec::new();
    let mut other = None;
    let mut has_open = false;
    for (input, shape) in inputs.iter().zip(given) {
        let first = shape.and_then(|shape| shape.first().copied());
        match input.sizes.first() {
            Some(Size::Stated(size)) => {
                stated.insert(*size);
                other = other.or_else(|| first.filter(|first| first != size));
            }
            Some(Size::Open(name)) => {
                has_open = true;
                shown.extend(first.or_else(|| named.get((*name)?).copied()));
            }
            None => {}
        }
    }
    let common = if stated.len() == 1 {
        stated.first().copied()
    } else {
        None
    };
    let own = match shown.first() {
        Some(&shown) => shown,
        None => common.unwrap_or(1),
    };
    let bound = asked.or(other).unwrap_or(own);
    if bound == own || has_open {
        return Ok(Batch { stated: None, bound });
    }
    match common {
        Some(common) => Ok(Batch {
            stated: Some(common),
            bound,
        }),
        None => Err(OnnxError::Batch {
            asked: bound,
            reason: "its inputs state several sizes as their first".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input<'a>(name: &'a str, sizes: &[Size<'a>]) -> StatedInput<'a> {
        StatedInput {
            name,
            sizes: sizes.to_vec(),
            data_type: ElementType::F16,
        }
    }

    fn bindings(batch: Option<u64>, shapes: &[(&str, &[u64])]) -> Bindings {
        Bindings {
            batch,
            shapes: shapes
                .iter()
                .map(|&(name, shape)| (name.to_owned(), shape.to_vec()))
                .collect(),
        }
    }

    fn shapes(inputs: &[StatedInput], bindings: &Bindings) -> Result<Vec<Vec<u64>>, OnnxError> {
        let (bound, _) = bind(inputs, bindings)?;
        Ok(bound.into_iter().map(|input| input.shape).collect())
    }

    #[test]
    fn the_stated_batch_is_the_default() {
        let fixed = [input("x", &[Size::Stated(8), Size::Stated(3)])];
        assert_eq!(shapes(&fixed, &Bindings::default()).expect("sizes"), [[8, 3]]);
        assert_eq!(shapes(&fixed, &bindings(Some(2), &[])).expect("sizes"), [[2, 3]]);
        assert_eq!(
            shapes(&fixed, &bindings(None, &[("x", &[4, 3])])).expect("sizes"),
            [[4, 3]]
        );
        let (_, batch) = bind(&fixed, &bindings(Some(2), &[])).expect("sizes");
        assert_eq!((batch.stated, batch.bound), (Some(8), 2));
        let open = [input("x", &[Size::Open(Some("N")), Size::Stated(3)])];
        assert_eq!(shapes(&open, &Bindings::default()).expect("sizes"), [[1, 3]]);
    }

    #[test]
    fn inputs_of_several_first_sizes_have_no_batch() {
        let inputs = [
            input("a", &[Size::Stated(8), Size::Stated(3)]),
            input("b", &[Size::Stated(4)]),
        ];
        assert!(shapes(&inputs, &Bindings::default()).is_ok());
        let error = shapes(&inputs, &bindings(Some(2), &[])).expect_err("no batch");
        assert!(matches!(error, OnnxError::Batch { asked: 2, .. }), "{error}");
    }

    #[test]
    fn open_sizes_are_bound_by_shape_or_by_name() {
        let image = [
            Size::Open(Some("N")),
            Size::Stated(3),
            Size::Open(Some("H")),
            Size::Open(None),
        ];
        let inputs = [
            input("x", &image),
            input("y", &[Size::Open(Some("N")), Size::Open(Some("H"))]),
        ];
        let error = shapes(&inputs, &Bindings::default())
            .expect_err("open")
            .to_string();
        for part in ["`x`", "2 (`H`)", "3", "Nx3xHx?"] {
            assert!(error.contains(part), "{error}");
        }
        let bound = bindings(None, &[("x", &[2, 3, 5, 7])]);
        assert_eq!(
            shapes(&inputs, &bound).expect("sizes"),
            [vec![2, 3, 5, 7], vec![2, 5]]
        );
        for wrong in [
            bindings(None, &[("z", &[1])]),
            bindings(None, &[("x", &[2, 4, 5, 7])]),
            bindings(None, &[("x", &[2, 3, 5])]),
            bindings(None, &[("x", &[2, 3, 0, 7])]),
            bindings(None, &[("x", &[2, 3, 5, 7]), ("y", &[2, 6])]),
        ] {
            assert!(
                matches!(shapes(&inputs, &wrong), Err(OnnxError::Value { .. })),
                "{wrong:?}"
            );
        }
    }
}
