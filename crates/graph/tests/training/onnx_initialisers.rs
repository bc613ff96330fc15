//! Initial values of an ONNX model: just as much of protocol buffers as that takes.

use tilesim_graph::reference::{Tensor, Tensors};

/// Fields of the messages of `onnx.proto`.
const MODEL_GRAPH: u64 = 7;
const GRAPH_INITIALIZER: u64 = 5;
const TENSOR_DIMS: u64 = 1;
const TENSOR_NAME: u64 = 8;
const TENSOR_RAW_DATA: u64 = 9;

enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Single-precision initial values by name.
pub(crate) fn initialisers(model: &[u8]) -> Tensors {
    fields(model)
        .into_iter()
        .filter_map(|(field, value)| match value {
            Value::Bytes(graph) if field == MODEL_GRAPH => Some(fields(graph)),
            _ => None,
        })
        .flatten()
        .filter_map(|(field, value)| match value {
            Value::Bytes(bytes) if field == GRAPH_INITIALIZER => Some(initialiser(bytes)),
            _ => None,
        })
        .collect()
}

fn initialiser(bytes: &[u8]) -> (String, Tensor) {
    let mut name = String::new();
    let mut tensor = Tensor {
        shape: Vec::new(),
        values: Vec::new(),
    };
    for (field, value) in fields(bytes) {
        match (field, value) {
            (TENSOR_DIMS, Value::Number(size)) => tensor.shape.push(size),
            (TENSOR_NAME, Value::Bytes(bytes)) => name = String::from_utf8_lossy(bytes).into_owned(),
            (TENSOR_RAW_DATA, Value::Bytes(bytes)) => {
                tensor.values = bytes
                    .chunks_exact(4)
                    .map(|bytes| f64::from(f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])))
                    .collect();
            }
            _ => {}
        }
    }
    (name, tensor)
}

fn fields(mut bytes: &[u8]) -> Vec<(u64, Value<'_>)> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = number(&mut bytes);
        let value = match key & 7 {
            0 => Value::Number(number(&mut bytes)),
            1 => Value::Bytes(take(&mut bytes, 8)),
            5 => Value::Bytes(take(&mut bytes, 4)),
            _ => {
                let length = number(&mut bytes);
                Value::Bytes(take(&mut bytes, length as usize))
            }
        };
        fields.push((key >> 3, value));
    }
    fields
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(length.min(bytes.len()));
    *bytes = rest;
    taken
}

fn number(bytes: &mut &[u8]) -> u64 {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let [byte, rest @ ..] = *bytes else { break };
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}
