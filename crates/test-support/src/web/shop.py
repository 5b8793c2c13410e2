"""A small site: one page that a database fills, and a page that tells whether all is well."""
import http.server
import os

import psycopg2


def front_page():
    with psycopg2.connect(dbname="shop") as database, database.cursor() as rows:
        rows.execute("SELECT name, price FROM goods ORDER BY name")
        lines = "".join(f"<li>{name}: {price}</li>" for name, price in rows)
    return 200, "text/html", f"<h1>Shop</h1><ul>{lines}</ul>\n"


def health():
    with psycopg2.connect(dbname="shop"):
        return 200, "application/json", '{"status": "ok"}\n'


PAGES = {"/": front_page, "/health": health}


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = PAGES.get(self.path, lambda: (404, "text/plain", "no such page\n"))
        try:
            status, kind, text = page()
        except psycopg2.Error:
            status, kind, text = 503, "text/plain", "no database\n"
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("SHOP_PORT", "8000"))), Site).serve_forever()
