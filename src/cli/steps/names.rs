//! Names of stacks: stated, or guessed from the names of their files.

use std::path::Path;

use super::draft::Stack;
use crate::cli::console::Console;
use crate::cli::failure::Failure;

/// A name that can be part of a file's name.
pub(super) fn check(text: &str) -> Result<String, String> {
    if is_plain(text) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "use letters, digits, _ and - only, such as {:?}",
        plain(text).unwrap_or_else(|| "ndvi".to_owned())
    ))
}

/// The stated name, else the variable, else what the file names have in common; a guess is reported.
pub(super) fn of(
    stated: Option<&str>,
    files: &[String],
    variables: &[String],
    console: Console,
) -> Result<String, Failure> {
    if let Some(name) = stated {
        return Ok(name.to_owned());
    }
    let variable = variables
        .iter()
        .find(|text| !text.contains('='))
        .and_then(|text| plain(text));
    let (name, from) = match variable {
        Some(variable) => (variable, "from --variable"),
        None => (guess(files), "from the file names"),
    };
    if name.is_empty() {
        return Err(Failure::Usage(
            "the file names give the stack no name; state it with --name, as in --name ndvi"
                .to_owned(),
        ));
    }
    console.remark(&format!(
        "the stack is called {name}, {from}; --name gives it another name"
    ));
    Ok(name)
}

/// Drivers, each `NAME=FILE` and further files behind it.
pub(super) fn drivers(arguments: &[String]) -> Result<Vec<Stack>, Failure> {
    let mut stacks: Vec<Stack> = Vec::new();
    for argument in arguments {
        let (name, file) = match argument.split_once('=').filter(|(name, _)| is_plain(name)) {
            Some((name, file)) => (name.to_owned(), file.to_owned()),
            None => match stacks.last() {
                Some(last) => (last.name.clone(), argument.clone()),
                None => {
                    return Err(Failure::Usage(format!(
                        "--driver {argument:?} has no name; write --driver NAME=FILES, such as --driver temperature={argument}"
                    )));
                }
            },
        };
        if file.is_empty() {
            return Err(Failure::Usage(format!(
                "--driver {argument:?} names no file"
            )));
        }
        match stacks.iter().position(|stack| stack.name == name) {
            // The files of one driver may come in several arguments; keep it last, for those behind it.
            Some(index) => {
                let mut stack = stacks.remove(index);
                stack.files.push(file);
                stacks.push(stack);
            }
            None => stacks.push(Stack::new(&name, &[file])),
        }
    }
    Ok(stacks)
}

/// Whether a text can be part of a file's name.
pub(super) fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// A text reduced to characters fit for a file name; `None` if nothing remains.
fn plain(text: &str) -> Option<String> {
    let plain: String = text
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        })
        .collect();
    let plain = plain.trim_matches(['_', '-']).to_owned();
    (!plain.is_empty()).then_some(plain)
}

/// The name of a file without its folder and ending, fit for a file name; `None` if nothing remains.
pub(super) fn of_file(file: &str) -> Option<String> {
    let name = file.trim_end_matches(['/', '\\']);
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    plain(&Path::new(name).file_stem()?.to_string_lossy())
}

/// What the names of files have in common, without years and months.
fn guess(files: &[String]) -> String {
    let stems: Vec<String> = files.iter().map(|file| stem(file)).collect();
    let Some(first) = stems.first() else {
        return String::new();
    };
    let shared = |same: &dyn Fn(&str, &str) -> usize| {
        stems
            .iter()
            .map(|stem| same(first, stem))
            .min()
            .unwrap_or(0)
    };
    let is_one = stems.iter().all(|stem| stem == first);
    let (head, tail) = if is_one {
        // Before the first year, else behind it.
        match year_at(first) {
            Some((start, end)) => (&first[..start], &first[end..]),
            None => (first.as_str(), ""),
        }
    } else {
        let before = shared(&|a, b| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count());
        let behind = shared(&|a, b| {
            a.bytes()
                .rev()
                .zip(b.bytes().rev())
                .take_while(|(a, b)| a == b)
                .count()
        });
        (
            first.get(..before).unwrap_or_default(),
            first.get(first.len() - behind..).unwrap_or_default(),
        )
    };
    // Shared digits may be the beginning of a year: 19 of 1982 and 1983.
    let head = if is_one {
        head
    } else {
        head.trim_end_matches(|c: char| c.is_ascii_digit())
    };
    let tail = tail.trim_start_matches(|c: char| c.is_ascii_digit());
    plain(head).or_else(|| plain(tail)).unwrap_or_default()
}

/// A file's name without its ending, pattern characters and `{year}`.
fn stem(file: &str) -> String {
    let cut = file.split(['{', '*', '?', '[']).next().unwrap_or(file);
    let name = cut.rsplit(['/', '\\']).next().unwrap_or(cut);
    if cut.len() < file.len() && !name.is_empty() {
        return name.to_owned();
    }
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    Path::new(name)
        .file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

/// The position of a four-digit year in a name.
fn year_at(name: &str) -> Option<(usize, usize)> {
    let bytes = name.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    (0..bytes.len().saturating_sub(3)).find_map(|at| {
        let is_year =
            (at..at + 4).all(is_digit) && !is_digit(at + 4) && (at == 0 || !is_digit(at - 1));
        let year: i32 = name.get(at..at + 4)?.parse().ok()?;
        (is_year && (1500..=2500).contains(&year)).then_some((at, at + 4))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(files: &[&str]) -> String {
        guess(
            &files
                .iter()
                .map(|&file| file.to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn names_are_what_the_files_have_in_common() {
        assert_eq!(guessed(&["d/ndvi_1982.tif", "d/ndvi_1983.tif"]), "ndvi");
        assert_eq!(guessed(&["1982_lai.tif", "1983_lai.tif"]), "lai");
        assert_eq!(guessed(&["npp/npp_{year}.tif"]), "npp");
        assert_eq!(guessed(&["pr_{year}_{month}.tif"]), "pr");
        assert_eq!(
            guessed(&["MOD15A2_LAI_China_G050_2001-2020.tif"]),
            "MOD15A2_LAI_China_G050"
        );
        assert_eq!(guessed(&["data/gpp v2_*.tif"]), "gpp_v2");
        assert_eq!(guessed(&["tas.nc"]), "tas");
        assert_eq!(guessed(&["2001.tif", "2002.tif"]), "");
        assert_eq!(guessed(&["{year}/lai.tif"]), "lai");
    }

    #[test]
    fn drivers_gather_their_files() {
        let arguments: Vec<String> = ["t=t.tif", "p=p_1.tif", "p_2.tif", "t=t2.tif"]
            .iter()
            .map(|&text| text.to_owned())
            .collect();
        let Ok(stacks) = drivers(&arguments) else {
            panic!("drivers are right")
        };
        let of = |name: &str| {
            stacks
                .iter()
                .find(|stack| stack.name == name)
                .map(|stack| stack.files.join(" "))
        };
        assert_eq!(
            (of("t").as_deref(), of("p").as_deref()),
            (Some("t.tif t2.tif"), Some("p_1.tif p_2.tif"))
        );
        assert!(drivers(&["t.tif".to_owned()]).is_err());
    }
}
