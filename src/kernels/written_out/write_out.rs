//! A shader with its loops written out and its arrays taken apart.

use super::arrays::take_apart;
use super::calls::name_slots;
use super::error::WriteOutError;
use super::known::Known;
use super::loops::Unroller;
use super::tokens::tokens;

/// Writes out each loop that follows `//:unroll`, the inner ones with the numbers of the outer, and
/// then takes apart the arrays whose every index is known. A call of `sample`, `put` or `table` whose
/// first argument is known becomes one of the slot's own function, or a literal.
///
/// # Errors
///
/// A directive that cannot be followed, with its line; or more than `limit` bytes of text.
pub fn write_out(source: &str, known: &Known, limit: usize) -> Result<String, WriteOutError> {
    let unroller = Unroller::new(source, known.numbers(), limit);
    let (unrolled, numbers) = unroller.run(&tokens(source))?;
    let apart = take_apart(source, &unrolled, &numbers)?;
    let named = name_slots(&apart, known, &numbers);
    Ok(named.iter().map(|token| &*token.text).collect())
}

#[cfg(test)]
mod tests {
    use super::super::error::Reason;
    use super::*;
    use crate::kernels::constant::Constant;
    use crate::kernels::slots::{InputSlot, OutputSlot, Slots, Source};

    const LIMIT: usize = 10_000;

    fn known() -> Known {
        let constants = [
            ("N_YEARS", Constant::U32(3)),
            ("PORT_P", Constant::U32(1)),
            ("SMALL", Constant::threshold(0.1)),
        ];
        let input = |n_steps| InputSlot {
            source: Source::Layer,
            n_steps,
        };
        let output = OutputSlot {
            n_steps: 1,
            is_whole: true,
        };
        Known {
            constants: constants.map(|(n, v)| (n.to_owned(), v)).to_vec(),
            slots: Slots {
                inputs: vec![input(24), input(40)],
                outputs: vec![output.clone(), output],
            },
            table: vec![31.0, 28.25],
        }
    }

    fn written(source: &str) -> String {
        let text = write_out(source, &known(), LIMIT).unwrap_or_else(|error| error.to_string());
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn reason(source: &str) -> Option<(String, Reason)> {
        let error = write_out(source, &known(), LIMIT).err()?;
        Some((error.source_line, error.reason))
    }

    #[test]
    fn a_text_without_directives_stays_as_it_is() {
        let source = include_str!("../../../shaders/lib/random.wgsl");
        assert_eq!(write_out(source, &known(), 0xffff).as_deref(), Ok(source));
    }

    #[test]
    fn a_loop_is_written_as_often_as_it_runs() {
        assert_eq!(
            written("//:unroll\nfor (var i = 1u; i < N_YEARS; i++) { a.i += x(i); }"),
            "{ a.i += x(1u); }{ a.i += x(2u); }"
        );
        assert_eq!(
            written("//:unroll\nfor (var y = 0u; y <= n_steps(0u) / 12u - 1u; y++) { f(y); }"),
            "{ f(0u); }{ f(1u); }"
        );
        assert_eq!(
            written("//:unroll\nfor (var i = 3u; i < N_YEARS; i++) { f(i); } g(i);"),
            "g(i);"
        );
    }

    #[test]
    fn an_inner_loop_takes_the_numbers_of_the_outer() {
        let source = "const LAST: u32 = N_YEARS - 1u;
            //:unroll
            for (var i = 0u; i < LAST; i++) {
                // a comment
                //:unroll
                for (var j = i + 1u; j < N_YEARS; j++) { f(i, j); }
                for (var k = 0u; k < i; k++) { if k > 1u { break; } }
            }";
        let text = written(source);
        assert!(
            text.starts_with("const LAST: u32 = N_YEARS - 1u; { { f(0u, 1u); }{ f(0u, 2u); } for"),
            "{text}"
        );
        assert!(text.contains("{ f(1u, 2u); }"), "{text}");
        assert!(!text.contains("comment"), "{text}");
    }

    #[test]
    fn arrays_with_known_indices_are_taken_apart() {
        let source = "struct S { value: array<f32, N_YEARS>, n: f32 }
            fn f() { var s: S; var p: array<array<f32, 2>, N_YEARS - 1u>;
            //:unroll
            for (var i = 0u; i < 2u; i++) { s.value[i + 1u] = p[i][1u - i] + s.n; } }";
        assert_eq!(
            written(source),
            "struct S { value_0: f32, value_1: f32, value_2: f32, n: f32 } fn f() { var s: S; \
             var p_0_0: f32; var p_0_1: f32; var p_1_0: f32; var p_1_1: f32; \
             { s.value_1 = p_0_1 + s.n; }{ s.value_2 = p_1_0 + s.n; } }"
        );
    }

    #[test]
    fn a_call_with_a_known_slot_is_one_of_its_own_function() {
        assert_eq!(
            written("x = sample(0u, step, pixel); y = sample(1u, 33u, pixel).value;"),
            "x = sample_0(step, pixel); y = sample_1_1(33u, pixel).value;"
        );
        assert_eq!(
            written("put(PORT_P - 1u, 0u, pixel, sample(slot, 0u, pixel), n_steps(0u) > n);"),
            "put_0(0u, pixel, sample(slot, 0u, pixel), 24u > n);"
        );
        assert_eq!(
            written("fn table(i: u32) {} x = table(1u) + table(n) + table(7u);"),
            "fn table(i: u32) {} x = 28.25f + table(n) + table(7u);"
        );
    }

    #[test]
    fn an_array_with_an_index_that_is_not_known_stays_one() {
        let source = "struct S { a: array<f32, 2> } fn f(s: S) { var a: array<f32, 2>; \
                      a[0] = s.a[1]; s.a[i] = a[1]; }";
        assert_eq!(
            written(source),
            "struct S { a: array<f32, 2> } fn f(s: S) { var a_0: f32; var a_1: f32; \
             a_0 = s.a[1]; s.a[i] = a_1; }"
        );
    }

    #[test]
    fn a_directive_that_cannot_be_followed_is_named_with_its_line() {
        let of = |line: &str, reason: Reason| Some((line.to_owned(), reason));
        let head = "for (var i = 0u; i < n; i++) {";
        assert_eq!(
            reason(&format!("x;\n//:unroll\n    {head} f(i);\n}}")),
            of(&format!("{head} f(i);"), Reason::UnknownBound)
        );
        assert_eq!(
            reason("//:unrol\nfor"),
            of("//:unrol", Reason::UnknownDirective)
        );
        assert_eq!(
            reason("//:unroll\nwhile x {}"),
            of("while x {}", Reason::NotALoop)
        );
        assert_eq!(
            reason("//:unroll\nfor (var i = 0u; i < 3u; i += 2u) {}"),
            of("for (var i = 0u; i < 3u; i += 2u) {}", Reason::NotALoop)
        );
        assert_eq!(
            reason("//:unroll\nfor (var i = 0u; i < 3u; i++) {\nif x { continue; }\n}"),
            of("if x { continue; }", Reason::WayOut)
        );
        assert_eq!(
            reason("//:unroll\nfor (var i = 0u; i < 3u; i++) {"),
            of("for (var i = 0u; i < 3u; i++) {", Reason::Unclosed)
        );
    }

    #[test]
    fn an_index_past_the_end_and_a_name_used_twice_are_errors() {
        let past = Reason::OutOfRange {
            array: "a".to_owned(),
            length: 2,
            index: -1,
        };
        assert_eq!(
            reason("var a: array<f32, 2>;\nx = a[0u - 1u];"),
            Some(("x = a[0u - 1u];".to_owned(), past))
        );
        let name = "a_1".to_owned();
        assert_eq!(
            reason("var a: array<f32, 2>; a[0] = 1.0;\nlet a_1 = 2;"),
            Some(("let a_1 = 2;".to_owned(), Reason::NameTaken { name }))
        );
    }

    #[test]
    fn too_long_a_text_is_not_written() {
        let source = "//:unroll\nfor (var i = 0u; i < 1000000000u; i++) { f(i); }";
        let error = write_out(source, &known(), LIMIT).err();
        assert!(error.is_some_and(|error| error.is_length()));
    }
}
