//! Zarr stores in archives and on servers, where a chunk that was never written must not be taken for one that did not come.
#![cfg(feature = "zarr")]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::made::{numbers, open_in, read, says};
use super::zarr::{YEARS, expected, holds, of_variable, refusal, stores};

#[test]
fn a_store_in_an_archive_is_read() {
    let path = format!(
        "/vsizip/{}/projected.zarr",
        stores().join("projected.zip").display()
    );
    let stacks = open_in(&of_variable(path.as_ref(), "npp"), YEARS).unwrap();
    let all = expected();
    holds(
        &stacks,
        all.iter().find(|one| one["store"] == "projected").unwrap(),
    );
}

#[test]
fn chunks_that_a_server_lacks_are_fill_values_and_others_that_do_not_come_are_errors() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let is_down = Arc::new(AtomicBool::new(false));
    let is_down_there = Arc::clone(&is_down);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            serve(stream, is_down_there.load(Ordering::SeqCst));
        }
    });
    let at = |name: &str| PathBuf::from(format!("/vsicurl/http://127.0.0.1:{port}/{name}.zarr"));
    let all = expected();
    let holes = all.iter().find(|one| one["variable"] == "holes").unwrap();
    let stacks = open_in(&of_variable(&at("v3"), "holes"), YEARS).unwrap();
    holds(&stacks, holes);
    let n_missing = numbers(&read(&stacks).inputs[0])
        .iter()
        .filter(|x| x.is_nan())
        .count();
    assert!(
        n_missing >= 6 * 7,
        "the chunk of the last row was never written: {n_missing}"
    );
    let stacks = open_in(&of_variable(&at("v3"), "gzip"), YEARS).unwrap();
    is_down.store(true, Ordering::SeqCst);
    let names = ["x".to_owned()];
    let mut reader = stacks.reader(&names).unwrap();
    let window = stacks.grid().window();
    let error = doline::sources::Source::read(&mut reader, window).unwrap_err();
    says(
        &error.to_string(),
        &["v3.zarr", "of `gzip` cannot be read", "503"],
    );
    is_down.store(false, Ordering::SeqCst);
    let gzip = all.iter().find(|one| one["variable"] == "gzip").unwrap();
    holds(&stacks, gzip);
    // Nothing tells which arrays there are.
    says(&refusal(&at("projected")), &["consolidate_metadata"]);
}

/// Answers a request for a file of the stores; for chunks of data 503 while the server is down, and 404 for what is not there.
fn serve(mut stream: TcpStream, is_down: bool) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let name = head.split(' ').nth(1).unwrap_or_default();
    let found = std::fs::read(stores().join(name.trim_start_matches('/')));
    let (status, body) = match found {
        _ if is_down && name.contains("/c/") => ("503 Service Unavailable", Vec::new()),
        Ok(bytes) => ("200 OK", bytes),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(answer.as_bytes());
    if !head.starts_with("HEAD") {
        let _ = stream.write_all(&body);
    }
}
