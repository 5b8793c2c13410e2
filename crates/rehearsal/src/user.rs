//! A user of the clone, as its own `/etc/passwd` and `/etc/group` say.

use std::fs;
use std::io;
use std::path::Path;

/// Numbers and home of a user.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct User {
    pub id: u32,
    /// The user's own group.
    pub group: u32,
    /// All groups, the own one first.
    pub groups: Vec<u32>,
    pub home: String,
}

const MAX_BYTES: u64 = 16 << 20;
/// What the kernel allows.
const MAX_GROUPS: usize = 65_536;

impl User {
    /// Looks a user up. The calling thread's root is the clone's.
    pub fn find(name: &str) -> io::Result<Option<Self>> {
        let users = read(Path::new("/etc/passwd"))?;
        Ok(Self::of(&users, &read(Path::new("/etc/group"))?, name))
    }

    fn of(users: &str, groups: &str, name: &str) -> Option<Self> {
        let mut user = users.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            let [login, _, id, group, _, home, ..] = fields.as_slice() else {
                return None;
            };
            (*login == name).then_some(())?;
            let group = group.parse().ok()?;
            Some(Self {
                id: id.parse().ok()?,
                group,
                groups: vec![group],
                home: (*home).to_owned(),
            })
        })?;
        for line in groups.lines().take(MAX_GROUPS) {
            let fields: Vec<&str> = line.split(':').collect();
            if let [_, _, id, members] = fields.as_slice()
                && members.split(',').any(|member| member == name)
            {
                user.groups
                    .extend(id.parse::<u32>().ok().filter(|id| *id != user.group));
            }
        }
        Some(user)
    }
}

fn read(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > MAX_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(String::from_utf8_lossy(&fs::read(path)?).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &str =
        "root:x:0:0:root:/root:/bin/sh\nbroken\nweb:x:33:33:www:/var/www:/bin/false\n";
    const GROUPS: &str = "web:x:33:web\nssl-cert:x:110:postgres,web\nother:x:111:webmaster\n";

    #[test]
    fn a_user_has_all_of_its_groups() {
        let user = User::of(USERS, GROUPS, "web").unwrap();
        assert_eq!(
            (user.id, user.groups, user.home.as_str()),
            (33, vec![33, 110], "/var/www")
        );
        assert_eq!(User::of(USERS, GROUPS, "nobody"), None);
    }
}
