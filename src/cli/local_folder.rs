//! Folders of outputs as options: those of this machine.

use std::path::PathBuf;

use clap::builder::{PathBufValueParser, TypedValueParser};

use crate::servers::not_written;

/// A folder or file to write. One on a server is refused before anything is read.
pub(super) fn local_folder() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| match not_written(&path.to_string_lossy()) {
        None => Ok(path),
        Some(why) => Err(why),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Arguments {
        #[arg(long, value_parser = local_folder())]
        out: PathBuf,
    }

    fn parsed(out: &str) -> Result<PathBuf, clap::Error> {
        let arguments = <Arguments as clap::Parser>::try_parse_from(["doline", "--out", out]);
        arguments.map(|arguments| arguments.out)
    }

    #[test]
    fn folders_on_servers_are_refused_as_wrong_use_with_the_way_to_do_it() {
        assert_eq!(parsed("out/s3").expect("a folder"), PathBuf::from("out/s3"));
        for out in ["s3://karst/out", "/vsis3/karst/out"] {
            let error = parsed(out).expect_err("refused");
            assert_eq!(error.exit_code(), 2);
            let words = "aws s3 cp --recursive out s3://karst/out";
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
