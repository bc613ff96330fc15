//! Arrays whose headers say other than their files.

use std::{fs, io::Write, path::Path};

use crate::support::{refused, run};

const NETWORK: [&str; 5] = ["run", "mobilenet-v1", "--set", "resolution=32", "--input"];

/// An array's header in numpy's format (numpy.lib.format, version 1.0), padded as numpy pads it.
fn header(described: &str) -> Vec<u8> {
    let mut text = described.to_owned();
    while !(10 + text.len() + 1).is_multiple_of(64) {
        text.push(' ');
    }
    text.push('\n');
    let length = u16::try_from(text.len()).expect("short").to_le_bytes();
    [b"\x93NUMPY\x01\x00", length.as_slice(), text.as_bytes()].concat()
}

fn of_shape(shape: &str) -> Vec<u8> {
    header(&format!(
        "{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    ))
}

fn refused_array(contents: &[u8], words: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("x.npy"), contents).expect("written");
    let arguments = [NETWORK.as_slice(), &["x.npy"]].concat();
    refused(folder.path(), &arguments, &[&["x.npy: "], words].concat());
}

#[test]
fn a_header_is_held_against_the_file() {
    refused_array(
        &of_shape("(1000000, 1000000)"),
        &["[1000000, 1000000]", "it has 0 bytes"],
    );
    refused_array(&of_shape("(18446744073709551615, 4)"), &["header"]);
    refused_array(&of_shape("(99999999999999999999999, 4)"), &[]);
    let short = [of_shape("(1, 3, 32, 32)"), vec![0; 100]].concat();
    refused_array(&short, &["it has 100 bytes"]);
    let long = [of_shape("(2,)"), vec![0; 100]].concat();
    refused_array(&long, &["it has 100 bytes"]);
    refused_array(b"", &["ends within its header"]);
    refused_array(&of_shape("(2,)")[..40], &["ends within its header"]);
    // Version 2 states the length of the header in four bytes.
    let endless = [b"\x93NUMPY\x02\x00".as_slice(), &u32::MAX.to_le_bytes()].concat();
    refused_array(&endless, &["longer"]);
    refused_array(&of_shape(&"(".repeat(50_000)), &["brackets"]);
    refused_array(
        &header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"),
        &["no numbers"],
    );
}

/// An archive of one array of 6.4 GB, a million times as long as it is compressed.
fn bomb(path: &Path, name: &str, elements: u64) {
    let file = fs::File::create(path).expect("a file");
    let mut archive = zip::ZipWriter::new(file);
    let options = zip::write::SimpleFileOptions::default().large_file(true);
    archive.start_file(format!("{name}.npy"), options).expect("begun");
    archive
        .write_all(&of_shape(&format!("({elements},)")))
        .expect("written");
    let zeros = vec![0; 1 << 20];
    let mut left = 4 * elements;
    while left > 0 {
        let piece = left.min(1 << 20);
        archive
            .write_all(&zeros[..usize::try_from(piece).expect("small")])
            .expect("written");
        left -= piece;
    }
    archive.finish().expect("whole");
}

#[test]
fn an_archive_is_read_no_further_than_it_is_needed() {
    let folder = tempfile::tempdir().expect("a folder");
    let elements = 1_600_000_000;
    bomb(&folder.path().join("x.npz"), "image", elements);
    let arguments = [NETWORK.as_slice(), &["x.npz"]].concat();
    refused(folder.path(), &arguments, &["x.npz: the array is [1600000000]"]);
    let gradients = ["run", "mobilenet-v1", "--gradients", "--reference", "x.npz"];
    refused(folder.path(), &gradients, &["there is no array `input`"]);
    bomb(&folder.path().join("x.npz"), "input", elements);
    refused(folder.path(), &arguments, &["it holds `input`"]);
    refused(folder.path(), &gradients, &["1600000000"]);
}

#[test]
fn arrays_of_every_type_and_order_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let (elements, shape) = (3 * 32 * 32, "(1, 3, 32, 32)");
    let of = |kind: &str, order: &str| {
        header(&format!(
            "{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}"
        ))
    };
    let mut answers = Vec::new();
    for (kind, one) in [
        ("<f4", 1.0_f32.to_le_bytes().to_vec()),
        (">f4", 1.0_f32.to_be_bytes().to_vec()),
        ("<f8", 1.0_f64.to_le_bytes().to_vec()),
        ("<i8", 1_i64.to_le_bytes().to_vec()),
        (">i4", 1_i32.to_be_bytes().to_vec()),
        ("<i2", 1_i16.to_le_bytes().to_vec()),
        ("|u1", vec![1]),
        ("|b1", vec![1]),
    ] {
        for order in ["False", "True"] {
            let contents = [of(kind, order), one.repeat(elements)].concat();
            fs::write(folder.path().join("x.npy"), contents).expect("written");
            let arguments = [NETWORK.as_slice(), &["x.npy", "--output", "y.npy", "--quiet"]].concat();
            let outcome = run(folder.path(), &arguments);
            assert_eq!(outcome.code, Some(0), "{kind}: {}", outcome.error);
            answers.push(fs::read(folder.path().join("y.npy")).expect("an array"));
        }
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}
