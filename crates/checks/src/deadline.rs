//! One end for everything that a check does.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// When a check must be over.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    pub fn after(time: Duration) -> Deadline {
        Deadline(Instant::now() + time)
    }

    /// The time that is left.
    ///
    /// # Errors
    /// When none is.
    pub fn left(self) -> io::Result<Duration> {
        let left = self.0.saturating_duration_since(Instant::now());
        match left.is_zero() {
            true => Err(io::Error::new(io::ErrorKind::TimedOut, "the time is up")),
            false => Ok(left),
        }
    }

    /// A connection whose reads and writes end in time, each.
    pub fn connect(self, host: &str, port: u16) -> io::Result<TcpStream> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in resolve(host, port)?.into_iter().take(8) {
            match TcpStream::connect_timeout(&address, self.left()?) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    self.limit(&stream)?;
                    return Ok(stream);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Reads and writes that are over in time all together, however slowly the other side drips.
    pub fn timed(self, stream: &TcpStream) -> Timed<'_> {
        Timed {
            stream,
            deadline: self,
        }
    }

    /// Sets the time that is left as the limit of each read and write.
    pub fn limit(self, stream: &TcpStream) -> io::Result<()> {
        let left = Some(self.left()?);
        stream.set_read_timeout(left)?;
        stream.set_write_timeout(left)
    }
}

/// A connection with one end for all that is done on it.
pub struct Timed<'s> {
    stream: &'s TcpStream,
    deadline: Deadline,
}

impl Read for Timed<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.deadline.limit(self.stream)?;
        self.stream.read(into)
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.deadline.limit(self.stream)?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// An address is taken as it is; a name is asked for at the machine's own resolver, which has its own limits of time.
fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok((host, port).to_socket_addrs()?.collect())
}
