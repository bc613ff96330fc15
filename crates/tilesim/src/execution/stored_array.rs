//! An array in numpy's format: what its header says is held against what there is, before memory is taken for it.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
    sync::OnceLock,
};

use ndarray_npy::npy::header::{Header, Layout};
use tilesim_exec::Tensor;
use zip::ZipArchive;

use super::usual_memory_limit;

/// Bytes of the longest header that is read; numpy itself reads no more than 10,000.
const LONGEST_HEADER: usize = 1 << 16;
/// Brackets in brackets that a header has at most: those of a tuple in a dictionary, and of types with fields.
const DEEPEST_HEADER: usize = 16;
/// Bytes that are read at a time, a multiple of every element's.
const PIECE: usize = 1 << 16;

/// What an array's header says, which its file bears out.
#[derive(Debug, Clone)]
pub(super) struct ArrayHeader {
    shape: Vec<u64>,
    elements: u64,
    element: Element,
    layout: Layout,
}

/// An element, and what number it is.
#[derive(Debug, Clone, Copy)]
struct Element {
    bytes: usize,
    number: fn(&[u8]) -> f32,
}

/// The number that the bytes of an element are, in either order.
macro_rules! number {
    ($type:ty, $from:ident) => {
        |bytes| {
            let bytes = bytes.try_into().unwrap_or_default();
            <$type>::$from(bytes) as f32
        }
    };
}

/// The elements that are numbers, as types are described.
const ELEMENTS: [(&str, Element); 14] = {
    const fn element(bytes: usize, number: fn(&[u8]) -> f32) -> Element {
        Element { bytes, number }
    }
    [
        ("<f4", element(4, number!(f32, from_le_bytes))),
        (">f4", element(4, number!(f32, from_be_bytes))),
        ("<f8", element(8, number!(f64, from_le_bytes))),
        (">f8", element(8, number!(f64, from_be_bytes))),
        ("<i8", element(8, number!(i64, from_le_bytes))),
        (">i8", element(8, number!(i64, from_be_bytes))),
        ("<i4", element(4, number!(i32, from_le_bytes))),
        (">i4", element(4, number!(i32, from_be_bytes))),
        ("<i2", element(2, number!(i16, from_le_bytes))),
        (">i2", element(2, number!(i16, from_be_bytes))),
        ("|i1", element(1, number!(i8, from_le_bytes))),
        ("|u1", element(1, number!(u8, from_le_bytes))),
        ("|b1", element(1, number!(u8, from_le_bytes))),
        ("<b1", element(1, number!(u8, from_le_bytes))),
    ]
};

impl ArrayHeader {
    /// Reads the header of an array whose file, or entry of an archive, has so many bytes.
    pub(super) fn read(reader: &mut impl Read, bytes: u64) -> Result<Self, String> {
        let text = header_bytes(reader).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => "it ends within its header".to_owned(),
            _ => error.to_string(),
        })?;
        let header = Header::from_reader(&mut text.as_slice()).map_err(|error| error.to_string())?;
        let described = header.type_descriptor.to_string();
        let described = described.trim_matches('\'');
        let element = ELEMENTS.iter().find(|(name, _)| *name == described);
        let Some((_, element)) = element else {
            return Err("its elements are no numbers".to_owned());
        };
        let shape: Vec<u64> = header.shape.iter().map(|&size| size as u64).collect();
        let elements = shape
            .iter()
            .try_fold(1_u64, |product, &size| product.checked_mul(size));
        let stated = elements.and_then(|elements| elements.checked_mul(element.bytes as u64));
        let there = bytes.saturating_sub(text.len() as u64);
        match elements {
            Some(elements) if stated == Some(there) => Ok(Self {
                shape,
                elements,
                element: *element,
                layout: header.layout,
            }),
            _ => Err(format!(
                "its header says {shape:?}, elements of {} bytes each, and it has {there} bytes of them",
                element.bytes
            )),
        }
    }

    /// The values behind the header, in row-major order; `others` is the memory of what was read before.
    pub(super) fn values(&self, mut reader: impl Read, others: u64) -> Result<Tensor, String> {
        let (bytes, limit) = (self.bytes(), usual_memory_limit());
        if bytes.saturating_add(others) > limit {
            return Err(format!(
                "it takes {bytes} bytes of memory beside {others} of other arrays; at most {limit} are taken"
            ));
        }
        let mut values: Vec<f32> = Vec::new();
        values
            .try_reserve_exact(self.elements as usize)
            .map_err(|_| format!("there are no {bytes} bytes of memory for it"))?;
        let mut piece = vec![0; PIECE];
        let mut left = self.elements as usize * self.element.bytes;
        while left > 0 {
            let piece = &mut piece[..left.min(PIECE)];
            reader.read_exact(piece).map_err(|error| error.to_string())?;
            left -= piece.len();
            values.extend(piece.chunks_exact(self.element.bytes).map(self.element.number));
        }
        // Whoever says how many bytes there are may be wrong, in an archive.
        if reader.read(&mut piece).map_err(|error| error.to_string())? > 0 {
            return Err("it has more elements than its header says".to_owned());
        }
        Ok(Tensor {
            values: match self.layout {
                Layout::Standard => values,
                Layout::Fortran => row_major(&self.shape, &values),
            },
            shape: self.shape.clone(),
        })
    }

    /// Bytes of memory that the values take.
    fn bytes(&self) -> u64 {
        self.elements.saturating_mul(size_of::<f32>() as u64)
    }
}

/// The bytes of a header, magic word and version included.
fn header_bytes(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let wrong = |reason: &str| io::Error::new(io::ErrorKind::InvalidData, reason);
    let mut bytes = vec![0; 8];
    reader.read_exact(&mut bytes)?;
    if !bytes.starts_with(b"\x93NUMPY") {
        return Err(wrong("it does not begin as an array does"));
    }
    // The length is of two bytes in the first version, of four in later ones (numpy.lib.format).
    let mut length = vec![0; if bytes[6] == 1 { 2 } else { 4 }];
    reader.read_exact(&mut length)?;
    bytes.extend_from_slice(&length);
    let length = length
        .iter()
        .rev()
        .fold(0, |length, &byte| length << 8 | usize::from(byte));
    if length > LONGEST_HEADER {
        return Err(wrong("its header is longer than any array's"));
    }
    let start = bytes.len();
    bytes.resize(start + length, 0);
    reader.read_exact(&mut bytes[start..])?;
    let mut depth = 0_usize;
    for byte in &bytes[start..] {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST_HEADER {
            return Err(wrong("its header has more brackets in brackets than any array's"));
        }
    }
    Ok(bytes)
}

/// Values in row-major order, of those whose first index runs fastest.
fn row_major(shape: &[u64], values: &[f32]) -> Vec<f32> {
    let mut strides = vec![1; shape.len()];
    for dimension in 1..shape.len() {
        strides[dimension] = strides[dimension - 1] * shape[dimension - 1] as usize;
    }
    let mut index = vec![0; shape.len()];
    let mut place = 0;
    let mut ordered = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        ordered.push(values[place]);
        for dimension in (0..shape.len()).rev() {
            index[dimension] += 1;
            place += strides[dimension];
            if index[dimension] < shape[dimension] {
                break;
            }
            place -= strides[dimension] * shape[dimension] as usize;
            index[dimension] = 0;
        }
    }
    ordered
}

/// An array of an archive's file.
#[derive(Debug, Clone)]
pub(super) struct StoredArray {
    index: usize,
    header: ArrayHeader,
    read: OnceLock<Result<Tensor, String>>,
}

impl StoredArray {
    /// An array of an open archive; none of its elements is read.
    pub(super) fn of(archive: &mut ZipArchive<BufReader<File>>, index: usize) -> Result<Self, String> {
        let mut entry = archive.by_index(index).map_err(|error| error.to_string())?;
        let bytes = entry.size();
        Ok(Self {
            index,
            header: ArrayHeader::read(&mut entry, bytes)?,
            read: OnceLock::new(),
        })
    }

    pub(super) fn shape(&self) -> &[u64] {
        &self.header.shape
    }

    /// Bytes of memory that it takes by now.
    pub(super) fn taken(&self) -> u64 {
        self.read.get().map_or(0, |_| self.header.bytes())
    }

    /// The array, read from its archive's file the first time; `others` is the memory that the archive's other arrays take.
    pub(super) fn tensor(&self, path: &Path, others: u64) -> Result<&Tensor, &String> {
        self.read.get_or_init(|| self.read_from(path, others)).as_ref()
    }

    fn read_from(&self, path: &Path, others: u64) -> Result<Tensor, String> {
        let (file, _) = tilesim_files::open(path).map_err(|error| error.to_string())?;
        let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| error.to_string())?;
        let mut entry = archive.by_index(self.index).map_err(|error| error.to_string())?;
        let bytes = entry.size();
        let header = ArrayHeader::read(&mut entry, bytes)?;
        if header.shape != self.header.shape {
            return Err("it has changed since its archive was opened".to_owned());
        }
        header.values(entry, others)
    }
}
