# Makes a Debian tree with nginx into a web host: the shop behind nginx, its database, and a copy of all packages that
# are pending, so that nothing needs a network afterwards. Runs in a lab host.
# $1: the phase; $2: the suite; $3: packages to install.
set -e
phase=$1 suite=$2 packages=$3
export DEBIAN_FRONTEND=noninteractive
mirror=/srv/mirror
base=$(sed -n 's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' /etc/apt/sources.list)
security=$(sed -n 's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' /etc/apt/sources.list.d/security.list)

# Only the base suite: what is installed is to have updates pending.
install() { apt-get -qq -y -o Dir::Etc::sourceparts=/dev/null install "$@" $packages; }

# The signed index of a suite as its mirror has it.
index() {
    for file in InRelease "main/binary-$(dpkg --print-architecture)/Packages.xz"; do
        mkdir -p "$mirror/$1/dists/$3/$(dirname "$file")"
        /usr/lib/apt/apt-helper -q download-file "$2/dists/$3/$file" "$mirror/$1/dists/$3/$file"
    done
}

# The old and the new package of everything that is pending, at the place that its index names.
pending() {
    apt-get -qq -s dist-upgrade | sed -n 's/^Inst \([^ ]*\) \[\([^]]*\)\] (\([^ ]*\) .*/\1 \2 \3/p' >/srv/pending
    while read -r name old new; do echo "$name=$old $name=$new"; done </srv/pending >/srv/wanted
    mkdir -p /srv/fetched
    cd /srv/fetched
    xargs apt-get -qq --print-uris download </srv/wanted >/srv/uris
    xargs apt-get -qq download </srv/wanted
    sed "s/'//g; s/%2[bB]/+/g; s/%7[eE]/~/g" /srv/uris | while read -r uri file _; do
        case $uri in
        "$security"/*) to=$mirror/debian-security/${uri#"$security"/} ;;
        "$base"/*) to=$mirror/debian/${uri#"$base"/} ;;
        esac
        mkdir -p "$(dirname "$to")"
        mv "$file" "$to"
    done
}

case $phase in
fetch)
    install --download-only
    index debian "$base" "$suite"
    index debian-security "$security" "$suite-security"
    ;;
install)
    install --no-download
    ;;
pending)
    pending
    ;;
shop)
    dpkg -i /srv/toy/shop_1.0_all.deb
    # As on a machine with sysvinit: maintainer scripts restart services.
    printf '#!/bin/sh\nexit 0\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
    rm -f /etc/nginx/sites-enabled/default
    /etc/init.d/postgresql start
    su postgres -c 'psql -q' <<'SQL'
CREATE ROLE "www-data" LOGIN;
CREATE DATABASE shop OWNER "www-data";
\c shop
CREATE TABLE goods (name text, price integer);
INSERT INTO goods VALUES ('bread', 3), ('cheese', 9), ('wine', 12);
GRANT SELECT ON goods TO "www-data";
SQL
    /etc/init.d/postgresql stop
    ;;
mirror)
    sed -i "s#$base#http://127.0.0.1:8081/debian#" /etc/apt/sources.list
    sed -i "s#$security#http://127.0.0.1:8081/debian-security#" /etc/apt/sources.list.d/security.list
    echo 'deb [trusted=yes] file:/srv/toy ./' >/etc/apt/sources.list.d/toy.list
    echo "server { listen 127.0.0.1:8081; root $mirror; }" >/etc/nginx/conf.d/mirror.conf
    /etc/init.d/nginx start
    apt-get -qq update
    /etc/init.d/nginx stop
    rm -rf /srv/fetched /srv/wanted /srv/uris /var/cache/apt/archives/*.deb
    ;;
esac
