//! A web server on loopback, for as long as the test program runs: files, and
//! git repositories through git's own `http-backend`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use super::setup;

/// A server on a free port, without content at first.
#[derive(Clone, Debug)]
pub struct Server {
    address: String,
    root: PathBuf,
    log: Arc<Mutex<Vec<Request>>>,
}

/// A client's request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query.
    pub query: String,
    /// The headers, by lower-case names.
    pub headers: BTreeMap<String, String>,
}

impl Server {
    /// Starts a server whose content is in a directory of this name.
    pub fn start(name: &str) -> Self {
        let root = setup().work.join("served").join(name);
        // From the previous run, if there was one.
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).expect("target can be written");
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let server = Self {
            address,
            root,
            log: Arc::default(),
        };
        let serving = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = serving.clone();
                // A client that disconnects does not matter.
                thread::spawn(move || server.answer(&stream));
            }
        });
        server
    }

    /// Its URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The directory that it serves.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.log.lock().expect("no other thread panicked").clone()
    }

    /// Answers one request for each connection.
    fn answer(&self, stream: &TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(stream);
        let request = Request::read(&mut reader)?;
        let body = request.body(&mut reader)?;
        self.log
            .lock()
            .expect("no other thread panicked")
            .push(request.clone());
        let file = self.root.join(request.path.trim_start_matches('/'));
        let (status, headers, content) = if request.is_for_git() {
            self.git(&request, &body)?
        } else {
            // A page of an index is a directory's.
            let (file, kind) = if file.is_dir() {
                (file.join("index.html"), "text/html")
            } else {
                (file, "application/octet-stream")
            };
            let headers = format!("Content-Type: {kind}\r\n");
            match fs::read(&file) {
                Ok(content) => ("200 OK".to_owned(), headers, content),
                Err(_) => ("404 Not Found".to_owned(), String::new(), Vec::new()),
            }
        };
        let length = content.len();
        let mut stream = stream;
        write!(stream, "HTTP/1.1 {status}\r\n{headers}")?;
        write!(
            stream,
            "Content-Length: {length}\r\nConnection: close\r\n\r\n"
        )?;
        stream.write_all(&content)
    }

    /// What `git http-backend`, a CGI program, answers: status, headers, body.
    fn git(&self, request: &Request, body: &[u8]) -> io::Result<(String, String, Vec<u8>)> {
        let header = |name: &str| request.headers.get(name).cloned().unwrap_or_default();
        let mut child = Command::new("git")
            .arg("http-backend")
            .env("GIT_PROJECT_ROOT", &self.root)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("REMOTE_ADDR", "127.0.0.1")
            .env("REQUEST_METHOD", &request.method)
            .env("PATH_INFO", &request.path)
            .env("QUERY_STRING", &request.query)
            .env("CONTENT_TYPE", header("content-type"))
            .env("CONTENT_LENGTH", body.len().to_string())
            .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
            .env("GIT_PROTOCOL", header("git-protocol"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        // It reads the whole request before it answers.
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(body)?;
        }
        let output = child.wait_with_output()?.stdout;
        let end = output.windows(4).position(|window| window == b"\r\n\r\n");
        let Some(end) = end else {
            return Err(io::Error::other("git http-backend gave no headers"));
        };
        let mut status = "200 OK".to_owned();
        let mut headers = String::new();
        for line in String::from_utf8_lossy(&output[..end]).lines() {
            match line.strip_prefix("Status: ") {
                Some(other) => other.clone_into(&mut status),
                None => headers.extend([line, "\r\n"]),
            }
        }
        Ok((status, headers, output[end + 4..].to_vec()))
    }
}

impl Request {
    fn read(from: &mut impl BufRead) -> io::Result<Self> {
        let first = line(from)?;
        let mut words = first.split(' ');
        let method = words.next().unwrap_or_default().to_owned();
        let target = words.next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Self {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: BTreeMap::new(),
        };
        loop {
            let line = line(from)?;
            let Some((name, value)) = line.split_once(':') else {
                return Ok(request);
            };
            let name = name.to_ascii_lowercase();
            request.headers.insert(name, value.trim().to_owned());
        }
    }

    fn body(&self, from: &mut impl BufRead) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if self.headers.contains_key("transfer-encoding") {
            loop {
                let size = usize::from_str_radix(&line(from)?, 16).map_err(io::Error::other)?;
                from.take(size as u64).read_to_end(&mut body)?;
                line(from)?;
                if size == 0 {
                    return Ok(body);
                }
            }
        }
        let length = self.headers.get("content-length");
        let length = length.and_then(|text| text.parse().ok()).unwrap_or(0);
        from.take(length).read_to_end(&mut body)?;
        Ok(body)
    }

    /// Whether the request is for a repository: `/NAME.git/…`.
    fn is_for_git(&self) -> bool {
        self.path.contains(".git/")
    }
}

/// A line without its line break.
fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    line.truncate(line.trim_end().len());
    Ok(line)
}
