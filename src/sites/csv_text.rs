//! Separated text as spreadsheets write it.

/// A table of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsvText {
    /// What separates its cells: a comma, a semicolon or a tab.
    pub separator: char,
    /// Cells by record, without quotes. Records without any text are left out.
    pub records: Vec<Vec<String>>,
}

/// What is read: cells until a separator, records until the end of a line, both outside quotes.
struct Reader {
    separator: char,
    records: Vec<Vec<String>>,
    record: Vec<String>,
    cell: String,
    /// The cell began with a quote.
    is_quoted: bool,
}

impl Reader {
    fn end_cell(&mut self) {
        let cell = std::mem::take(&mut self.cell);
        self.record.push(cell);
        self.is_quoted = false;
    }

    fn end_record(&mut self) {
        let is_blank = self.record.is_empty() && self.cell.trim().is_empty() && !self.is_quoted;
        self.end_cell();
        let record = std::mem::take(&mut self.record);
        if !is_blank {
            self.records.push(record);
        }
    }
}

/// The separator that the first line has most of, outside quotes; a comma where it has none.
fn separator_of(text: &str) -> char {
    let mut counts = [(',', 0), (';', 0), ('\t', 0)];
    let mut is_inside = false;
    // Blank lines may come first.
    for c in text.trim_start_matches(['\n', '\r', ' ']).chars() {
        match c {
            '"' => is_inside = !is_inside,
            '\n' | '\r' if !is_inside => break,
            _ if is_inside => {}
            _ => counts
                .iter_mut()
                .filter(|(of, _)| *of == c)
                .for_each(|(_, n)| *n += 1),
        }
    }
    // Of equal counts the first, a comma.
    let most = counts.iter().rev().max_by_key(|(_, n)| *n);
    most.map_or(',', |(separator, _)| *separator)
}

/// Reads separated text: a byte order mark is dropped, lines end with LF, CR LF or CR, a cell in quotes may hold
/// separators, line breaks and doubled quotes. A quote inside a cell without them is a character as any other.
///
/// # Errors
///
/// The line, from 1, of a quote that is never closed.
///
/// # Source
///
/// RFC 4180, for the quotes.
pub fn read_csv(text: &str) -> Result<CsvText, usize> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let separator = separator_of(text);
    let mut reader = Reader {
        separator,
        records: Vec::new(),
        record: Vec::new(),
        cell: String::new(),
        is_quoted: false,
    };
    let (mut line, mut opened) = (1, None);
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        line += usize::from(c == '\n');
        match c {
            '"' if opened.is_some() && letters.peek() == Some(&'"') => {
                letters.next();
                reader.cell.push('"');
            }
            '"' if opened.is_some() => opened = None,
            _ if opened.is_some() => reader.cell.push(c),
            '"' if reader.cell.trim().is_empty() && !reader.is_quoted => {
                reader.cell.clear();
                reader.is_quoted = true;
                opened = Some(line);
            }
            _ if c == reader.separator => reader.end_cell(),
            '\r' if letters.peek() == Some(&'\n') => {}
            '\n' | '\r' => reader.end_record(),
            _ => reader.cell.push(c),
        }
    }
    if let Some(line) = opened {
        return Err(line);
    }
    reader.end_record();
    Ok(CsvText {
        separator,
        records: reader.records,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Vec<Vec<String>> {
        read_csv(text).expect("closed quotes").records
    }

    #[test]
    fn quotes_hold_separators_line_breaks_and_quotes() {
        let text = "\u{feff}a,b\r\n\"x, \"\"y\"\"\",\"1\n2\"\r\n , \"q\" \n5\" tall,\n";
        assert_eq!(
            records(text),
            [
                vec!["a", "b"],
                vec!["x, \"y\"", "1\n2"],
                vec![" ", "q "],
                vec!["5\" tall", ""]
            ]
        );
    }

    #[test]
    fn semicolons_tabs_and_any_end_of_line_are_known() {
        let expected = [["a", "b"], ["1,5", "2"]];
        for text in ["a;b\n1,5;2", "a\tb\r1,5\t2\r", "\n\na;b\r\n\r\n1,5;2\r\n"] {
            assert_eq!(records(text), expected, "{text:?}");
        }
        assert_eq!(records("a,b\n1;5,2"), [["a", "b"], ["1;5", "2"]]);
        assert_eq!(records("\"a;;\",b\n1,2"), [["a;;", "b"], ["1", "2"]]);
    }

    #[test]
    fn records_may_have_any_number_of_cells() {
        assert_eq!(
            records("a,b\n1\n1,2,3"),
            [vec!["a", "b"], vec!["1"], vec!["1", "2", "3"]]
        );
        assert_eq!(
            records("a\n\"\"\n\n"),
            [["a"], [""]],
            "an empty text is a cell"
        );
        assert!(records("").is_empty());
    }

    #[test]
    fn an_open_quote_is_told_by_its_line() {
        assert_eq!(read_csv("a,b\n1,\"2\n3,4\n"), Err(2));
    }
}
