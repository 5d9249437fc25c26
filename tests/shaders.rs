//! Every shader as text: it compiles on the smallest device there is, its structs are the Rust ones
//! field by field, it keeps off what GPUs disagree about, and its files have their counterparts.
//!
//! No adapter is needed: naga reads the shaders as the browsers and wgpu do.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use doline::calendar::Years;
use doline::kernels::constant::Constant;
use doline::kernels::lib::drivers::MAX_PREDICTORS;
use doline::kernels::lib::shader_constants::of_library;
use doline::kernels::registry::{self, Example};
use doline::kernels::slots::{Slots, Source};
use doline::kernels::statistics::TheilSen;
use doline::kernels::twin::Kernel;
use doline::kernels::wgsl::{MAX_TEXT_BYTES, compose, compose_with, known_of, source_of};
use doline::kernels::written_out::write_out;
use doline::tile::{DataType, Decoding};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{
    BinaryOperator, Block, Expression, MathFunction, Module, ScalarKind, Statement, TypeInner,
};

const YEARS: Years = Years {
    first: 2001,
    last: 2020,
};

/// Packed numbers as climate archives have them.
fn packed(data_type: DataType) -> Source {
    Source::Stored(
        data_type,
        Decoding {
            bias: 273.0,
            scale: vec![0.1],
            valid_range: Some([3.0, 240.0]),
            nodata: vec![0.0, 9.0, -9999.0],
        },
    )
}

/// One source of each kind.
fn sources() -> [Source; 5] {
    let by_step = Decoding {
        scale: (0..240).map(f64::from).collect(),
        ..Decoding::identity()
    };
    [
        Source::Layer,
        packed(DataType::U8),
        packed(DataType::I16),
        Source::Stored(DataType::U16, by_step),
        packed(DataType::F32),
    ]
}

/// The slots of a kernel whose inputs all are layers.
fn of_layers(kernel: &dyn Kernel) -> Slots {
    Slots::alone(kernel, YEARS, &|_| Source::Layer)
}

/// The slots of a kernel whose inputs all are stored floats.
fn of_floats(kernel: &dyn Kernel) -> Slots {
    Slots::alone(kernel, YEARS, &|_| packed(DataType::F32))
}

/// Every kernel, and those that have predictors for every number of them.
fn kernels() -> Vec<Arc<dyn Kernel>> {
    let with = |n_predictors| {
        registry::all(Example {
            n_predictors,
            ..Example::default()
        })
    };
    let mut kernels = with(3);
    for n_predictors in (1..=MAX_PREDICTORS).filter(|&n| n != 3) {
        kernels.extend(with(n_predictors).into_iter().filter(|kernel| {
            let is_size = |value| matches!(value, Constant::U32(_));
            kernel.constants().iter().any(|&(_, value)| is_size(value))
        }));
    }
    kernels
}

/// Slots that meet every kind of source: neighbours of different kinds.
fn slots_of_kinds(kernel: &dyn Kernel) -> Vec<Slots> {
    let sources = sources();
    let mixed = |first: usize| {
        Slots::alone(kernel, YEARS, &|slot| {
            sources[(first + slot) % sources.len()].clone()
        })
    };
    (0..sources.len()).map(mixed).collect()
}

/// Parses and validates for a device without any optional capability.
fn compile(what: &str, text: &str) -> (Module, ModuleInfo) {
    let module = naga::front::wgsl::parse_str(text)
        .unwrap_or_else(|error| panic!("{}", error.emit_to_string_with_path(text, what)));
    let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .unwrap_or_else(|error| panic!("{}", error.emit_to_string_with_path(text, what)));
    (module, info)
}

/// One module of every kernel, all of its inputs stored floats.
fn modules() -> Vec<(&'static str, Module, ModuleInfo)> {
    let of = |kernel: &Arc<dyn Kernel>| {
        let name = kernel.spec().name;
        let (module, info) = compile(name, &compose(&**kernel, &of_floats(&**kernel)));
        (name, module, info)
    };
    kernels().iter().map(of).collect()
}

/// `DOLINE_SHADERS` names a folder for one text of each kernel: `make test-page` gives them to the compiler of a browser.
#[test]
fn every_shader_compiles_for_every_kind_of_input() {
    let folder = std::env::var_os("DOLINE_SHADERS").map(PathBuf::from);
    let mut n_modules = 0;
    for kernel in registry::all(Example::default()) {
        let name = kernel.spec().name;
        for (kind, slots) in slots_of_kinds(&*kernel).iter().enumerate() {
            let what = format!("{name} of {:?}", slots.inputs);
            let text = compose(&*kernel, slots);
            compile(&what, &text);
            if let Some(folder) = folder.as_ref().filter(|_| kind == 0) {
                std::fs::write(folder.join(format!("{name}.wgsl")), text).expect("written");
            }
            n_modules += 1;
        }
    }
    assert!(n_modules > 150, "{n_modules}");
}

/// Name, byte offset and scalar type of a field; arrays have the type of their elements.
type Field = (String, usize, String);

/// The fields and the size of a struct of a module.
fn fields_of(module: &Module, name: &str) -> (Vec<Field>, usize) {
    let scalar = |inner: &TypeInner| match inner {
        TypeInner::Array { base, .. } => module.types[*base].inner.scalar(),
        other => other.scalar(),
    };
    let words = |inner: &TypeInner| match scalar(inner).map(|s| (s.kind, s.width)) {
        Some((ScalarKind::Float, 4)) => "f32".to_owned(),
        Some((ScalarKind::Uint, 4)) => "u32".to_owned(),
        other => format!("{other:?}"),
    };
    let found = module
        .types
        .iter()
        .find(|(_, ty)| ty.name.as_deref() == Some(name));
    let Some((
        _,
        naga::Type {
            inner: TypeInner::Struct { members, span },
            ..
        },
    )) = found
    else {
        panic!("no struct {name}")
    };
    let field = |member: &naga::StructMember| {
        let inner = &module.types[member.ty].inner;
        (
            member.name.clone().unwrap_or_default(),
            member.offset as usize,
            words(inner),
        )
    };
    (members.iter().map(field).collect(), *span as usize)
}

/// A size check alone would pass with two fields swapped.
#[test]
fn params_are_the_same_struct_in_wgsl_and_rust() {
    for kernel in kernels() {
        let name = kernel.spec().name;
        let (module, _) = compile(name, &compose(&*kernel, &of_layers(&*kernel)));
        let (in_wgsl, size) = fields_of(&module, "Params");
        let in_rust: Vec<Field> = kernel
            .spec()
            .params
            .iter()
            .map(|&(n, at, ty)| (n.into(), at, ty.into()))
            .collect();
        assert_eq!(in_wgsl, in_rust, "{name}: Params differ");
        assert_eq!(size, kernel.params().len(), "{name}: bytes of Params");
    }
}

#[cfg(feature = "gpu")]
#[test]
fn tiles_and_slots_are_the_same_structs_in_wgsl_and_rust() {
    use doline::engines::gpu::memory::{SlotWords, TileWords};
    let field = |(name, at): (&str, usize)| (name.to_owned(), at, "u32".to_owned());
    let slot: Vec<Field> = SlotWords::FIELDS.iter().copied().map(field).collect();
    let tile: Vec<Field> = [
        ("n_pixels", std::mem::offset_of!(TileWords, n_pixels)),
        ("table_at", std::mem::offset_of!(TileWords, table_at)),
        ("first_step", std::mem::offset_of!(TileWords, first_step)),
        ("first_pixel", std::mem::offset_of!(TileWords, first_pixel)),
        ("extremes_at", std::mem::offset_of!(TileWords, extremes_at)),
        ("_pad0", 20),
        ("_pad1", 24),
        ("_pad2", 28),
    ]
    .map(field)
    .to_vec();
    for (name, module, _) in modules() {
        assert_eq!(
            fields_of(&module, "Slot"),
            (slot.clone(), size_of::<SlotWords>()),
            "{name}"
        );
        assert_eq!(
            fields_of(&module, "Tile"),
            (tile.clone(), size_of::<TileWords>()),
            "{name}"
        );
    }
}

/// The names of a kernel's outputs, a group such as `coef_1`, `coef_2` as `coef_*`.
fn port_names(kernel: &dyn Kernel) -> Vec<String> {
    let mut names: Vec<String> = kernel
        .outputs()
        .into_iter()
        .map(|output| match output.name.rsplit_once('_') {
            Some((stem, member)) if member.parse::<usize>().is_ok() => format!("{stem}_*"),
            _ => output.name,
        })
        .collect();
    names.dedup();
    names
}

#[test]
fn outputs_have_the_names_of_the_ports_in_their_order() {
    for kernel in kernels() {
        let spec = kernel.spec();
        assert_eq!(port_names(&*kernel), spec.ports, "{}", spec.name);
        let text = compose(&*kernel, &of_layers(&*kernel));
        for name in spec.ports {
            let constant = format!(
                "const PORT_{}: u32 =",
                name.trim_end_matches("_*").to_uppercase()
            );
            assert_eq!(
                text.matches(&constant).count(),
                1,
                "{}: {constant}",
                spec.name
            );
        }
    }
}

#[test]
fn shaders_write_to_ports_by_their_name() {
    let texts = stems("shaders/kernels", "wgsl")
        .into_iter()
        .map(|stem| format!("shaders/kernels/{stem}.wgsl"))
        .chain(["cells", "persistence"].map(|lib| format!("shaders/lib/{lib}.wgsl")));
    for path in texts {
        let text = read(&path);
        for call in ["put(", "put_margin("] {
            let by_number = text
                .match_indices(call)
                .find(|(at, _)| text[at + call.len()..].starts_with(|c: char| c.is_ascii_digit()));
            assert_eq!(by_number.map(|(at, _)| &text[at..at + 12]), None, "{path}");
        }
    }
}

/// Names of the constants that a text declares with a value of its own.
fn declared_constants(text: &str) -> BTreeSet<String> {
    let declaration = |line: &str| -> Option<String> {
        let (_, rest) = line.split_once("const ")?;
        let (name, _) = rest.split_once(':')?;
        Some(name.to_owned())
    };
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .filter_map(declaration)
        .collect()
}

/// Two copies of a threshold would differ one day; the shader takes it from `constants()` of the twin.
#[test]
fn no_constant_is_typed_in_rust_and_again_in_wgsl() {
    let texts = |folder: &str, ending: &str, libs: &str| -> Vec<(String, String)> {
        let libs = std::fs::read_dir(root().join(libs)).expect("libraries");
        let libs = libs.map(|entry| entry.expect("an entry").path());
        let kernels = stems(folder, ending).into_iter();
        kernels
            .map(|stem| root().join(format!("{folder}/{stem}.{ending}")))
            .chain(libs)
            .map(|path| {
                let text = std::fs::read_to_string(&path).expect("a text");
                (path.display().to_string(), text)
            })
            .collect()
    };
    let in_rust: BTreeSet<String> = texts("src/kernels", "rs", "src/kernels/lib")
        .iter()
        .flat_map(|(_, text)| declared_constants(text))
        .collect();
    assert!(in_rust.contains("NEAR_P"), "{in_rust:?}");
    for (path, text) in texts("shaders/kernels", "wgsl", "shaders/lib") {
        let twice: Vec<String> = declared_constants(&text)
            .intersection(&in_rust)
            .cloned()
            .collect();
        assert_eq!(twice, Vec::<String>::new(), "{path}");
        let is_threshold = |line: &&str| line.starts_with("const ") && line.contains(": f32");
        assert_eq!(text.lines().find(is_threshold), None, "{path}");
    }
}

#[test]
fn thresholds_reach_the_shader_with_the_same_bits() {
    let mut n_thresholds = 0;
    for kernel in kernels() {
        let spec = kernel.spec();
        let text = compose(&*kernel, &of_layers(&*kernel));
        let of_libraries = spec.libs.iter().flat_map(|lib| of_library(lib));
        for &(name, value) in kernel.constants().iter().chain(of_libraries) {
            let Constant::F32(expected) = value else {
                continue;
            };
            let start = format!("const {name}: f32 = ");
            let line = text.lines().find_map(|line| line.strip_prefix(&start));
            let written = line.and_then(|line| line.strip_suffix(';'));
            // WGSL reads a literal as f64 and rounds it.
            let read = written.and_then(|written| written.parse::<f64>().ok());
            #[expect(clippy::cast_possible_truncation, reason = "as WGSL does")]
            let bits = read.map(|read| (read as f32).to_bits());
            assert_eq!(bits, Some(expected.to_bits()), "{}: {name}", spec.name);
            n_thresholds += 1;
        }
    }
    assert!(n_thresholds > 30, "{n_thresholds}");
}

/// What a shader must not do, and how often it does.
fn lint(module: &Module, info: &ModuleInfo) -> Vec<String> {
    let functions = module
        .functions
        .iter()
        .map(|(handle, function)| (function, &info[handle]));
    let entries = module
        .entry_points
        .iter()
        .enumerate()
        .map(|(i, entry)| (&entry.function, info.get_entry_point(i)));
    let mut findings = Vec::new();
    for (function, info) in functions.chain(entries) {
        let name = function.name.as_deref().unwrap_or("main");
        for (_, expression) in function.expressions.iter() {
            findings.extend(
                lint_expression(module, info, expression).map(|what| format!("{what} in {name}")),
            );
        }
        lint_loops(&function.body, &mut |what| {
            findings.push(format!("{what} in {name}"));
        });
    }
    findings
}

/// Equality of floats: false for NaN on some GPUs, true on others, and seldom what is meant.
/// Trigonometry and powers: WGSL lets `sin` be off by 2⁻¹¹, `pow` is `exp2` of a product.
fn lint_expression(
    module: &Module,
    info: &naga::valid::FunctionInfo,
    expression: &Expression,
) -> Option<&'static str> {
    match *expression {
        Expression::Binary {
            op: BinaryOperator::Equal | BinaryOperator::NotEqual,
            left,
            ..
        } => {
            let kind = info[left].ty.inner_with(&module.types).scalar_kind();
            (kind == Some(ScalarKind::Float)).then_some("equality of floats")
        }
        Expression::Math { fun, .. } => match fun {
            MathFunction::Sin
            | MathFunction::Cos
            | MathFunction::Tan
            | MathFunction::Sinh
            | MathFunction::Cosh
            | MathFunction::Tanh
            | MathFunction::Asin
            | MathFunction::Acos
            | MathFunction::Atan
            | MathFunction::Atan2
            | MathFunction::Asinh
            | MathFunction::Acosh
            | MathFunction::Atanh => Some("trigonometry"),
            MathFunction::Pow => Some("a power"),
            // Fused or not is up to the driver, and so is the last bit.
            MathFunction::Fma => Some("fma"),
            _ => None,
        },
        _ => None,
    }
}

/// A loop is a `for` with a condition at its head and a step at its end, or it may never end.
fn lint_loops(block: &Block, report: &mut dyn FnMut(&'static str)) {
    for statement in block {
        match statement {
            Statement::Loop {
                body,
                continuing,
                break_if,
            } => {
                // The condition may be computed first, by a call even.
                let head = body
                    .iter()
                    .find(|s| !matches!(s, Statement::Emit(_) | Statement::Call { .. }));
                let leaves_at_head = matches!(
                    head,
                    Some(Statement::If { reject, .. }) if matches!(reject.first(), Some(Statement::Break))
                );
                let steps = continuing
                    .iter()
                    .any(|statement| matches!(statement, Statement::Store { .. }));
                if !(leaves_at_head && steps) && break_if.is_none() {
                    report("a loop without condition and step");
                }
                lint_loops(body, report);
            }
            Statement::Block(inner) => lint_loops(inner, report),
            Statement::If { accept, reject, .. } => {
                lint_loops(accept, report);
                lint_loops(reject, report);
            }
            Statement::Switch { cases, .. } => {
                for case in cases {
                    lint_loops(&case.body, report);
                }
            }
            _ => {}
        }
    }
}

#[test]
fn no_shader_does_what_gpus_disagree_about() {
    for (name, module, info) in modules() {
        assert_eq!(lint(&module, &info), Vec::<String>::new(), "{name}");
    }
}

/// What the lint says of a function with this body.
fn lint_of(body: &str) -> Vec<String> {
    let text = format!("fn f(x: f32, y: f32, n: u32) -> f32 {{\n{body}\n}}\n");
    let (module, info) = compile("snippet", &text);
    lint(&module, &info)
}

#[test]
fn the_lint_finds_equality_of_floats_and_not_of_whole_numbers() {
    assert_eq!(
        lint_of("return select(0.0, 1.0, x == y);"),
        ["equality of floats in f"]
    );
    assert_eq!(
        lint_of("if x != x { return 0.0; } return x;"),
        ["equality of floats in f"]
    );
    assert_eq!(
        lint_of("let v = vec2(x, y); return select(0.0, 1.0, all(v == v));"),
        ["equality of floats in f"]
    );
    assert_eq!(
        lint_of("return select(x, y, n == 3u);"),
        Vec::<String>::new()
    );
}

#[test]
fn the_lint_finds_trigonometry() {
    for call in [
        "sin(x)",
        "cos(x)",
        "tan(x)",
        "atan(x)",
        "atan2(x, y)",
        "tanh(x)",
        "acos(x)",
    ] {
        assert_eq!(
            lint_of(&format!("return {call};")),
            ["trigonometry in f"],
            "{call}"
        );
    }
}

#[test]
fn the_lint_finds_powers_and_fma() {
    assert_eq!(lint_of("return pow(x, y);"), ["a power in f"]);
    assert_eq!(lint_of("return fma(x, y, x);"), ["fma in f"]);
}

#[test]
fn the_lint_finds_loops_that_may_not_end() {
    let found = ["a loop without condition and step in f"];
    assert_eq!(
        lint_of("var s = 0.0; loop { s += x; if s > y { break; } } return s;"),
        found
    );
    assert_eq!(
        lint_of("var s = 0.0; while s < y { s += x; } return s;"),
        found
    );
    assert_eq!(
        lint_of("var s = 0.0; for (var i = 0u; i < n; i++) { while s < y { s += x; } } return s;"),
        found
    );
    let bounded =
        "var s = 0.0; for (var i = 0u; i < n; i++) { s += x; if s > y { break; } } return s;";
    assert_eq!(lint_of(bounded), Vec::<String>::new());
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// `folder/stem` of the files with this ending two levels below `folder`.
fn stems(folder: &str, ending: &str) -> BTreeSet<String> {
    let entries = |path: PathBuf| -> Vec<PathBuf> {
        let read =
            std::fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        read.map(|entry| entry.expect("an entry").path()).collect()
    };
    let folders = entries(root().join(folder))
        .into_iter()
        .filter(|path| path.is_dir());
    let files = folders
        .flat_map(entries)
        .filter(|path| path.extension().is_some_and(|e| e == ending));
    let stem = |path: PathBuf| {
        let below = path
            .strip_prefix(root().join(folder))
            .expect("below the folder");
        below
            .with_extension("")
            .to_str()
            .expect("plain names")
            .replace('\\', "/")
    };
    files.map(stem).collect()
}

/// The shaders of the registry by their name.
fn registered() -> BTreeMap<&'static str, &'static str> {
    registry::all(Example::default())
        .iter()
        .map(|kernel| (kernel.spec().name, kernel.spec().wgsl))
        .collect()
}

#[test]
fn every_shader_has_its_twin_its_entry_and_its_golden_numbers() {
    let shaders = stems("shaders/kernels", "wgsl");
    let twins: BTreeSet<String> = stems("src/kernels", "rs")
        .into_iter()
        .filter(|stem| {
            let is_twin = !["lanes/", "lib/", "written_out/"]
                .iter()
                .any(|room| stem.starts_with(room));
            !stem.ends_with("/mod") && is_twin
        })
        .collect();
    assert_eq!(shaders, twins, "shaders/kernels and src/kernels");
    let mut names = BTreeSet::new();
    for stem in &shaders {
        let (_, name) = stem.split_once('/').expect("a folder");
        let text = registered()
            .get(name)
            .copied()
            .unwrap_or_else(|| panic!("{stem} is not in the registry"));
        assert_eq!(
            text,
            read(&format!("shaders/kernels/{stem}.wgsl")),
            "{name} is made of another file"
        );
        assert!(
            root().join(format!("tests/golden/{name}.json")).is_file(),
            "tests/golden/{name}.json"
        );
        names.insert(name);
    }
    assert_eq!(names, registered().into_keys().collect(), "the registry");
}

#[test]
fn shaders_and_twins_name_each_other() {
    let kernels = stems("shaders/kernels", "wgsl").into_iter().map(|stem| {
        let (shader, twin) = (
            format!("shaders/kernels/{stem}.wgsl"),
            format!("src/kernels/{stem}.rs"),
        );
        (shader, twin)
    });
    let libraries = stems("shaders", "wgsl")
        .into_iter()
        .filter(|stem| stem.starts_with("lib/"))
        .map(|stem| {
            let twin = match stem.as_str() {
                "lib/abi" => "views",
                "lib/exponential" => "elementary",
                other => other,
            };
            (
                format!("shaders/{stem}.wgsl"),
                format!("src/kernels/{twin}.rs"),
            )
        });
    let pairs: Vec<(String, String)> = kernels.chain(libraries).collect();
    assert!(pairs.len() > 12, "{pairs:?}");
    for (shader, twin) in pairs {
        let header = format!("// Twin:    {twin}");
        assert!(
            read(&shader)
                .lines()
                .any(|line| line.split("  (").next() == Some(&header)),
            "{shader}: {header}"
        );
        assert!(
            read(&twin).contains(&format!("//! GPU twin: `{shader}`.")),
            "{twin} names {shader}"
        );
    }
}

#[test]
fn a_kernel_fits_two_screens() {
    for stem in stems("shaders/kernels", "wgsl") {
        let n_lines = read(&format!("shaders/kernels/{stem}.wgsl"))
            .lines()
            .count();
        assert!(
            n_lines <= 120,
            "{stem}.wgsl has {n_lines} lines; move what others could use to shaders/lib"
        );
    }
}

/// Statements of a block with those inside it, as a compiler sees them before it unrolls anything.
fn n_statements(block: &Block) -> usize {
    let inside = |statement: &Statement| match statement {
        Statement::Block(inner) => n_statements(inner),
        Statement::If { accept, reject, .. } => n_statements(accept) + n_statements(reject),
        Statement::Switch { cases, .. } => cases.iter().map(|case| n_statements(&case.body)).sum(),
        Statement::Loop {
            body, continuing, ..
        } => n_statements(body) + n_statements(continuing),
        _ => 0,
    };
    block.iter().map(|statement| 1 + inside(statement)).sum()
}

/// The functions that a block calls, each as often as it does.
fn calls(block: &Block, found: &mut Vec<naga::Handle<naga::Function>>) {
    for statement in block {
        match statement {
            Statement::Call { function, .. } => found.push(*function),
            Statement::Block(inner) => calls(inner, found),
            Statement::If {
                accept: first,
                reject: second,
                ..
            }
            | Statement::Loop {
                body: first,
                continuing: second,
                ..
            } => {
                calls(first, found);
                calls(second, found);
            }
            Statement::Switch { cases, .. } => {
                for case in cases {
                    calls(&case.body, found);
                }
            }
            _ => {}
        }
    }
}

/// How large a pipeline becomes: statements of all functions, each as often as it is called, since
/// compilers put functions in line.
fn n_statements_in_line(module: &Module) -> usize {
    fn size(module: &Module, function: &naga::Function) -> usize {
        let mut called = Vec::new();
        calls(&function.body, &mut called);
        n_statements(&function.body)
            + called
                .iter()
                .map(|&f| size(module, &module.functions[f]))
                .sum::<usize>()
    }
    module
        .entry_points
        .iter()
        .map(|entry| size(module, &entry.function))
        .sum()
}

/// Compilers take their time over large texts: the one of DX12 minutes over the largest. A kernel past these
/// bounds is to be timed before they are raised.
#[test]
fn no_pipeline_is_too_large_for_a_slow_compiler() {
    let mut largest = (0, "");
    for kernel in kernels() {
        let name = kernel.spec().name;
        let text = compose(&*kernel, &of_floats(&*kernel));
        assert!(
            text.len() < MAX_TEXT_BYTES + (32 << 10),
            "{name}: {} bytes of text",
            text.len()
        );
        let (module, _) = compile(name, &text);
        let n = n_statements_in_line(&module);
        assert!(n < 40_000, "{name}: {n} statements with all calls in line");
        largest = largest.max((n, name));
    }
    // The count does count.
    assert!(largest.0 > 500, "{largest:?}");
}

/// Directives that are wrong would leave loops and arrays in place, and nothing else would show it.
#[test]
fn every_directive_is_followed() {
    for kernel in kernels() {
        let spec = kernel.spec();
        let known = known_of(&*kernel, &of_layers(&*kernel));
        let written = write_out(&source_of(&*kernel, spec.wgsl), &known, MAX_TEXT_BYTES);
        if let Err(error) = written {
            panic!("{}: {error}", spec.name);
        }
    }
}

/// Functions that a pipeline contains: the entry and all that it calls.
fn functions_of(module: &Module) -> Vec<&naga::Function> {
    let mut found: Vec<&naga::Function> = Vec::new();
    let mut open: Vec<&naga::Function> = module.entry_points.iter().map(|e| &e.function).collect();
    while let Some(function) = open.pop() {
        if found.iter().any(|&known| std::ptr::eq(known, function)) {
            continue;
        }
        let mut called = Vec::new();
        calls(&function.body, &mut called);
        open.extend(called.iter().map(|&handle| &module.functions[handle]));
        found.push(function);
    }
    found
}

fn n_loops(block: &Block) -> usize {
    let inside = |statement: &Statement| match statement {
        Statement::Loop { body, .. } => 1 + n_loops(body),
        Statement::Block(inner) => n_loops(inner),
        Statement::If { accept, reject, .. } => n_loops(accept) + n_loops(reject),
        Statement::Switch { cases, .. } => cases.iter().map(|case| n_loops(&case.body)).sum(),
        _ => 0,
    };
    block.iter().map(inside).sum()
}

/// How many arrays a type has, in structs too.
fn n_arrays(module: &Module, ty: naga::Handle<naga::Type>) -> usize {
    match &module.types[ty].inner {
        TypeInner::Array { .. } => 1,
        TypeInner::Struct { members, .. } => members.iter().map(|m| n_arrays(module, m.ty)).sum(),
        _ => 0,
    }
}

/// Loops, by the function that has them, and local arrays of a pipeline.
fn loops_and_arrays(module: &Module) -> (Vec<(String, usize)>, usize) {
    let functions = functions_of(module);
    let name = |function: &naga::Function| function.name.clone().unwrap_or("main".to_owned());
    let loops = functions
        .iter()
        .map(|function| (name(function), n_loops(&function.body)))
        .filter(|(_, n)| *n > 0)
        .collect();
    let locals = functions.iter().flat_map(|f| f.local_variables.iter());
    let arrays = locals.map(|(_, local)| n_arrays(module, local.ty)).sum();
    (loops, arrays)
}

/// Drivers of GPUs keep an array in memory where a loop runs over it, and neither unroll a loop nor bound
/// an index that naga guards. These kernels have none of either; what is left is a series that
/// ends when it has converged, and the years of models of months.
#[test]
fn kernels_of_the_usual_chain_are_written_out() {
    const TAILS: &[&str] = &["beta_fraction"];
    // Twelve exponentials in a row are enough for a compiler.
    const YEARS_OF_MONTHS: &[&str] = &["run_pixel"];
    let allowed: &[(&str, &[&str])] = &[
        ("annual_mean", &[]),
        ("annual_sum", &[]),
        ("nep", &[]),
        ("nep_mean", &[]),
        ("mean_cv", &[]),
        ("mann_kendall", &[]),
        ("theil_sen", &["sorted", "count_slopes", "slopes_of_ranks"]),
        ("gsmsr", YEARS_OF_MONTHS),
        ("raich", YEARS_OF_MONTHS),
        ("raich_schlesinger_1992", &[]),
        ("hashimoto_2015", YEARS_OF_MONTHS),
        ("lloyd_taylor", YEARS_OF_MONTHS),
        ("q10", YEARS_OF_MONTHS),
        ("tpc", &[]),
        ("pei", YEARS_OF_MONTHS),
        ("fixed_fraction", &[]),
        ("log_log", &[]),
        ("power", &[]),
        ("subke_2006", &[]),
        ("agreement", &[]),
        ("attribution", &[]),
        ("climate_regime", &[]),
        ("driver_slopes", &[]),
        ("sensitivity_detrended", &[]),
        ("sensitivity_baseline", &[]),
        ("sensitivity_first_difference", &[]),
        ("ols", TAILS),
        ("regression", TAILS),
    ];
    let mut n_seen = 0;
    for kernel in registry::all(Example::default()) {
        let spec = kernel.spec();
        let Some((name, allowed)) = allowed.iter().find(|(name, _)| *name == spec.name) else {
            continue;
        };
        n_seen += 1;
        for slots in [of_layers(&*kernel), of_floats(&*kernel)] {
            let (module, _) = compile(name, &compose(&*kernel, &slots));
            let (loops, arrays) = loops_and_arrays(&module);
            let others: Vec<_> = loops
                .iter()
                .filter(|(function, _)| !allowed.contains(&&**function))
                .collect();
            assert!(others.is_empty(), "{name} has loops: {others:?}");
            assert_eq!(arrays, 0, "{name} has arrays");
        }
    }
    assert!(n_seen >= allowed.len(), "{n_seen} of {}", allowed.len());
}

#[test]
fn a_series_too_long_to_write_out_keeps_its_loops() {
    let years = Years {
        first: 1001,
        last: 2000,
    };
    let example = Example {
        years,
        ..Example::default()
    };
    let long = ["mann_kendall", "annual_sum", "theil_sen"];
    let mut n_seen = 0;
    for kernel in registry::all(example) {
        let spec = kernel.spec();
        if !long.contains(&spec.name) {
            continue;
        }
        n_seen += 1;
        let slots = Slots::alone(&*kernel, years, &|_| Source::Layer);
        let known = known_of(&*kernel, &slots);
        let error = write_out(&source_of(&*kernel, spec.wgsl), &known, MAX_TEXT_BYTES).err();
        assert!(
            error.is_some_and(|error| error.is_length()),
            "{}",
            spec.name
        );
        let (module, _) = compile(spec.name, &compose(&*kernel, &slots));
        assert!(!loops_and_arrays(&module).0.is_empty(), "{}", spec.name);
    }
    assert_eq!(n_seen, long.len());
}

/// What a shader's passes are counted by, see `TheilSen::max_iterations`.
#[test]
fn the_longest_series_that_theil_sen_writes_out_is_written_out() {
    let years = Years {
        first: 2001,
        last: 2000 + i32::try_from(TheilSen::MAX_WRITTEN_YEARS).expect("few years"),
    };
    let kernel = TheilSen::new(3, years.count(), 0.05);
    let slots = Slots::alone(&kernel, years, &|_| Source::Layer);
    let source = source_of(&kernel, kernel.spec().wgsl);
    let written = write_out(&source, &known_of(&kernel, &slots), MAX_TEXT_BYTES);
    assert!(written.is_ok(), "{:?}", written.err());
}

/// Only where a slot lies is data: no stored number is decoded by numbers from a buffer, but for a scale that
/// differs from step to step.
#[test]
fn decoding_is_text() {
    let kernels = registry::all(Example::default());
    let kernel = kernels.iter().find(|k| k.spec().name == "annual_sum");
    let kernel = kernel.expect("annual_sum");
    let text = |source: Source| {
        compose(
            &**kernel,
            &Slots::alone(&**kernel, YEARS, &|_| source.clone()),
        )
    };
    let has = |source: Source, line: &str| {
        let text = text(source);
        assert!(
            text.contains(line),
            "{line} is not in\n{}",
            &text[..6000.min(text.len())]
        );
    };
    let plain = |data_type| Source::Stored(data_type, Decoding::identity());
    has(
        packed(DataType::I16),
        "(x >= 3i) & (x <= 240i) & (x != 9i);",
    );
    has(
        packed(DataType::I16),
        "select(0.0, (f32(x) + 273.0f) * 0.1f, valid)",
    );
    has(packed(DataType::U8), "(x >= 3u) & (x <= 240u) & (x != 9u);");
    has(packed(DataType::F32), "(bits != 1091567616u)");
    has(plain(DataType::U16), "return Sample(f32(x), true);");
    has(
        sources()[3].clone(),
        "return Sample(f32(x) * tables[slots[0].scale_at + step], true);",
    );
    // Products that f32 cannot square are noticed.
    let tiny = Decoding {
        scale: vec![1e-31],
        ..Decoding::identity()
    };
    has(
        Source::Stored(DataType::U8, tiny),
        "return notice(Sample(f32(x) * 1e-31f, true));",
    );
    for source in sources() {
        let (module, _) = compile("annual_sum", &text(source));
        for (_, global) in module.global_variables.iter() {
            let is_slots = global.name.as_deref() == Some("slots");
            assert!(!is_slots || global.space == naga::AddressSpace::Uniform);
        }
    }
}

/// A mistake that does not compile would be noticed for the wrong reason.
#[test]
fn a_canary_stands_once_and_its_mistake_compiles() {
    for kernel in kernels() {
        let spec = kernel.spec();
        let (from, to) = spec.canary;
        assert_eq!(
            spec.wgsl.matches(from).count(),
            1,
            "{}: {from:?}",
            spec.name
        );
        compile(
            spec.name,
            &compose_with(&*kernel, &of_layers(&*kernel), &spec.wgsl.replace(from, to)),
        );
    }
}
