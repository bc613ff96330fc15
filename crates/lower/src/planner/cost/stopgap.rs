//! Kernel cycles until the codelets crate has them.
#![allow(missing_docs, clippy::all, clippy::pedantic)]
use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::convolution::{ConvolutionKernel as K, ConvolutionVertex as V};

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn field(v: &V) -> (u64, u64) {
    let mut dims: [u64; 3] = [1; 3];
    let n = v.output.len();
    for d in 0..n {
        let step = v.input_dilation[d] / gcd(v.input_dilation[d], v.stride[d]);
        dims[d] = v.output[d].div_ceil(step);
    }
    let w = dims[n - 1];
    let rows: u64 = dims[..n - 1].iter().product::<u64>() * v.batch;
    (rows, w)
}

fn runs(m: &Machine, v: &V, f: impl Fn(u64) -> u64, empty: u64) -> (u64, u64) {
    let (rows, w) = field(v);
    let n = rows * w;
    let workers = u64::from(m.workers);
    let (mut slow, mut fast) = (0, u64::MAX);
    for i in 0..workers {
        let (a, b) = (i * n / workers, (i + 1) * n / workers);
        let mut c = 0;
        if a == b {
            c = empty;
        } else {
            let (ra, rb) = (a / w, (b - 1) / w);
            if ra == rb {
                c += f(b - a);
            } else {
                c += f(w - a % w) + (rb - ra - 1) * f(w) + f((b - 1) % w + 1);
            }
        }
        slow = slow.max(c);
        fast = fast.min(c);
    }
    (slow, fast)
}

pub(super) fn cycles(m: &Machine, v: &V) -> u64 {
    let half_in = v.input_type == ElementType::F16;
    let fp = v.partials_type == ElementType::F32;
    let ig = v.in_channels.div_ceil(v.grouping.in_channels);
    let og = v.out_channels.div_ceil(v.grouping.out_channels);
    let cg = v.conv_groups.div_ceil(v.grouping.conv_groups);
    let n = v.kernel_size.len();
    let w = 6;
    match v.kernel {
        K::Amp1x1 { conv_units } => {
            let u = u64::from(conv_units);
            let p = v.grouping.out_channels / u;
            let c16 = (half_in && u == 16) || fp;
            let (a, b) = if half_in && (fp || u == 16) {
                (7, 3)
            } else {
                (0, 0)
            };
            let pos = v.output.iter().product::<u64>();
            let z = if fp && !half_in {
                8
            } else if fp {
                4
            } else {
                2
            };
            let wk = |x: u64, zero: bool| -> u64 {
                let r = if x == 0 {
                    24
                } else if half_in && c16 {
                    match x {
                        1 => 31 + if zero { 1 } else { 2 },
                        2 => 40 + if zero { 1 } else { 2 },
                        _ => (if zero { 37 } else { 38 }) + 4 * (x - 3),
                    }
                } else if half_in {
                    (match x {
                        1 => 39,
                        2 => 40,
                        _ => 41 + 4 * (x - 3),
                    }) + if zero { 2 + 2 * x } else { 0 }
                } else {
                    (match x {
                        1 => 47,
                        2 => 46,
                        _ => 46 + 8 * (x - 3),
                    }) + if zero { 2 + z * x } else { 0 }
                };
                r - a
            };
            let inner = |zero: bool| (w * wk(pos.div_ceil(6), zero)).max(w * wk(pos / 6, zero) + 14);
            let l = u * 32 / u64::from(m.effective_weight_load_bytes_per_cycle());
            let c = u64::from(c16);
            50 + w * (a + b * (ig * cg - 1))
                + cg * (12
                    + c
                    + (ig - 1) * (16 - c + og * (19 + p * (6 + l + inner(false))))
                    + 11
                    + og * (19 - c + p * (7 + l + inner(true))))
        }
        K::AmpNx1 { conv_units } => {
            let u = u64::from(conv_units);
            let p = v.grouping.out_channels / u;
            let full = if half_in { 16 } else { 8 };
            let avail = m
                .conv_units_for(v.input_type, v.partials_type)
                .unwrap_or(conv_units);
            let _ = avail;
            let h = (full / v.grouping.in_channels).max(1);
            let kh: u64 = if n > 1 {
                v.kernel_size[n - 2].div_ceil(h) * v.kernel_size[..n - 2].iter().product::<u64>()
            } else {
                1
            };
            let kw = v.kernel_size[n - 1];
            let quirk = half_in && ((!fp && u == 16) || (fp && u == 8));
            let f = |x: u64| -> u64 {
                3 + (if half_in {
                    match x {
                        1 => 29,
                        2 => {
                            if quirk {
                                34
                            } else {
                                33
                            }
                        }
                        _ => 34 + 4 * (x - 3),
                    }
                } else {
                    match x {
                        1 => 33,
                        2 => 44,
                        _ => 45 + 8 * (x - 3),
                    }
                }) - 9
            };
            let start = 17 + u64::from(!fp);
            let (slow, fast) = runs(m, v, f, 17);
            let run = (w * (start + slow)).max(w * (start + fast) + 9) * p;
            let bw = if h == 4 {
                8
            } else {
                u64::from(m.effective_weight_load_bytes_per_cycle())
            };
            let l = u * 32 / bw
                + match h {
                    1 => 15,
                    2 => 46,
                    _ => 60,
                }
                + 3;
            let inner = kh * (14 + kw * (12 + p * l)) + run * kh * kw;
            let zr = if fp { 9 } else { 10 };
            let e = v.output.iter().product::<u64>() * v.batch * v.grouping.out_channels;
            let zero = og * cg * w * (e.div_ceil(6).div_ceil(2) + 5);
            109 + 54
                + 6 * zr
                + cg * (17 * og + 6 * (og - 1) + 1)
                + 6 * (cg - 1)
                + 1
                + cg * (16 + ig * (14 + og * (14 + inner)))
                + zero
        }
        K::Slic { conv_chains } => {
            let g = v.grouping.conv_groups;
            let passes = if conv_chains == 4 { 1 } else { 2 };
            let h8 = conv_chains == 2 && !fp;
            let nsk = v.kernel_size[..n - 1].iter().product::<u64>() * v.kernel_size[n - 1].div_ceil(4);
            let groups = cg;
            let stride = v.stride[n - 1];
            let mut dims = v.clone();
            dims.input_dilation.iter_mut().for_each(|d| *d = 1);
            let r = |e: u64, zero: bool| -> u64 {
                let lim = if h8 { 6 } else { 5 };
                let x = if stride == 1 {
                    if e >= lim {
                        15 + (e - 5) + if h8 && !zero { 3 } else { 0 }
                    } else if zero {
                        13 + if e > 1 { e } else { 0 }
                    } else if e == 1 {
                        13
                    } else {
                        17 + e
                    }
                } else {
                    match e {
                        1 => 13,
                        2 => 15,
                        _ => 15 + 2 * (e - 3),
                    }
                };
                x - u64::from(fp)
            };
            let piece = |zero: bool| {
                move |e: u64| {
                    (if h8 { 9 } else { 10 }) + u64::from(zero) + if fp { 3 } else { 0 } + passes * r(e, zero)
                }
            };
            let base = 17 + if g > 4 { 4 } else { 0 } + if h8 { 2 } else { 0 };
            let pos = v.output.iter().product::<u64>() * v.batch;
            let inner = |zero: bool| {
                let (slow, _) = runs(m, &dims, piece(zero), 0);
                w * (base + slow) + if h8 && zero { 2 + 2 * pos } else { 0 }
            };
            let load = match g {
                1 => 34,
                2 => 109,
                4 => 97,
                _ => 103,
            };
            let s = (g / 4).max(1);
            let body = if g <= 4 {
                load + (if h8 { 0 } else { 4 }) + 16
            } else {
                s * (load + 21) + 6 * (s - 1) + 1 + 15
            };
            (if h8 { 25 } else { 28 })
                + groups * (if h8 { 12 } else { 15 } + if g > 4 { 8 } else { 0 })
                + 6 * (groups - 1)
                + 1
                + nsk * body
                + 6 * (nsk - 1)
                + 1
                + groups * inner(true)
                + groups * (nsk - 1) * inner(false) * s
        }
        K::VerticalMac => {
            let g = v.grouping.conv_groups;
            let fl = u64::from(fp);
            let oe: u64 = v.output.iter().product();
            let elems = oe * v.batch;
            let kw = v.kernel_size[n - 1];
            let kh: u64 = v.kernel_size[..n - 1].iter().product();
            let f = 6 / gcd(6, elems);
            let parts = (elems * f).div_ceil(6);
            let (wholes, rest) = (parts / f, parts % f);
            let pw = kw.div_ceil(f);
            let item = |x: u64| match g {
                8 | 16 => 22 + 3 + 3 * (x - 1),
                _ => {
                    if fp {
                        7 + 5 + 3 + 2 * (x - 1)
                    } else {
                        7 + 3 + 3 + 2 * (x - 1)
                    }
                }
            };
            let sum = kh * (wholes * item(kw) + rest * item(pw));
            let worker = match g {
                8 => 13 + sum,
                16 => 25 + 2 * sum,
                _ => {
                    if fp {
                        19 + sum
                    } else {
                        18 + sum
                    }
                }
            };
            let zero = 4 + oe.div_ceil(if fp { 2 } else { 4 });
            let red = 10 - fl + (7 + 2 * fl + 5 * (1 + fl)) * oe.div_ceil(6) / g;
            61 + 14 + 25 + fl + cg * (zero + 32 + v.in_channels * (24 + w * worker) + red)
        }
        K::HorizontalMac => {
            let ci = v.grouping.in_channels;
            let k1 = half_in && fp && v.kernel_size.iter().all(|&k| k == 1);
            let vw = if half_in { 4 } else { 2 };
            let mut width = vw;
            while ci % width != 0 {
                width /= 2;
            }
            let q = if fp { 1 } else { 2 };
            let hh = u64::from(half_in && !fp);
            let small = width * v.input_type.bytes() < 8;
            let d = 3 * q + hh + 4 + if small { q } else { 0 } + (ci / width) * if small { 2 } else { 1 }
                - u64::from(half_in);
            let no = if fp {
                v.grouping.out_channels
            } else {
                v.grouping.out_channels / 2
            };
            let (rows, fw) = field(v);
            let f = 6 / gcd(6, rows);
            let parts = (rows * f).div_ceil(6);
            let (whole, rest) = (parts / f, parts % f);
            let item = |x: u64| {
                if k1 && no == 1 {
                    13 + 1 + x * (2 + d)
                } else {
                    (if k1 { 13 } else { 19 }) + x * (7 + no * d)
                }
            };
            let part_w = rest * (fw + f - 1) / f;
            let s = if k1 {
                15
            } else if !half_in {
                0
            } else {
                6
            };
            let worker_tap = 16 - s + whole * item(fw) + if rest > 0 { item(part_w) } else { 0 };
            let taps: u64 = v.kernel_size.iter().product();
            let inner = w * (16 + taps * worker_tap);
            let zr = if fp { 9 } else { 10 };
            let sp = if k1 {
                15
            } else if fp {
                0
            } else {
                6
            };
            let e = rows * v.output[n - 1] * v.grouping.out_channels;
            let zero = if k1 && ig == 1 {
                0
            } else {
                og * cg * w * (e.div_ceil(6).div_ceil(2) + 5)
            };
            (if half_in { 65 } else { 58 }) - if k1 { 10 } else { 0 }
                + 6 * zr
                + 6 * sp
                + cg * (23 + ig * (15 + og * (10 + inner)))
                + zero
        }
        K::OuterProduct => {
            let chans = v.conv_groups * v.out_channels;
            let co = v.grouping.out_channels;
            let groups = chans.div_ceil(co);
            let width: u64 = v.output[n - 1].div_ceil(6);
            let per = if half_in {
                if co >= 12 && co % 4 == 0 {
                    6 + (co - 12) / 4
                } else {
                    10 + 5 * co / 2
                }
            } else if co >= 6 && co % 2 == 0 {
                6 + (co - 6) / 2
            } else {
                10 + 2 * co
            };
            w * (25 + groups * ((if half_in { 10 } else { 11 }) + width * per))
        }
    }
}
