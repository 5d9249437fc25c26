"""Serves the files of a folder on this machine: by moto as the bucket karst of an S3 server that asks for a key, and over
HTTP with ranges. Prints what a shell needs to reach both, and serves until it is ended.

    serve.py FOLDER
"""

import http.server
import json
import re
import sys
import threading
import urllib.request
from pathlib import Path

import boto3
from moto.server import ThreadedMotoServer

BUCKET = "karst"
REGION = "us-east-1"
ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


class Files(http.server.SimpleHTTPRequestHandler):
    """Whole files, and the ranges of them that GDAL asks for."""

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if wanted is None or not path.is_file():
            super().do_GET()
            return
        whole = path.read_bytes()
        first, last = int(wanted[1]), min(int(wanted[2]), len(whole) - 1)
        if first >= len(whole):
            self.send_error(416)
            return
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(whole)}")
        self.send_header("Content-Length", str(last + 1 - first))
        self.send_header("Last-Modified", self.date_time_string(path.stat().st_mtime))
        self.end_headers()
        self.wfile.write(whole[first : last + 1])

    def log_message(self, format, *arguments):
        pass


def serve_bucket(folder):
    """The address of the S3 server, and a key that it takes."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"

    def client(service):
        return boto3.client(
            service,
            endpoint_url=address,
            region_name=REGION,
            aws_access_key_id="nobody",
            aws_secret_access_key="nothing",
        )

    users, files = client("iam"), client("s3")
    users.create_user(UserName="reader")
    users.put_user_policy(UserName="reader", PolicyName="all", PolicyDocument=json.dumps(ALL))
    key = users.create_access_key(UserName="reader")["AccessKey"]
    files.create_bucket(Bucket=BUCKET)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            files.put_object(Bucket=BUCKET, Key=f"study/{path.relative_to(folder)}", Body=path.read_bytes())
    # From here on keys are looked at.
    plain = {"Content-Type": "text/plain"}
    request = urllib.request.Request(f"{address}/moto-api/reset-auth", b"0", plain)
    urllib.request.urlopen(request).close()
    return f"{host}:{port}", key["AccessKeyId"], key["SecretAccessKey"]


def serve_pages(folder):
    """The address of the HTTP server."""

    def handler(*arguments):
        return Files(*arguments, directory=str(folder))

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


def main():
    folder = Path(sys.argv[1]).resolve()
    address, key, secret = serve_bucket(folder)
    pages = serve_pages(folder)
    print(f"export AWS_S3_ENDPOINT={address} AWS_HTTPS=NO AWS_VIRTUAL_HOSTING=FALSE AWS_REGION={REGION}")
    print(f"export AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret}")
    print(f"pages={pages}", flush=True)
    threading.Event().wait()


main()
