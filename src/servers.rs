//! Names of files on servers: as people write them, and as GDAL has them.

use std::borrow::Cow;

/// A kind of server.
struct Kind {
    /// What names of its files begin with, before `://`.
    schemes: &'static [&'static str],
    /// What GDAL's names of its files begin with.
    gdal: &'static str,
    /// Whether GDAL's names have the whole of what people write.
    is_whole: bool,
    /// What GDAL has to know to be let in, in words.
    access: &'static str,
    /// Programs that copy a folder there, with `FOLDER` and `NAME` in it.
    copy: &'static str,
}

impl Kind {
    /// Whether a name begins with one of its schemes.
    fn has_scheme(&self, name: &str) -> bool {
        let mut schemes = self.schemes.iter();
        schemes.any(|scheme| {
            let rest = name.strip_prefix(scheme);
            rest.is_some_and(|rest| rest.starts_with("://"))
        })
    }
}

const KINDS: [Kind; 4] = [
    Kind {
        schemes: &["s3", "s3a"],
        gdal: "/vsis3/",
        is_whole: false,
        access: "the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_PROFILE) are the key, \
                 AWS_NO_SIGN_REQUEST=YES goes without one into a public bucket, AWS_REGION is the region of the bucket, \
                 and AWS_S3_ENDPOINT=HOST:PORT, most often with AWS_VIRTUAL_HOSTING=FALSE, a server that is not Amazon's",
        copy: "aws s3 cp --recursive FOLDER NAME",
    },
    Kind {
        schemes: &["gs", "gcs"],
        gdal: "/vsigs/",
        is_whole: false,
        access: "the environment variables GOOGLE_APPLICATION_CREDENTIALS, or GS_ACCESS_KEY_ID and \
                 GS_SECRET_ACCESS_KEY, are the key, and GS_NO_SIGN_REQUEST=YES goes without one into a public bucket",
        copy: "gsutil -m cp -r FOLDER NAME",
    },
    Kind {
        schemes: &["az", "abfs"],
        gdal: "/vsiaz/",
        is_whole: false,
        access: "the environment variables AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with \
                 AZURE_STORAGE_ACCESS_KEY or AZURE_STORAGE_SAS_TOKEN, are the account and its key, and \
                 AZURE_NO_SIGN_REQUEST=YES goes without a key into a public container",
        copy: "rclone copy FOLDER REMOTE:CONTAINER",
    },
    Kind {
        schemes: &["http", "https"],
        gdal: "/vsicurl/",
        is_whole: true,
        access: "the environment variables GDAL_HTTP_USERPWD=NAME:PASSWORD, GDAL_HTTP_HEADERS and GDAL_HTTP_PROXY say how \
                 to get in",
        copy: "rclone copy FOLDER REMOTE:",
    },
];

/// What GDAL's names of files on servers begin with.
const GDAL_SERVERS: [&str; 9] = [
    "vsicurl",
    "vsis3",
    "vsigs",
    "vsiaz",
    "vsiadls",
    "vsioss",
    "vsiswift",
    "vsihdfs",
    "vsiwebhdfs",
];

/// GDAL's name of a file that may be on a server: `/vsis3/b/k` of `s3://b/k`, `/vsigs/` of `gs://`, `/vsiaz/` of `az://`
/// and `abfs://`, `/vsicurl/https://...` of `https://...` and of `http://...`, also between the quotes of
/// `NETCDF:"s3://b/t.nc":tas`. Any other name is returned as it is.
#[must_use]
pub fn gdal_name(name: &str) -> Cow<'_, str> {
    if let Some((driver, rest)) = name.split_once(":\"")
        && let Some((file, part)) = rest.split_once('"')
        && let Some(file) = mapped(file)
    {
        return Cow::Owned(format!("{driver}:\"{file}\"{part}"));
    }
    mapped(name).map_or(Cow::Borrowed(name), Cow::Owned)
}

fn mapped(name: &str) -> Option<String> {
    let (scheme, rest) = name.split_once("://")?;
    let is_its = |known: &&str| known.eq_ignore_ascii_case(scheme);
    let kind = KINDS.iter().find(|kind| kind.schemes.iter().any(is_its))?;
    let start = kind.gdal;
    Some(if kind.is_whole {
        format!("{start}{}://{rest}", scheme.to_ascii_lowercase())
    } else {
        format!("{start}{}", rest.trim_start_matches('/'))
    })
}

/// A text in which names of files on servers are as people write them: the reverse of [`gdal_name`], for messages.
#[must_use]
pub fn as_written(text: &str) -> Cow<'_, str> {
    if !text.contains("/vsi") {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("/vsi") {
        let (before, name) = rest.split_at(at);
        written.push_str(before);
        // A file system inside another, as in /vsizip//vsis3/b/a.zip, has no other name.
        let is_start = !written.ends_with(|c: char| c.is_alphanumeric() || c == '/' || c == '_');
        let kind = KINDS.iter().find(|kind| name.starts_with(kind.gdal));
        let Some(kind) = kind.filter(|_| is_start) else {
            written.push_str("/vsi");
            rest = &name["/vsi".len()..];
            continue;
        };
        rest = &name[kind.gdal.len()..];
        if let (false, [scheme, ..]) = (kind.is_whole, kind.schemes) {
            written.push_str(scheme);
            written.push_str("://");
        } else if !kind.has_scheme(rest) {
            written.push_str(kind.gdal);
        }
    }
    written.push_str(rest);
    Cow::Owned(written)
}

/// Whether a name, in either form, is one of a file on a server.
#[must_use]
pub fn is_on_server(name: &str) -> bool {
    let is_server = |part: &str| GDAL_SERVERS.iter().any(|server| part.starts_with(server));
    let is_scheme = |word: &str| {
        let is_sign = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        !word.is_empty() && word.chars().all(is_sign)
    };
    // Between quotes in the name of a part of a file. `HDF5:"a.h5"://var` has two slashes, and no scheme before them.
    name.split('"').any(|name| {
        let scheme = name.split_once("://").map(|(scheme, _)| scheme);
        scheme.is_some_and(is_scheme)
            || (name.starts_with("/vsi") && name.split('/').any(is_server))
    })
}

/// How to be let in to the server of a file, in words; `None` for a name of no server that Doline knows.
#[must_use]
pub fn access(name: &str) -> Option<&'static str> {
    let name = gdal_name(name);
    let kind = KINDS.iter().find(|kind| name.contains(kind.gdal))?;
    Some(kind.access)
}

/// Why nothing is written to a folder on a server, and what to do; `None` for a folder of this machine.
///
/// ```
/// assert!(doline::servers::not_written("out").is_none());
/// assert!(doline::servers::not_written("s3://karst/out").is_some_and(|why| why.contains("aws s3 cp")));
/// ```
#[must_use]
pub fn not_written(folder: &str) -> Option<String> {
    if !is_on_server(folder) && !folder.starts_with("/vsi") {
        return None;
    }
    let name = as_written(folder);
    let gdal = gdal_name(folder);
    let kind = KINDS.iter().find(|kind| gdal.starts_with(kind.gdal));
    let copy = kind.map_or("rclone copy FOLDER REMOTE:", |kind| kind.copy);
    let copy = copy.replace("NAME", &name).replace("FOLDER", "out");
    Some(format!(
        "Doline writes into folders of this machine only, and {name} is none; write into a folder, such as out, and copy it \
         when the run has ended: {copy}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_servers_become_those_of_gdal_and_are_shown_as_they_were_written() {
        for (written, gdal) in [
            (
                "s3://karst/npp/npp_{year}.tif",
                "/vsis3/karst/npp/npp_{year}.tif",
            ),
            ("gs://karst/npp_*.tif", "/vsigs/karst/npp_*.tif"),
            ("az://karst/a b.tif", "/vsiaz/karst/a b.tif"),
            (
                "https://example.org/a.tif?x=1&y=/vsis3",
                "/vsicurl/https://example.org/a.tif?x=1&y=/vsis3",
            ),
            (
                "http://127.0.0.1:80/a.tif",
                "/vsicurl/http://127.0.0.1:80/a.tif",
            ),
            (
                "NETCDF:\"s3://karst/t.nc\":tas",
                "NETCDF:\"/vsis3/karst/t.nc\":tas",
            ),
        ] {
            assert_eq!(gdal_name(written), gdal);
            assert_eq!(as_written(gdal), written);
            let message = format!("cannot open {gdal} (input `npp`): `{gdal}' is not there");
            let expected = format!("cannot open {written} (input `npp`): `{written}' is not there");
            assert_eq!(as_written(&message), expected);
            assert!(is_on_server(written) && is_on_server(gdal));
        }
        assert_eq!(gdal_name("abfs://karst/a.tif"), "/vsiaz/karst/a.tif");
        assert_eq!(gdal_name("S3://karst/a.tif"), "/vsis3/karst/a.tif");
    }

    #[test]
    fn other_names_stay() {
        for name in [
            "npp/npp_{year}.tif",
            "/data/npp.tif",
            "/vsizip/a.zip/npp.tif",
            "/vsizip//vsis3/karst/a.zip/npp.tif",
            "NETCDF:\"a.nc\":tas",
            "HDF5:\"a.h5\"://var",
            "HDF5:a.h5://var",
            "hdfs://karst/a.tif",
            "/data/vsis3/a.tif",
            "/data/vsi",
            "",
        ] {
            assert_eq!(gdal_name(name), name);
            assert_eq!(as_written(name), name);
        }
        assert!(!is_on_server("/data/vsis3/a.tif") && !is_on_server("/vsizip/a.zip/npp.tif"));
        assert!(!is_on_server("HDF5:\"a.h5\"://var") && !is_on_server("HDF5:a.h5://var"));
        assert!(is_on_server("/vsizip//vsis3/karst/a.zip/npp.tif"));
    }

    #[test]
    fn variables_and_copies_are_those_of_the_server() {
        let variable = |name: &str| access(name).unwrap_or_default();
        assert!(variable("/vsis3/b/k").contains("AWS_S3_ENDPOINT"));
        assert!(variable("gs://b/k").contains("GS_NO_SIGN_REQUEST"));
        assert!(variable("abfs://b/k").contains("AZURE_STORAGE_ACCOUNT"));
        assert!(variable("http://h/k").contains("GDAL_HTTP_USERPWD"));
        assert_eq!((access("a.tif"), access("ftp://h/k")), (None, None));
        let copied = |folder: &str| not_written(folder).unwrap_or_default();
        assert!(copied("/vsis3/b/out").contains("aws s3 cp --recursive out s3://b/out"));
        assert!(copied("gs://b/out").contains("gsutil -m cp -r out gs://b/out"));
        assert!(copied("az://b/out").contains("rclone copy out "));
        assert!(copied("/vsizip/a.zip").contains("rclone copy out "));
        assert!(copied("s3").is_empty() && copied("/data/s3/out").is_empty());
    }
}
