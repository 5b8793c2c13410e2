//! What a call of the binary came to.

use std::process::Output;

use serde_json::Value;

/// What a call of the binary came to.
#[derive(Debug)]
pub struct Ran {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// The exit code; `None` where a signal ended it.
    pub code: Option<i32>,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        Ran {
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code(),
        }
    }
}

impl Ran {
    /// It ended with that code.
    #[track_caller]
    pub fn ends(self, code: i32) -> Ran {
        assert_eq!(
            self.code,
            Some(code),
            "out: {}\nerr: {}",
            self.out,
            self.err
        );
        self
    }

    /// Standard output holds all of these.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Ran {
        for text in texts {
            assert!(
                self.out.contains(text),
                "no {text:?} in: {}\nerr: {}",
                self.out,
                self.err
            );
        }
        self
    }

    /// Standard output holds none of these.
    #[track_caller]
    pub fn says_nothing_of(self, texts: &[&str]) -> Ran {
        for text in texts {
            assert!(!self.out.contains(text), "{text:?} in: {}", self.out);
        }
        self
    }

    /// Standard error holds all of these.
    #[track_caller]
    pub fn warns(self, texts: &[&str]) -> Ran {
        for text in texts {
            assert!(
                self.err.contains(text),
                "no {text:?} in: {}\nout: {}",
                self.err,
                self.out
            );
        }
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|e| panic!("{e}: {}\n{}", self.out, self.err))
    }

    /// Display ids of the findings of a JSON report, in its order.
    #[track_caller]
    pub fn found(&self) -> Vec<String> {
        let report = self.json();
        let targets = report["targets"].as_array().unwrap().iter();
        let findings = targets.flat_map(|target| target["findings"].as_array().unwrap());
        findings
            .map(|finding| finding["vulnerability"].as_str().unwrap().to_owned())
            .collect()
    }
}
